// Where we differ from Windows on purpose: every comment that begins with the mark below, collected into one
// page. The page is generated; OPENWSK_UPDATE_SNAPSHOTS=1 rewrites it.
using System.Text;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tidy.Tests;

public sealed class DivergenceTests
{
    private const string Mark = "Divergence from Windows:";

    [Fact]
    public void The_page_of_divergences_is_current()
    {
        var page = new StringBuilder("# Divergences from Windows\n\n");
        page.Append("Where OpenWsk does something else than Windows, on purpose. ");
        page.Append("Generated from comments that begin with *Divergence from Windows*; do not edit.\n\n");
        page.Append("| where | what |\n|---|---|\n");
        foreach (var file in SourceTree.Code.Where(file => !file.IsUnder("tests/OpenWsk.Tidy.Tests")))
        {
            foreach (var text in In(file))
            {
                page.Append($"| {file.Path} | {text.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
            }
        }
        Snapshot.Check(page.ToString(), "docs", "reference", "divergences.md");
    }

    private static IEnumerable<string> In(SourceFile file)
    {
        for (var line = 0; line < file.Lines.Length; line++)
        {
            var start = file.Lines[line].IndexOf(Mark, StringComparison.Ordinal);
            if (start < 0)
            {
                continue;
            }
            var text = new StringBuilder(Clean(file.Lines[line][(start + Mark.Length)..]));
            while (line + 1 < file.Lines.Length && CommentText(file.Lines[line + 1]) is { Length: > 0 } more
                && !more.StartsWith(Mark, StringComparison.Ordinal) && !more.StartsWith('<'))
            {
                text.Append(' ').Append(Clean(more));
                line++;
            }
            yield return text.ToString();
        }
    }

    /// <summary>The text of a line that is nothing but a comment; null for another line.</summary>
    private static string? CommentText(string line)
    {
        var trimmed = line.Trim();
        return trimmed.StartsWith("//", StringComparison.Ordinal)
            || trimmed.StartsWith("* ", StringComparison.Ordinal)
            ? trimmed.TrimStart('/', '*').Trim()
            : null;
    }

    private static string Clean(string text) => text.Replace("*/", "", StringComparison.Ordinal)
        .Replace("</remarks>", "", StringComparison.Ordinal).Replace("</para>", "", StringComparison.Ordinal)
            .Trim();
}
