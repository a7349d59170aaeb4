// The results as one page without anything from elsewhere: the goals, then for each stage a plot (bars of the
// median, with lines from least to greatest) and its table. It knows nothing about measuring.
using System.Globalization;
using System.Net;
using System.Text;

namespace OpenWsk.Bench.Results;

/// <summary>Writes HTML with SVG.</summary>
internal static class Page
{
    private const int LabelWidth = 210;
    private const int BarWidth = 560;
    private const int ValueWidth = 130;
    private const int LineHeight = 26;

    private const string Style =
        """
        body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        body{color:#1c2530}
        h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}
        table{border-collapse:collapse;font-size:.85rem;margin:.6rem 0}
        td,th{padding:.2rem .6rem;border-bottom:1px solid #d8dee6;text-align:right;white-space:nowrap}
        td:first-child,th:first-child,td:last-child{text-align:left}td:last-child{white-space:normal}
        svg text{font:13px system-ui,sans-serif;fill:currentColor}
        .ours{fill:#2f6fd0}.peer{fill:#9aa7b5}.span{stroke:#10161d;stroke-width:1.5}
        .met{color:#1a7a36}.not{color:#b3261e}.none{color:#6b7683}
        @media(prefers-color-scheme:dark){body{background:#12171d;color:#e1e7ee}
        td,th{border-color:#303a45}.span{stroke:#e1e7ee}.met{color:#63d083}.not{color:#ff8a80}}
        """;

    public static string Write(RunResults results)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<title>OpenWsk benchmarks</title>")
            .Append("<style>").Append(Style).Append("</style><h1>OpenWsk benchmarks</h1><p>")
            .Append(Text($"{results.Begun:yyyy-MM-dd HH:mm} UTC"))
            .Append(results.IsQuick ? ". A quick run: it shows that everything runs, not what it costs." : "")
            .Append("</p>");
        Goals(page, results.Judge());
        foreach (var (_, stage) in results.Stages)
        {
            page.Append("<h2>").Append(Text(stage.Title)).Append("</h2>");
            Plot(page, stage);
            Table(page, stage);
        }
        return page.Append("</html>\n").ToString();
    }

    private static void Goals(StringBuilder page, IReadOnlyList<Judgement> judgements)
    {
        if (judgements.Count == 0)
            return;
        page.Append("<h2>Goals</h2><table><tr><th>goal<th>wanted<th>measured<th><th></tr>");
        foreach (var x in judgements)
        {
            var style = x.IsMet switch { true => "met", false => "not", null => "none" };
            page.Append("<tr><td>").Append(Text(x.Goal.Text)).Append("<td>").Append(Text(x.Goal.Wanted))
                .Append("<td>").Append(Text(x.Number)).Append("<td class=\"").Append(style).Append("\">")
                .Append(x.Verdict).Append("<td>").Append(Text(x.Note)).Append("</tr>");
        }
        page.Append("</table>\n");
    }

    private static void Plot(StringBuilder page, Stage stage)
    {
        var rows = stage.Rows.Where(row => row.IsMeasured).ToList();
        if (rows.Count == 0)
            return;
        var top = Math.Max(rows.Max(row => row.Maximum), double.Epsilon);
        Svg(page, $"<svg role='img' width='100%' ");
        Svg(page, $"viewBox='0 0 {LabelWidth + BarWidth + ValueWidth} {rows.Count * LineHeight}'>");
        for (var at = 0; at < rows.Count; at++)
            Bar(page, rows[at], at * LineHeight, top);
        page.Append("</svg>\n");
    }

    private static void Bar(StringBuilder page, Row row, int y, double top)
    {
        var (least, median, greatest) = (X(row.Minimum, top), X(row.Median, top), X(row.Maximum, top));
        var style = row.Name.StartsWith("ours", StringComparison.Ordinal) ? "ours" : "peer";
        Svg(page, $"<text x='{LabelWidth - 8}' y='{y + 17}' text-anchor='end'>{Text(row.Name)}</text>");
        Svg(page, $"<rect class='{style}' x='{LabelWidth}' y='{y + 4}' width='{median:0.#}' height='18'/>");
        Svg(page, $"<line class='span' x1='{LabelWidth + least:0.#}' x2='{LabelWidth + greatest:0.#}' ");
        Svg(page, $"y1='{y + 13}' y2='{y + 13}'/>");
        Svg(page, $"<text x='{LabelWidth + greatest + 8:0.#}' y='{y + 17}'>");
        page.Append(Text(Report.Number(row.Median))).Append("</text>");
    }

    private static void Svg(StringBuilder page, FormattableString text) =>
        page.Append(text.ToString(CultureInfo.InvariantCulture));

    private static void Table(StringBuilder page, Stage stage)
    {
        var cells = Report.Cells(stage);
        page.Append("<table><tr>");
        foreach (var cell in cells[0])
            page.Append("<th>").Append(Text(cell));
        page.Append("</tr>");
        foreach (var line in cells.Skip(1))
        {
            page.Append("<tr>");
            foreach (var cell in line)
                page.Append("<td>").Append(Text(cell));
            page.Append("</tr>");
        }
        page.Append("</table>\n");
    }

    private static double X(double value, double top) => value / top * BarWidth;

    private static string Text(FormattableString text) => Text(text.ToString(CultureInfo.InvariantCulture));

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
