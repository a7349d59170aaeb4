// The drivers of the exception tests in several builds: optimised or not, with faults as exceptions or not.
// Their imports come from all that a world with drivers exports. It knows nothing about what they do, nor how
// they are built: see DriverRecipe.cs of the test support.
namespace OpenWsk.Loader.Tests;

/// <summary>Drivers by source and compiler options.</summary>
public static class ExceptionDrivers
{
    private static readonly Lazy<string> s_imports = new(() => DriverTools.Definition(
        Libraries.Ntoskrnl,
        GeneratedRoutines.All.Concat(KernelExports.All).Concat(LoaderExports.All)
            .Where(r => r.Library == Libraries.Ntoskrnl)
            .Select(r => r.Name)
            .Append("__chkstk")));

    /// <summary>Path of a driver of the Drivers folder, built with those options of clang.</summary>
    public static string PathOf(string name, params string[] options) => new DriverRecipe(name)
    {
        Sources = TestDrivers.SourcesOf(name),
        Options = ["-Wall", .. options],
        Imports = [s_imports.Value],
    }.Build();

    /// <summary>Path of a C++ driver built with g++, its runtime linked into it.</summary>
    public static string CxxPathOf(string name) =>
        DriverTools.Once("g++ " + name, folder => BuildCxx(name, folder));

    // Two compilers make one driver.
    private static string BuildCxx(string name, string folder)
    {
        var source = Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Drivers", name);
        var runtime = Path.Combine(folder, "runtime.o");
        DriverTools.Run(
            Capability.Mingw, ["-O1", "-ffreestanding", "-c", source + ".runtime.c", "-o", runtime]);
        return new DriverRecipe(name)
        {
            Compiler = DriverTools.Gxx,
            Sources = [source + ".cpp", runtime],
            Options = ["-O1", "-fexceptions"],
            LinkOptions =
            [
                "-Wl,--start-group", "-lsupc++", "-lgcc_eh", "-lgcc", "-Wl,--end-group",
                DriverTools.ImportLibrary(s_imports.Value, DriverTools.Gxx),
            ],
        }.BuildIn(folder);
    }
}
