// Builds the drivers of this project's Drivers folder against the repository's headers and import libraries,
// once for each test run, with clang or with mingw-w64 gcc. It knows nothing about what the drivers do.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenWsk.Testing.Tests;

/// <summary>The test drivers as files.</summary>
public static class TestDrivers
{
    private static readonly string[] s_c =
        ["-std=c11", "-ffreestanding", "-fms-extensions", "-fasynchronous-unwind-tables", "-Wall", "-Wextra",
            "-Wno-multichar", "-Werror", "-isystem", Repository.PathOf("include")];

    private static readonly string s_folder = Directory.CreateTempSubdirectory("openwsk-testing-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_built = new();

    static TestDrivers() =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_folder, true);

    /// <summary>Path of the driver built with clang and lld, optimised unless it is for debugging.</summary>
    public static string PathOf(string name, bool isDebug = false) =>
        Once($"{name} {isDebug}", folder => BuildWithClang(name, folder, isDebug ? "-O0" : "-O2"));

    /// <summary>Path of the driver built with mingw-w64's gcc and its linker.</summary>
    public static string MingwPathOf(string name) =>
        Once("mingw " + name, folder => BuildWithMingw(name, folder));

    private static string Once(string key, Func<string, string> build) =>
        s_built.GetOrAdd(key, _ => new Lazy<string>(() => build(NewFolder(key)))).Value;

    private static string NewFolder(string key) =>
        Directory.CreateDirectory(Path.Combine(s_folder, key.Replace(' ', '-'))).FullName;

    private static string BuildWithClang(string name, string folder, string level)
    {
        var objectFile = Path.Combine(folder, name + ".obj");
        Run(Capability.Clang,
            [.. s_c, "--target=x86_64-pc-windows-msvc", level, "-mno-implicit-float", "-nostdlibinc",
                "-nobuiltininc", "-c", Source(name), "-o", objectFile]);
        var driver = Path.Combine(folder, name + ".sys");
        Run(Capability.Lld,
            ["/nologo", "/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib",
                "/out:" + driver, "/implib:" + Path.Combine(folder, name + ".lib"), objectFile,
                .. Libraries(folder, Capability.Llvm, "-m", "i386:x86-64"), .. Imported(name)]);
        return driver;
    }

    private static string BuildWithMingw(string name, string folder)
    {
        var driver = Path.Combine(folder, name + ".sys");
        Run(Capability.Mingw,
            [.. s_c, "-O2", "-shared", "-nostdlib", "-nostartfiles", "-Wl,--subsystem,native",
                "-Wl,--entry,DriverEntry", "-Wl,--dynamicbase", "-o", driver, Source(name),
                .. Libraries(folder, "x86_64-w64-mingw32-dlltool"), "-lgcc"]);
        return driver;
    }

    // A driver that imports from another names it in its first line: "imports NAME".
    private static IEnumerable<string> Imported(string name)
    {
        var first = File.ReadLines(Source(name)).First();
        var at = first.IndexOf("imports ", StringComparison.Ordinal);
        return at < 0
            ? []
            : first[(at + "imports ".Length)..].TrimEnd('*', '/', ' ', '.').Split(", ")
                .Select(other => Path.ChangeExtension(PathOf(other), ".lib"));
    }

    private static List<string> Libraries(string folder, string tool, params string[] options)
    {
        var built = new List<string>();
        foreach (var library in (string[])["ntoskrnl", "netio"])
        {
            var path = Path.Combine(folder, $"lib{library}.lib");
            Run(tool, [.. options, "-d", Repository.PathOf("include", "lib", library + ".def"), "-l", path]);
            built.Add(path);
        }
        return built;
    }

    private static string Source(string name) =>
        Repository.PathOf("tests", "OpenWsk.Testing.Tests", "Drivers", name + ".c");

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
