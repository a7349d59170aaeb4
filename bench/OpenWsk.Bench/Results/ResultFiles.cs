// Writes the results of a run beside each other: as JSON, as a page, as text.
// It knows nothing about their contents: Report.cs, Page.cs.
namespace OpenWsk.Bench.Results;

/// <summary>Where a run's results are.</summary>
/// <param name="Json">The document.</param>
/// <param name="Page">The page with plots.</param>
/// <param name="Text">The tables in Markdown.</param>
internal sealed record ResultFiles(string Json, string Page, string Text)
{
    /// <summary>Writes them, named after the benchmarks that were named.</summary>
    public static ResultFiles Write(RunResults results, string folder, IReadOnlyList<string> names)
    {
        Directory.CreateDirectory(folder);
        var stem = Path.Combine(folder, names.Count == 0 ? "all" : string.Join('-', names));
        var files = new ResultFiles($"{stem}.json", $"{stem}.html", $"{stem}.md");
        File.WriteAllText(files.Json, Report.ToJson(results));
        File.WriteAllText(files.Page, Bench.Results.Page.Write(results));
        File.WriteAllText(files.Text, Markdown.Write(results));
        return files;
    }
}
