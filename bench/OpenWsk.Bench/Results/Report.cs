// The tables and the document that a run ends with. It knows nothing about measuring; see Row.cs and Goal.cs.
// As a page: Page.cs; as files: ResultFiles.cs.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenWsk.Bench.Results;

/// <summary>Shows results.</summary>
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

    // What is shown of a row beside its values, where some row of the stage has it.
    private static readonly (string Title, Func<Row, Stage, double?> Value, string Format)[] s_columns =
    [
        ("ratio", (row, stage) => Ratio(row, stage), "0.00"),
        ("goal", (row, _) => row.GoalNs, "N1"),
        ("CPU ns/op", (row, _) => row.MedianOf(sample => sample.CpuNs), "N0"),
        ("managed B/op", (row, _) => row.MedianOf(sample => sample.AllocatedBytes), "N2"),
        ("heap B", (row, _) => row.MedianOf(sample => sample.HeapBytes), "N0"),
        ("sockets", (row, _) => row.MedianOf(sample => sample.Sockets), "N0"),
        ("peak MiB", (row, _) => row.MedianOf(sample => sample.PeakBytes) / (1024 * 1024), "N0"),
        ("load busy", (row, _) => row.MedianOf(sample => sample.LoadBusy), "0 %"),
    ];

    /// <summary>The cells of a stage, with a line of titles first; the last cell is a remark.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Cells(Stage stage)
    {
        var columns = s_columns.Where(column => stage.Rows.Any(
            row => row.IsMeasured && column.Value(row, stage) is not null)).ToList();
        return
        [
            [stage.Unit, "min", "median", "max", .. columns.Select(column => column.Title), ""],
            .. stage.Rows.Select(row => (IReadOnlyList<string>)(row.IsMeasured
                ? [
                    row.Name, Number(row.Minimum), Number(row.Median), Number(row.Maximum),
                    .. columns.Select(column => Format(column.Value(row, stage), column.Format)), row.Why,
                ]
                : [row.Name, "", "", "", .. columns.Select(_ => ""), Remark(row)])),
        ];
    }

    /// <summary>One table.</summary>
    public static void WriteTable(TextWriter output, Stage stage)
    {
        output.WriteLine(stage.Title);
        var cells = Cells(stage);
        var widths = Enumerable.Range(0, cells[0].Count)
            .Select(at => cells.Max(line => line[at].Length)).ToList();
        foreach (var line in cells)
        {
            var text = line.Select(
                (cell, at) => at == 0 ? cell.PadRight(widths[at]) : cell.PadLeft(widths[at]));
            output.WriteLine("  " + string.Join("  ", text.SkipLast(1).Append(line[^1])).TrimEnd());
        }
        output.WriteLine();
    }

    /// <summary>The goals with what was measured.</summary>
    public static void WriteGoals(TextWriter output, IReadOnlyList<Judgement> judgements)
    {
        if (judgements.Count == 0)
            return;
        var width = judgements.Max(judgement => judgement.Goal.Text.Length);
        output.WriteLine("goals");
        foreach (var judgement in judgements)
        {
            output.WriteLine(
                $"  {judgement.Goal.Text.PadRight(width)}  {judgement.Goal.Wanted,9}  {judgement.Number,12}  "
                + $"{judgement.Verdict,-12}  {judgement.Note}".TrimEnd());
        }
        output.WriteLine();
    }

    /// <summary>The same as one JSON document.</summary>
    public static string ToJson(RunResults results) => JsonSerializer.Serialize(
        new
        {
            Schema = 2,
            results.Begun,
            results.IsQuick,
            Runtime = RuntimeInformation.FrameworkDescription,
            System = RuntimeInformation.OSDescription,
            Processors = Environment.ProcessorCount,
            Stages = results.Stages.Select(entry => new
            {
                entry.Benchmark,
                entry.Stage.Name,
                entry.Stage.Title,
                entry.Stage.Unit,
                MoreIsBetter = entry.Stage.IsRate,
                Reference = entry.Stage.Reference?.Name,
                Rows = entry.Stage.Rows.Select(row => RowDocument(row, entry.Stage)),
            }),
            Goals = results.Judge().Select(judgement => new
            {
                Goal = judgement.Goal.Text,
                judgement.Goal.Stage,
                judgement.Ours,
                Versus = judgement.Goal.Versus.Length == 0 ? null : judgement.Goal.Versus,
                judgement.Goal.Limit,
                Measured = Rounded(judgement.Measured),
                judgement.Verdict,
                Note = judgement.Note.Length == 0 ? null : judgement.Note,
            }),
        },
        s_options) + "\n";

    /// <summary>A value, short where it is large.</summary>
    public static string Number(double value) =>
        value.ToString(Math.Abs(value) < 1000 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    /// <summary>Why a row has no result.</summary>
    public static string Remark(Row row) =>
        row.Failure is { } failure ? $"FAILED: {failure}" : $"skipped: {row.SkipReason}";

    private static double? Ratio(Row row, Stage stage) =>
        stage.IsRate || stage.Rows.Any(x => x.MedianOf(sample => sample.HeapBytes) is not null)
            ? Numbers.Ratio(row.Median, stage.Reference?.Median)
            : null;

    private static object RowDocument(Row row, Stage stage) => new
    {
        row.Name,
        Goal = row.GoalNs,
        Minimum = row.IsMeasured ? Rounded(row.Minimum) : null,
        Median = row.IsMeasured ? Rounded(row.Median) : null,
        Maximum = row.IsMeasured ? Rounded(row.Maximum) : null,
        Ratio = row.IsMeasured ? Rounded(Numbers.Ratio(row.Median, stage.Reference?.Median)) : null,
        CpuNsPerOperation = Rounded(row.MedianOf(sample => sample.CpuNs)),
        ManagedBytesPerOperation = Rounded(row.MedianOf(sample => sample.AllocatedBytes)),
        HeapBytes = Rounded(row.MedianOf(sample => sample.HeapBytes)),
        Sockets = Rounded(row.MedianOf(sample => sample.Sockets)),
        PeakBytes = Rounded(row.MedianOf(sample => sample.PeakBytes)),
        LoadBusy = Rounded(row.MedianOf(sample => sample.LoadBusy)),
        Rounds = row.IsMeasured ? row.Rounds.Select(value => Rounded(value)) : null,
        Skipped = row.IsMeasured || row.Failure is not null ? null : row.SkipReason,
        Failed = row.Failure,
    };

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 3) : null;

    private static string Format(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
