// The drivers of this project's Drivers folder: C and assembly files of one base name become one .sys. Their
// imports are the test routines' and the project's own names. It knows nothing about what the drivers do, nor
// how they are built: see DriverRecipe.cs of the test support.
using OpenWsk.Provider;

namespace OpenWsk.Loader.Tests;

/// <summary>The test drivers as files.</summary>
public static class TestDrivers
{
    private const string Release = "-O1";
    private static readonly string[] s_strict = ["-Wall", "-Werror"];

    private static readonly string[] s_clang =
        ["-Xclang", "-cfguard", "-I", Repository.PathOf("include")];

    // Where distributions put the kernel headers of mingw-w64; those include each other without a folder.
    private static readonly string[] s_mingw =
    [
        "-idirafter", "/usr/share/mingw-w64/include/ddk",
        "-idirafter", "/usr/x86_64-w64-mingw32/include/ddk",
    ];

    private static readonly Lazy<string[]> s_imports = new(MakeImports);

    /// <summary>Path of the driver built with clang and lld; the first use builds it.</summary>
    public static string PathOf(string name, params string[] linkOptions) =>
        Recipe(Capability.Clang, Release, name, linkOptions).Build();

    /// <summary>Path of the driver built with mingw-w64's gcc and its linker.</summary>
    public static string MingwPathOf(string name) => VariantOf(Capability.Mingw, Release, name);

    /// <summary>Path of a driver by one of the compilers, optimised as much as the option says.</summary>
    public static string VariantOf(string compiler, string optimisation, string name) =>
        Recipe(compiler, optimisation, name, []).Build();

    public static byte[] BytesOf(string name, params string[] linkOptions) =>
        File.ReadAllBytes(PathOf(name, linkOptions));

    /// <summary>The files of one driver in the Drivers folder.</summary>
    internal static IReadOnlyList<string> SourcesOf(string name) =>
        DriverRecipe.SourcesIn(Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Drivers"), name);

    private static DriverRecipe Recipe(
        string compiler, string optimisation, string name, string[] linkOptions)
    {
        var isClang = compiler == Capability.Clang;
        return new DriverRecipe(name)
        {
            Compiler = compiler,
            Sources = SourcesOf(name),
            Options = [optimisation, .. s_strict, .. isClang ? s_clang : s_mingw],
            LinkOptions = isClang ? ["/guard:cf", .. linkOptions] : linkOptions,
            Imports = s_imports.Value,
        };
    }

    private static string[] MakeImports()
    {
        string[] others = ["TestMissing", "TestStubbed", "__chkstk", "TestVariable DATA", "SeExports DATA",
            "PsInitialSystemProcess DATA"];
        var kernel = GeneratedRoutines.All
            .Concat(KernelExports.All.Where(r => r.Library == Libraries.Ntoskrnl))
            .Select(r => r.Name).Distinct();
        return
        [
            DriverTools.Definition(Libraries.Ntoskrnl, [.. kernel, .. others]),
            DriverTools.Definition(Libraries.Cng, NamesOf(KernelExports.All, Libraries.Cng)),
            DriverTools.Definition(Libraries.Netio, NamesOf(ProviderExports.All, Libraries.Netio)),
        ];
    }

    private static IEnumerable<string> NamesOf(IEnumerable<Routine> routines, string library) =>
        routines.Where(r => r.Library == library).Select(r => r.Name);
}
