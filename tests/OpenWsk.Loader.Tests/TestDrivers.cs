// Builds the drivers of this project's Drivers folder, once for each test run: C and assembly files of one
// base name become one .sys. Their imports come from import libraries made of the test routines' and of the
// project's own names. It knows nothing about what the drivers do.
using System.Collections.Concurrent;
using System.Diagnostics;
using OpenWsk.Provider;

namespace OpenWsk.Loader.Tests;

/// <summary>The test drivers as files.</summary>
public static class TestDrivers
{
    private const string Release = "-O1";
    private const string Target = "--target=x86_64-pc-windows-msvc";

    private static readonly string[] s_c =
        ["-ffreestanding", "-fasynchronous-unwind-tables", "-Wall", "-Werror"];

    // Where distributions put the kernel headers of mingw-w64; those include each other without a folder.
    private static readonly string[] s_mingwDdk =
        ["/usr/share/mingw-w64/include/ddk", "/usr/x86_64-w64-mingw32/include/ddk"];

    private static readonly string s_folder = Directory.CreateTempSubdirectory("openwsk-loader-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_built = new();

    private static readonly Lazy<string[]> s_definitions = new(MakeDefinitions);

    private static readonly Lazy<string[]> s_importLibraries =
        new(() => MakeImportLibraries(Capability.Llvm, "-m", "i386:x86-64"));

    private static readonly Lazy<string[]> s_mingwLibraries =
        new(() => MakeImportLibraries("x86_64-w64-mingw32-dlltool"));

    private static int s_folders;

    static TestDrivers() =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_folder, true);

    /// <summary>Path of the driver built with clang and lld; the first use builds it.</summary>
    public static string PathOf(string name, params string[] linkOptions) =>
        Once(string.Join(' ', [name, .. linkOptions]), folder => Build(name, folder, linkOptions));

    /// <summary>Path of the driver built with mingw-w64's gcc and its linker.</summary>
    public static string MingwPathOf(string name) =>
        Once("mingw " + name, folder => BuildWithMingw(name, folder));

    /// <summary>Path of a driver by one of the compilers, optimised as much as the option says.</summary>
    public static string VariantOf(string compiler, string optimisation, string name) =>
        Once(
            $"{compiler} {optimisation} {name}",
            folder => compiler == Capability.Mingw
                ? BuildWithMingw(name, folder, optimisation)
                : Build(name, folder, [], optimisation));

    public static byte[] BytesOf(string name, params string[] linkOptions) =>
        File.ReadAllBytes(PathOf(name, linkOptions));

    private static string Once(string key, Func<string, string> build) =>
        s_built.GetOrAdd(key, _ => new Lazy<string>(() => build(NewFolder()))).Value;

    private static string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(s_folder, $"{Interlocked.Increment(ref s_folders)}"))
            .FullName;

    private static string Build(
        string name, string folder, string[] linkOptions, string optimisation = Release)
    {
        var objects = new List<string>();
        foreach (var source in Sources(name))
        {
            var objectFile = Path.Combine(folder, Path.GetFileName(source) + ".obj");
            var isC = source.EndsWith(".c", StringComparison.Ordinal);
            string[] c = isC
                ? [optimisation, .. s_c, "-Xclang", "-cfguard", "-I", Repository.PathOf("include")]
                : [];
            Run(Capability.Clang, [Target, .. c, "-c", source, "-o", objectFile]);
            objects.Add(objectFile);
        }
        var driver = Path.Combine(folder, name + ".sys");
        string[] link = ["/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib", "/guard:cf"];
        Run(
            Capability.Lld,
            [.. link, "/out:" + driver, .. linkOptions, .. objects, .. s_importLibraries.Value]);
        return driver;
    }

    private static string BuildWithMingw(string name, string folder, string optimisation = Release)
    {
        var driver = Path.Combine(folder, name + ".sys");
        string[] link = ["-nostdlib", "-shared", "-Wl,--subsystem,native", "-Wl,--entry,DriverEntry"];
        string[] compile = [optimisation, .. s_c, .. s_mingwDdk.SelectMany(f => new[] { "-idirafter", f })];
        Run(
            Capability.Mingw,
            [.. compile, .. link, "-o", driver, .. Sources(name), .. s_mingwLibraries.Value]);
        return driver;
    }

    private static IEnumerable<string> Sources(string name)
    {
        var folder = Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Drivers");
        return Directory.GetFiles(folder, name + ".*").Order(StringComparer.Ordinal);
    }

    private static string[] MakeDefinitions()
    {
        string[] others = ["TestMissing", "TestStubbed", "__chkstk", "TestVariable DATA", "SeExports DATA",
            "PsInitialSystemProcess DATA"];
        var kernel = GeneratedRoutines.All
            .Concat(KernelExports.All.Where(r => r.Library == Libraries.Ntoskrnl))
            .Select(r => r.Name).Distinct();
        return
        [
            MakeDefinition(Libraries.Ntoskrnl, [.. kernel, .. others]),
            MakeDefinition(Libraries.Cng, NamesOf(KernelExports.All, Libraries.Cng)),
            MakeDefinition(Libraries.Netio, NamesOf(ProviderExports.All, Libraries.Netio)),
        ];
    }

    private static IEnumerable<string> NamesOf(IEnumerable<Routine> routines, string library) =>
        routines.Where(r => r.Library == library).Select(r => r.Name);

    private static string MakeDefinition(string library, IEnumerable<string> names)
    {
        var definition = Path.Combine(s_folder, Path.ChangeExtension(library, ".def"));
        File.WriteAllLines(definition, [$"LIBRARY {library}", "EXPORTS", .. names]);
        return definition;
    }

    // Each linker gets libraries of its own tools: GNU's puts the members of LLVM's in another order.
    private static string[] MakeImportLibraries(string capability, params string[] options) =>
    [
        .. s_definitions.Value.Select(definition =>
        {
            var library = $"{definition}.{capability}.lib";
            Run(capability, [.. options, "-d", definition, "-l", library]);
            return library;
        }),
    ];

    private static void Run(string capability, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Capability.Program(capability)!, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(
            process.ExitCode == 0, $"{start.FileName} {string.Join(' ', arguments)}\n{error.Result}{output}");
    }
}
