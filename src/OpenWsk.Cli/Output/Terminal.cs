// Where a verb writes: results to standard output, everything else to standard error, colour only for a
// person. Standard output also takes raw bytes, because what a driver prints is passed on as it is. It knows
// nothing about verbs.
using System.Text;

namespace OpenWsk.Cli.Output;

/// <summary>The process's output, as the common options shape it.</summary>
internal sealed class Terminal
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private readonly bool _isColoured;

    public Terminal(CommonOptions options)
    {
        Options = options;
        _isColoured = !options.NoColor && IsColourWanted();
        Raw = Console.OpenStandardOutput();
        Out = new StreamWriter(Raw, Utf8) { AutoFlush = true, NewLine = "\n" };
        Error = TextWriter.Synchronized(
            new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true, NewLine = "\n" });
    }

    public CommonOptions Options { get; }

    /// <summary>Standard output as bytes; flush <see cref="Out"/> before and this after.</summary>
    public Stream Raw { get; }

    /// <summary>The verb's result.</summary>
    public TextWriter Out { get; }

    /// <summary>Everything that is not the result.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether standard output and standard error go to the same place.</summary>
    public static bool IsOneStream =>
        File.ResolveLinkTarget("/proc/self/fd/1", returnFinalTarget: false) is { } output
        && File.ResolveLinkTarget("/proc/self/fd/2", returnFinalTarget: false)?.FullName == output.FullName;

    /// <summary>A line of progress or summary, unless --quiet.</summary>
    public void Note(string line)
    {
        if (!Options.Quiet)
            Error.WriteLine(line);
    }

    /// <summary>A line that only -v shows.</summary>
    public void Detail(string line)
    {
        if (Options.Verbose && !Options.Quiet)
            Error.WriteLine(line);
    }

    public string Good(string text) => Paint(text, "32");

    public string Bad(string text) => Paint(text, "31");

    public string Strong(string text) => Paint(text, "1");

    public string Faint(string text) => Paint(text, "2");

    private string Paint(string text, string code) => _isColoured ? $"\u001b[{code}m{text}\u001b[0m" : text;

    // NO_COLOR and FORCE_COLOR as their pages define them (no-color.org, force-color.org): any value but
    // empty.
    private static bool IsColourWanted()
    {
        if (Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 })
            return false;
        if (Environment.GetEnvironmentVariable("FORCE_COLOR") is { Length: > 0 })
            return true;
        return Environment.GetEnvironmentVariable("TERM") != "dumb"
            && !Console.IsErrorRedirected
            && !Console.IsOutputRedirected;
    }
}

/// <summary>The options that every verb has.</summary>
internal sealed record CommonOptions(bool Json, bool Quiet, bool Verbose, bool NoColor);
