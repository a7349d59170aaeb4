// The drivers of this project's Drivers folder, built against the repository's headers and import libraries
// with clang or with mingw-w64 gcc. It knows nothing about what the drivers do, nor how they are built: see
// DriverRecipe.cs of the test support.
namespace OpenWsk.Testing.Tests;

/// <summary>The test drivers as files.</summary>
public static class TestDrivers
{
    private static readonly string[] s_c =
        ["-std=c11", "-fms-extensions", "-Wall", "-Wextra", "-Wno-multichar", "-Werror", "-isystem",
            Repository.PathOf("include")];

    private static readonly string[] s_clang = ["-mno-implicit-float", "-nostdlibinc", "-nobuiltininc"];

    private static readonly string[] s_imports =
        [.. new[] { "ntoskrnl", "netio" }.Select(l => Repository.PathOf("include", "lib", l + ".def"))];

    /// <summary>Path of the driver built with clang and lld, optimised unless it is for debugging.</summary>
    public static string PathOf(string name, bool isDebug = false) => new DriverRecipe(name)
    {
        Sources = [Source(name)],
        Options = [.. s_c, isDebug ? "-O0" : "-O2", .. s_clang],
        Imports = s_imports,
        Libraries = [.. Imported(name)],
    }.Build();

    /// <summary>Path of the driver built with mingw-w64's gcc and its linker.</summary>
    public static string MingwPathOf(string name) => new DriverRecipe(name)
    {
        Compiler = Capability.Mingw,
        Sources = [Source(name)],
        Options = [.. s_c, "-O2"],
        LinkOptions = ["-nostartfiles", "-Wl,--dynamicbase", "-lgcc"],
        Imports = s_imports,
    }.Build();

    // A driver that imports from another names it in its first line: "imports NAME". The linker writes the
    // library of an exporting driver beside it.
    private static IEnumerable<string> Imported(string name)
    {
        var first = File.ReadLines(Source(name)).First();
        var at = first.IndexOf("imports ", StringComparison.Ordinal);
        return at < 0
            ? []
            : first[(at + "imports ".Length)..].TrimEnd('*', '/', ' ', '.').Split(", ")
                .Select(other => Path.ChangeExtension(PathOf(other), ".lib"));
    }

    private static string Source(string name) =>
        Repository.PathOf("tests", "OpenWsk.Testing.Tests", "Drivers", name + ".c");
}
