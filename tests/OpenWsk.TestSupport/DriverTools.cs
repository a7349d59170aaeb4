// The tools that build drivers of the tests, and what they have built: each thing once for each test run, in
// folders that go with the process. It knows nothing about how a driver is put together: see DriverRecipe.cs.
using System.Collections.Concurrent;
using System.Diagnostics;

namespace OpenWsk.TestSupport;

/// <summary>Runs compilers and linkers.</summary>
public static class DriverTools
{
    /// <summary>The C++ compiler of mingw-w64, which machines with its gcc need not have.</summary>
    public const string Gxx = "x86_64-w64-mingw32-g++";

    private static readonly string s_folder = Directory.CreateTempSubdirectory("openwsk-drivers-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_built = new();
    private static int s_folders;

    static DriverTools() =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_folder, true);

    /// <summary>What a key stands for; the first use builds it, in a folder of its own.</summary>
    /// <returns>A path.</returns>
    public static string Once(string key, Func<string, string> build) =>
        s_built.GetOrAdd(key, _ => new Lazy<string>(() => build(NewFolder()))).Value;

    /// <summary>An import library of a definition file's names, as one compiler's linker wants it.</summary>
    /// <remarks>Each linker gets libraries of its own tools: GNU's puts members in another order.</remarks>
    public static string ImportLibrary(string definition, string compiler) =>
        Once(
            $"library {definition} {IsGnu(compiler)}",
            folder =>
            {
                var name = Path.GetFileNameWithoutExtension(definition);
                var library = Path.Combine(folder, $"lib{name}.{(IsGnu(compiler) ? "a" : "lib")}");
                string[] names = ["-d", definition, "-l", library];
                if (IsGnu(compiler))
                    Run("x86_64-w64-mingw32-dlltool", names);
                else
                    Run(Capability.Llvm, ["-m", "i386:x86-64", .. names]);
                return library;
            });

    /// <summary>A definition file that says that a library exports some names.</summary>
    public static string Definition(string library, IEnumerable<string> names)
    {
        var text = string.Join('\n', [$"LIBRARY {library}", "EXPORTS", .. names, ""]);
        return Once(
            "definition " + text,
            folder =>
            {
                var path = Path.Combine(folder, Path.ChangeExtension(library, ".def"));
                File.WriteAllText(path, text);
                return path;
            });
    }

    /// <summary>Runs a capability's program; returns what it printed.</summary>
    /// <remarks>Errors: InvalidOperationException with the program's words when it fails.</remarks>
    public static string Run(string capability, IEnumerable<string> arguments)
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
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{start.FileName} {string.Join(' ', arguments)}\n{error.Result}{output}");
    }

    internal static bool IsGnu(string compiler) => compiler is Capability.Mingw or Gxx;

    private static string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(s_folder, $"{Interlocked.Increment(ref s_folders)}"))
            .FullName;
}
