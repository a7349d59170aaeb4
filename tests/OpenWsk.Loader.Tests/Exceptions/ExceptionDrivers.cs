// Builds the drivers of the exception tests in several ways: optimised or not, with faults as exceptions or
// not. Their imports come from all that a world with drivers exports. It knows nothing about what they do.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenWsk.Loader.Tests;

/// <summary>Drivers by source and compiler options.</summary>
public static class ExceptionDrivers
{
    private static readonly string s_folder = Directory.CreateTempSubdirectory("openwsk-seh-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_built = new();
    private static readonly Lazy<string> s_library = new(MakeImportLibrary);
    private static int s_folders;

    static ExceptionDrivers() =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_folder, true);

    /// <summary>Path of a driver of the Drivers folder, built with those options of clang.</summary>
    public static string PathOf(string name, params string[] options) =>
        s_built.GetOrAdd(
            string.Join(' ', [name, .. options]), _ => new Lazy<string>(() => Build(name, options))).Value;

    private static string Build(string name, string[] options)
    {
        var number = Interlocked.Increment(ref s_folders);
        var folder = Directory.CreateDirectory(Path.Combine(s_folder, $"{number}")).FullName;
        var sources = Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Drivers");
        var objects = new List<string>();
        foreach (var source in Directory.GetFiles(sources, name + ".*").Order(StringComparer.Ordinal))
        {
            var objectFile = Path.Combine(folder, Path.GetFileName(source) + ".obj");
            string[] c = source.EndsWith(".c", StringComparison.Ordinal)
                ? ["-ffreestanding", "-fms-extensions", "-fasynchronous-unwind-tables", "-Wall", .. options]
                : [];
            Run(Capability.Clang, ["--target=x86_64-pc-windows-msvc", .. c, "-c", source, "-o", objectFile]);
            objects.Add(objectFile);
        }
        var driver = Path.Combine(folder, name + ".sys");
        string[] link = ["/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib"];
        Run(Capability.Lld, [.. link, "/out:" + driver, .. objects, s_library.Value]);
        return driver;
    }

    private static string MakeImportLibrary()
    {
        var definition = Path.Combine(s_folder, "ntoskrnl.def");
        var library = Path.Combine(s_folder, "ntoskrnl.lib");
        var names = GeneratedRoutines.All.Concat(KernelExports.All).Concat(LoaderExports.All)
            .Where(r => r.Library == Libraries.Ntoskrnl)
            .Select(r => r.Name);
        File.WriteAllLines(definition, ["LIBRARY ntoskrnl.exe", "EXPORTS", .. names, "__chkstk"]);
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
