// The table and the document that a benchmark ends with.
// It knows nothing about measuring; see Row.cs.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenWsk.Bench;

/// <summary>Shows rows.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>One line for each row, times in nanoseconds.</summary>
    public static void WriteTable(TextWriter output, IReadOnlyList<Row> rows)
    {
        var width = rows.Max(row => row.Name.Length);
        output.WriteLine($"{"ns".PadRight(width)} {"min",12} {"median",12} {"max",12} {"goal",12}");
        foreach (var row in rows)
        {
            output.WriteLine(row.Rounds.Count == 0
                ? $"{row.Name.PadRight(width)} skipped: {row.Why}"
                : $"{row.Name.PadRight(width)} {Number(row.Minimum),12} {Number(row.Median),12} "
                    + $"{Number(row.Maximum),12} {Goal(row),12}");
        }
    }

    /// <summary>The same as one JSON document.</summary>
    public static string ToJson(IReadOnlyList<Row> rows) => JsonSerializer.Serialize(
        new
        {
            Schema = 1,
            Unit = "ns",
            Runtime = RuntimeInformation.FrameworkDescription,
            System = RuntimeInformation.OSDescription,
            Processors = Environment.ProcessorCount,
            Rows = rows.Select(row => new
            {
                row.Name,
                Goal = row.GoalNs,
                Minimum = Rounded(row, r => r.Minimum),
                Median = Rounded(row, r => r.Median),
                Maximum = Rounded(row, r => r.Maximum),
                Skipped = row.Rounds.Count == 0 ? row.Why : null,
            }),
        },
        s_options) + "\n";

    private static double? Rounded(Row row, Func<Row, double> value) =>
        row.Rounds.Count == 0 ? null : Math.Round(value(row), 2);

    private static string Goal(Row row) => row.GoalNs is { } goal ? Number(goal) : "";

    private static string Number(double value) =>
        value.ToString(value < 1000 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
