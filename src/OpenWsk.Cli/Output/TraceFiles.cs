// Where --trace writes: standard error, or the file that it names.
// It knows nothing about what is written.
using OpenWsk.Cli.CommandLine;

namespace OpenWsk.Cli.Output;

/// <summary>Opens trace files.</summary>
internal static class TraceFiles
{
    /// <summary>The file, or null for standard error and for no trace.</summary>
    public static StreamWriter? Open(string verb, string? file)
    {
        if (file is null or Preparation.ToStandardError)
            return null;
        try
        {
            return new StreamWriter(file) { NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{verb}: the trace cannot be written to {file}: {e.Message}");
        }
    }
}
