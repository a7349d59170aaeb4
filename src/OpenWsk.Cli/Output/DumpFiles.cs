// Where --dump writes: the file that it names, with %DRIVER% and %TIME% filled in. It knows nothing about
// what a dump holds; MinidumpWriter does.
using System.Globalization;
using OpenWsk.Capture;
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Output;

/// <summary>Writes minidumps.</summary>
internal static class DumpFiles
{
    /// <summary>Writes the dump and returns its path; a failure is told and gives null.</summary>
    public static string? Write(CrashReport report, string pattern, Terminal terminal)
    {
        var now = DateTimeOffset.UtcNow;
        var path = Expand(pattern, report, now);
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
                Directory.CreateDirectory(folder);
            File.WriteAllBytes(path, MinidumpWriter.Write(report, now));
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            terminal.Error.WriteLine($"openwsk: run: the dump cannot be written to {path}: {e.Message}");
            return null;
        }
    }

    /// <summary>The path with its variables filled in.</summary>
    internal static string Expand(string pattern, CrashReport report, DateTimeOffset time)
    {
        var driver = report.Stack.FirstOrDefault(frame => frame.Module is not null)?.Module
            ?? (report.Modules is [var first, ..] ? first.Name : "driver");
        return pattern
            .Replace("%DRIVER%", Path.GetFileNameWithoutExtension(driver), StringComparison.Ordinal)
            .Replace("%TIME%", time.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture),
                StringComparison.Ordinal);
    }
}
