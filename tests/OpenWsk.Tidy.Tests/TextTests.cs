// The rules of STYLE.md that need no parser: lengths, headers, names, paths, pages. Each finding says file,
// line and cure. What needs syntax is CodeTests; what needs projects is ProjectTests.
using System.Text.RegularExpressions;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tidy.Tests;

public sealed partial class TextTests
{
    private const int LineColumnsMax = 110;
    private const int FileLinesMax = 600;

    private static readonly string[] EmptyNames =
        ["Util", "Utils", "Utilities", "Manager", "Helper", "Helpers", "Misc"];

    [Fact]
    public void Lines_fit_the_page() => Expect.None(
        from file in SourceTree.Code.Concat(SourceTree.Scripts)
        from line in file.Lines.Index()
        where line.Item.Length > LineColumnsMax
        select $"{file.Path}:{line.Index + 1}: {line.Item.Length} columns; break it at {LineColumnsMax}.");

    [Fact]
    public void Files_are_short() => Expect.None(
        from file in SourceTree.Code.Concat(SourceTree.Scripts)
        where file.Lines.Length > FileLinesMax
        select $"{file.Path}: {file.Lines.Length} lines; split it at its parts ({FileLinesMax} at most).");

    [Fact]
    public void Files_end_in_one_line_feed_and_hold_no_tab_or_trailing_space()
    {
        Expect.None(
            from file in SourceTree.Files
            where file.Text.Length > 0 && file.Extension is not ".json"
            where !file.Text.EndsWith('\n') || file.Text.EndsWith("\n\n", StringComparison.Ordinal)
            select $"{file.Path}:{file.Lines.Length}: end the file in exactly one line feed.");
        Expect.None(
            from file in SourceTree.Files
            from line in file.Lines.Index()
            where line.Item.Contains('\t', StringComparison.Ordinal) || line.Item.EndsWith(' ')
                || line.Item.EndsWith('\r')
            select $"{file.Path}:{line.Index + 1}: replace the tab, trailing space or carriage return.");
    }

    [Fact]
    public void Code_files_open_with_a_comment_of_two_to_ten_lines() => Expect.None(
        from file in SourceTree.Code
        let lines = HeaderLines(file)
        where lines is < 2 or > 10
        select $"{file.Path}:1: the file opens with {lines} comment lines; say in 2 to 10 what it is, "
            + "what it does not know and where to go next.");

    [Fact]
    public void Files_are_named_for_what_they_hold() => Expect.None(
        from file in SourceTree.Code
        let words = Words().Matches(file.Name[..^file.Extension.Length]).Select(word => word.Value)
        where words.Any(EmptyNames.Contains)
        select $"{file.Path}: name the file for what it holds; {string.Join(", ", EmptyNames)} say nothing.");

    [Fact]
    public void Left_work_carries_an_issue_number() => Expect.None(
        from file in SourceTree.Code.Concat(SourceTree.Scripts)
        from line in file.Lines.Index()
        where LeftWork().IsMatch(line.Item)
        select $"{file.Path}:{line.Index + 1}: finish it, or write the issue's number behind it: (#12).");

    [Fact]
    public void Nothing_names_a_machine_or_a_feed() => Expect.None(
        from file in SourceTree.Files
        from line in file.Lines.Index()
        where MachinePath().IsMatch(line.Item) || FeedAddress().IsMatch(line.Item)
        select $"{file.Path}:{line.Index + 1}: this names a path or feed of one machine; take it out.");

    [Fact]
    public void Pages_have_one_title() => Expect.None(
        from file in SourceTree.Pages
        let titles = TitlesOf(file)
        where titles != 1 || !file.Text.StartsWith("# ", StringComparison.Ordinal)
        select $"{file.Path}: {titles} lines begin with '# '; a page has one title, on its first line.");

    [Fact]
    public void Links_between_pages_lead_somewhere() => Expect.None(
        from file in SourceTree.Pages
        from line in file.Lines.Index()
        from Match link in Link().Matches(line.Item)
        let target = link.Groups[1].Value
        let folder = Path.GetDirectoryName(Repository.PathOf(file.Path))!
        where !Path.Exists(Path.Combine(folder, target))
        select $"{file.Path}:{line.Index + 1}: nothing is at {target}.");

    [Fact]
    public void Every_page_is_in_the_index() => Expect.None(
        from file in SourceTree.Pages
        where file.IsUnder("docs") && file.Path != "docs/README.md"
        let index = SourceTree.Pages.Single(page => page.Path == "docs/README.md").Text
        where !index.Contains($"]({file.Path["docs/".Length..]})", StringComparison.Ordinal)
        select $"docs/README.md: link {file.Path}.");

    [Fact]
    public void Paths_named_in_pages_exist() => Expect.None(
        from file in SourceTree.Pages
        from line in file.Lines.Index()
        from Match path in NamedPath().Matches(line.Item)
        where !Path.Exists(Repository.PathOf(path.Groups[1].Value))
        select $"{file.Path}:{line.Index + 1}: {path.Groups[1].Value} does not exist (any more).");

    private static int HeaderLines(SourceFile file)
    {
        if (file.Text.StartsWith("/*", StringComparison.Ordinal))
        {
            return file.Text[..file.Text.IndexOf("*/", StringComparison.Ordinal)].Split('\n').Length;
        }
        return file.Lines.TakeWhile(line => line.StartsWith("//", StringComparison.Ordinal)).Count();
    }

    private static int TitlesOf(SourceFile page)
    {
        var (titles, isCode) = (0, false);
        foreach (var line in page.Lines)
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            titles += !isCode && line.StartsWith("# ", StringComparison.Ordinal) ? 1 : 0;
        }
        return titles;
    }

    [GeneratedRegex("[A-Z][a-z]+")]
    private static partial Regex Words();

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK)\b(?!\s*\(#\d+\))")]
    private static partial Regex LeftWork();

    [GeneratedRegex(@"(^|[^A-Za-z0-9_.])/(work|farm|root)/[a-z.]")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"https?://[^ ""]*(registry\.|nuget\.|pypi\.|\bdeb\.)[^ ""]*")]
    private static partial Regex FeedAddress();

    [GeneratedRegex("`((?:src|tests|docs|include|samples|build)/[^`*<> ]+)`")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#\s]+)")]
    private static partial Regex Link();
}
