// Builds the C programs of bench/peers when they are first needed, in the folder of the run.
// It knows nothing about what they do.
using System.Diagnostics;

namespace OpenWsk.Bench.Network;

/// <summary>The peers in C.</summary>
internal sealed class PeerPrograms(BenchContext context)
{
    private static readonly string[] s_compilers = ["cc", "gcc", "clang", "clang-19"];
    private readonly Dictionary<string, string?> _built = [];

    /// <summary>Path of the built program.</summary>
    /// <remarks>Errors: UnavailableException with what is missing.</remarks>
    public string PathOf(string name, params string[] libraries)
    {
        if (!_built.TryGetValue(name, out var why))
            _built[name] = why = Build(name, libraries);
        return why is null
            ? Path.Combine(context.Folder, name)
            : throw new UnavailableException(why);
    }

    private string? Build(string name, string[] libraries)
    {
        string[] words =
        [
            "-O2", "-Wall", "-o", Path.Combine(context.Folder, name),
            context.PathOf("bench", "peers", $"{name}.c"), .. libraries.Select(library => $"-l{library}"),
            "-lpthread",
        ];
        var why = "no C compiler on the path";
        foreach (var compiler in s_compilers)
        {
            if (TryRun(compiler, words) is not { } errors)
                continue;
            if (errors.Length == 0)
                return null;
            var line = errors.Split('\n').FirstOrDefault(x => x.Contains("error", StringComparison.Ordinal));
            why = $"{name}.c does not build ({compiler}: {(line ?? errors).Trim()})";
            break;
        }
        return why;
    }

    // Null when there is no such program, empty when all went well, else what it said.
    internal static string? TryRun(string program, IEnumerable<string> words)
    {
        try
        {
            var start = new ProcessStartInfo(program, words) { RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : errors.Length == 0 ? $"exit code {process.ExitCode}" : errors;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
