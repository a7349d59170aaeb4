// Builds the drivers of this project's Drivers folder with clang and lld, once for each test run: C and
// assembly files of one base name become one .sys. Their imports come from an import library made of the test
// routines' names. It knows nothing about what the drivers do.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenWsk.Loader.Tests;

/// <summary>The test drivers as files.</summary>
public static class TestDrivers
{
    private const string Target = "--target=x86_64-pc-windows-msvc";
    private static readonly string s_folder = Directory.CreateTempSubdirectory("openwsk-loader-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_built = new();

    private static readonly Lazy<string> s_importLibrary = new(MakeImportLibrary);

    static TestDrivers() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_folder, true);

    /// <summary>Path of the built driver; the first use builds it.</summary>
    public static string PathOf(string name, params string[] linkOptions)
    {
        var key = string.Join(' ', [name, .. linkOptions]);
        return s_built.GetOrAdd(key, _ => new Lazy<string>(() => Build(name, linkOptions))).Value;
    }

    public static byte[] BytesOf(string name, params string[] linkOptions) =>
        File.ReadAllBytes(PathOf(name, linkOptions));

    private static string Build(string name, string[] linkOptions)
    {
        var sources = Directory.GetFiles(
            Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Drivers"), name + ".*");
        var output = Path.Combine(
            Directory.CreateDirectory(Path.Combine(s_folder, $"{s_built.Count}")).FullName);
        var objects = new List<string>();
        foreach (var source in sources.Order(StringComparer.Ordinal))
        {
            var objectFile = Path.Combine(output, Path.GetFileName(source) + ".obj");
            string[] c = source.EndsWith(".c", StringComparison.Ordinal)
                ? ["-O1", "-ffreestanding", "-fasynchronous-unwind-tables", "-Wall", "-Werror", "-Xclang",
                    "-cfguard"]
                : [];
            Run(Capability.Clang, [Target, .. c, "-c", source, "-o", objectFile]);
            objects.Add(objectFile);
        }
        var driver = Path.Combine(output, name + ".sys");
        string[] link = ["/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib", "/guard:cf"];
        Run(Capability.Lld, [.. link, "/out:" + driver, .. linkOptions, .. objects, s_importLibrary.Value]);
        return driver;
    }

    private static string MakeImportLibrary()
    {
        var definition = Path.Combine(s_folder, "ntoskrnl.def");
        var library = Path.Combine(s_folder, "ntoskrnl.lib");
        string[] names =
            [.. GeneratedRoutines.All.Select(r => r.Name), "TestMissing", "TestStubbed", "__chkstk"];
        File.WriteAllLines(definition, ["LIBRARY ntoskrnl.exe", "EXPORTS", .. names, "TestVariable DATA"]);
        Run(Capability.Llvm, ["-m", "i386:x86-64", "-d", definition, "-l", library]);
        return library;
    }

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
