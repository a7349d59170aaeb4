// Builds the drivers of the exception tests in several ways: optimised or not, with faults as exceptions or
// not. Their imports come from all that a world with drivers exports. It knows nothing about what they do.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenWsk.Loader.Tests;

/// <summary>Drivers by source and compiler options.</summary>
public static class ExceptionDrivers
{
    /// <summary>The C++ compiler, which machines with gcc need not have.</summary>
    public const string Gxx = "x86_64-w64-mingw32-g++";

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

    /// <summary>Path of a C++ driver built with g++, its runtime linked into it.</summary>
    public static string CxxPathOf(string name) =>
        s_built.GetOrAdd("g++ " + name, _ => new Lazy<string>(() => BuildCxx(name))).Value;

    private static string BuildCxx(string name)
    {
        var folder = NewFolder();
        var source = Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Drivers", name);
        string[] objects = [Path.Combine(folder, "cxx.o"), Path.Combine(folder, "runtime.o")];
        Run(Gxx, ["-O1", "-ffreestanding", "-fexceptions", "-c", source + ".cpp", "-o", objects[0]]);
        Run(Capability.Mingw, ["-O1", "-ffreestanding", "-c", source + ".runtime.c", "-o", objects[1]]);
        var driver = Path.Combine(folder, name + ".sys");
        string[] link = ["-nostdlib", "-shared", "-Wl,--subsystem,native", "-Wl,--entry,DriverEntry"];
        string[] runtime = ["-Wl,--start-group", "-lsupc++", "-lgcc_eh", "-lgcc", "-Wl,--end-group"];
        var library = Path.Combine(folder, "libntoskrnl.a");
        Run("x86_64-w64-mingw32-dlltool", ["-d", WriteDefinition(folder), "-l", library]);
        Run(Gxx, [.. link, .. objects, "-o", driver, .. runtime, library]);
        return driver;
    }

    private static string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(s_folder, $"{Interlocked.Increment(ref s_folders)}"))
            .FullName;

    private static string Build(string name, string[] options)
    {
        var folder = NewFolder();
        var sources = Repository.PathOf("tests", "OpenWsk.Loader.Tests", "Drivers");
        var objects = new List<string>();
        foreach (var source in Directory.GetFiles(sources, name + ".*").Order(StringComparer.Ordinal))
        {
            var objectFile = Path.Combine(folder, Path.GetFileName(source) + ".obj");
            string[] c = Path.GetExtension(source) switch
            {
                ".c" => ["-fms-extensions", "-fasynchronous-unwind-tables", "-Wall", .. options],
                ".cpp" => ["-fexceptions", "-fcxx-exceptions", "-std=c++20", "-Wall", .. options],
                _ => [],
            };
            if (c.Length != 0)
                c = ["-ffreestanding", .. c];
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
        var definition = WriteDefinition(s_folder);
        var library = Path.Combine(s_folder, "ntoskrnl.lib");
        Run(Capability.Llvm, ["-m", "i386:x86-64", "-d", definition, "-l", library]);
        return library;
    }

    private static string WriteDefinition(string folder)
    {
        var definition = Path.Combine(folder, "ntoskrnl.def");
        var names = GeneratedRoutines.All.Concat(KernelExports.All).Concat(LoaderExports.All)
            .Where(r => r.Library == Libraries.Ntoskrnl)
            .Select(r => r.Name);
        File.WriteAllLines(definition, ["LIBRARY ntoskrnl.exe", "EXPORTS", .. names, "__chkstk"]);
        return definition;
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
