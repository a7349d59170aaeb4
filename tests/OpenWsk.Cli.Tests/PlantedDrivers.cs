// The drivers with planted faults (Drivers/*.c), each as FAULT chooses, built with clang and our headers
// alone. It knows nothing about what the faults are, nor how drivers are built: see DriverRecipe.cs of the
// test support.
using OpenWsk.TestSupport;

namespace OpenWsk.Cli.Tests;

/// <summary>Drivers of one test class, in a folder of their own, where a test may change them.</summary>
internal sealed class PlantedDrivers : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-planted-");

    /// <summary>The path of FAULT.sys, built from SOURCE.c.</summary>
    /// <param name="source">Name of a file in Drivers.</param>
    /// <param name="fault">What FAULT chooses; names the driver too.</param>
    /// <param name="hasPdb">Put a PDB beside the driver.</param>
    public string Build(string source, string fault, bool hasPdb = false) => new DriverRecipe(fault)
    {
        Sources = [Repository.PathOf("tests", "OpenWsk.Cli.Tests", "Drivers", $"{source}.c")],
        Options =
        [
            "-O1", "-Wno-multichar", "-nostdlibinc", "-nobuiltininc", "-isystem",
            Repository.PathOf("include"), $"-DFAULT=FAULT_{fault}",
            .. hasPdb ? (string[])["-g", "-gcodeview"] : [],
        ],
        LinkOptions = hasPdb ? ["/debug"] : [],
        Imports =
        [
            .. new[] { "ntoskrnl", "netio" }.Select(l => Repository.PathOf("include", "lib", l + ".def")),
        ],
    }.BuildIn(_folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);
}
