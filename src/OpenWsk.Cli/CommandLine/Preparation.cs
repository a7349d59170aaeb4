// What happens to the command line before it is parsed: `openwsk x.sys` means run, what follows `--` are the
// driver's parameters, and --trace without a file must not take the next word for one.
// It knows nothing about values: those are the verbs'.
namespace OpenWsk.Cli.CommandLine;

/// <summary>Rewrites the user's words into the ones that the parser takes.</summary>
internal static class Preparation
{
    /// <summary>The value of --special-pool that stands for none.</summary>
    public const string Overrun = "overrun";

    /// <summary>The value of --trace that means standard error.</summary>
    public const string ToStandardError = "-";

    /// <summary>The words to parse.</summary>
    public static List<string> Prepare(IReadOnlyList<string> words)
    {
        var prepared = new List<string>();
        var isDriverPart = false;
        foreach (var word in words)
        {
            if (!isDriverPart && word == "--")
                isDriverPart = true;
            else
                prepared.Add(
                    isDriverPart ? $"--param={word}" : word switch
                    {
                        "--trace" => $"--trace={ToStandardError}",
                        "--special-pool" => $"--special-pool={Overrun}",
                        _ => word,
                    });
        }
        if (FirstOperand(prepared) is { } first && IsDriverFile(first))
            prepared.Insert(0, "run");
        return prepared;
    }

    private static string? FirstOperand(List<string> words) => words.Find(word => !word.StartsWith('-'));

    private static bool IsDriverFile(string word) =>
        word.EndsWith(".sys", StringComparison.OrdinalIgnoreCase)
        || (word.Contains(Path.DirectorySeparatorChar) && File.Exists(word));
}
