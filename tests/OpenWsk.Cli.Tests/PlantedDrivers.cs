// Builds the drivers with planted faults (Drivers/*.c), each as FAULT chooses, with clang and our headers
// alone. It knows nothing about what the faults are.
using System.Diagnostics;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

/// <summary>Drivers of one test class, in a folder of their own.</summary>
internal sealed class PlantedDrivers : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-planted-");

    private static readonly string[] s_compile =
    [
        "--target=x86_64-pc-windows-msvc", "-O1", "-ffreestanding", "-fasynchronous-unwind-tables",
        "-fms-extensions", "-Wno-multichar", "-nostdlibinc", "-nobuiltininc",
    ];

    /// <summary>The path of FAULT.sys, built from SOURCE.c.</summary>
    /// <param name="source">Name of a file in Drivers.</param>
    /// <param name="fault">What FAULT chooses; names the driver too.</param>
    /// <param name="hasPdb">Put a PDB beside the driver.</param>
    public string Build(string source, string fault, bool hasPdb = false)
    {
        string[] compileOptions = hasPdb ? ["-g", "-gcodeview"] : [];
        string[] linkOptions = hasPdb ? ["/debug"] : [];
        var driver = Path.Combine(_folder.FullName, $"{fault}.sys");
        var compiled = Path.Combine(_folder.FullName, $"{source}.obj");
        List<string> libraries = [];
        foreach (var name in new[] { "ntoskrnl", "netio" })
        {
            libraries.Add(Path.Combine(_folder.FullName, $"{name}.lib"));
            var exports = Repository.PathOf("include", "lib", $"{name}.def");
            Tool(Capability.Llvm, "-m", "i386:x86-64", "-d", exports, "-l", libraries[^1]);
        }
        Tool(
            Capability.Clang,
            [
                .. s_compile, .. compileOptions, "-isystem", Repository.PathOf("include"),
                $"-DFAULT=FAULT_{fault}", "-c",
                Repository.PathOf("tests", "OpenWsk.Cli.Tests", "Drivers", $"{source}.c"), "-o", compiled,
            ]);
        Tool(
            Capability.Lld,
            [
                "/nologo", "/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib",
                $"/out:{driver}", .. linkOptions, compiled, .. libraries,
            ]);
        return driver;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Tool(string capability, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(
                Capability.Program(capability)!, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{capability}: {error}");
    }
}
