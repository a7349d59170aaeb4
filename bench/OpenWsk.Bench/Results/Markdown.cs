// The results as Markdown: the goals first, then a table for each stage. It knows nothing about measuring;
// the cells are Report.cs's.
using System.Globalization;
using System.Text;

namespace OpenWsk.Bench.Results;

/// <summary>Writes Markdown.</summary>
internal static class Markdown
{
    public static string Write(RunResults results)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture, $"# Benchmarks of {results.Begun:yyyy-MM-dd HH:mm} UTC\n\n");
        if (results.IsQuick)
            text.Append("A quick run: it shows that everything runs, not what it costs.\n\n");
        var judgements = results.Judge();
        if (judgements.Count != 0)
        {
            Line(text, ["goal", "wanted", "measured", "", ""]);
            Line(text, Enumerable.Repeat("---", 5));
            foreach (var x in judgements)
                Line(text, [x.Goal.Text, x.Goal.Wanted, x.Number, x.Verdict, x.Note]);
            text.Append('\n');
        }
        foreach (var (_, stage) in results.Stages)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {stage.Title}\n\n");
            var cells = Report.Cells(stage);
            Line(text, cells[0]);
            Line(text, cells[0].Select(_ => "---"));
            foreach (var line in cells.Skip(1))
                Line(text, line);
            text.Append('\n');
        }
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Line(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace('|', '/'))).Append(" |\n");
}
