// Reads the tables of the embedded text of the WSK surface: each section's rows as cells by column name.
// It knows nothing about what the columns mean.
using OpenWsk.Contract;

namespace OpenWsk.Cli.Compat;

/// <summary>The rows of one numbered section.</summary>
internal static class SurfaceTable
{
    private static readonly Lazy<string[]> LazyLines =
        new(() => Catalogue.Text("wsk-surface.md").Split('\n'));

    /// <summary>The rows of all tables in a section.</summary>
    public static List<Dictionary<string, string>> Rows(int section)
    {
        var rows = new List<Dictionary<string, string>>();
        string[]? columns = null;
        foreach (var line in LazyLines.Value
            .SkipWhile(line => !line.StartsWith($"## {section} ", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)))
        {
            if (!line.StartsWith('|'))
            {
                columns = null;
                continue;
            }
            var cells = line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (columns is null)
                columns = cells;
            else if (!cells[0].StartsWith("---", StringComparison.Ordinal))
                rows.Add(columns.Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second));
        }
        return rows;
    }
}
