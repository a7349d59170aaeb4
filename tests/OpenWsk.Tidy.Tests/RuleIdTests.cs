// Ids of rules that sources and pages name exist in the catalogue, and what a driver is blamed for binds
// drivers. What tests cite is ProofTests' subject, in the contract tests.
using System.Text.RegularExpressions;
using OpenWsk.Contract;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Tidy.Tests;

public sealed class RuleIdTests
{
    private static readonly string Groups = string.Join('|', Catalogue.Groups.Select(group => group.Id));

    private static readonly Regex Id = new($@"\b({Groups}|DIFF|OPEN|OBS)-(\d\d+)(?:\.\.(\d\d+))?\b");

    private static readonly Regex Blame = new($@"\bBreach\(\s*""((?:{Groups})-\d\d)""");

    [Fact]
    public void Ids_in_sources_and_pages_exist() => Expect.None(
        from file in SourceTree.Code.Concat(SourceTree.Pages)
        where !file.IsUnder("tests/OpenWsk.Contract.Tests") && !file.IsUnder("src/OpenWsk.Contract/Data")
        from line in file.Lines.Index()
        from Match match in Id.Matches(line.Item)
        from number in new[] { match.Groups[2].Value, match.Groups[3].Value }
        let id = $"{match.Groups[1].Value}-{number}"
        where number.Length > 0 && !Catalogue.Knows(id)
        select $"{file.Path}:{line.Index + 1}: {id} is not in the catalogue.");

    [Fact]
    public void A_breach_names_a_rule_that_binds_the_client() => Expect.None(
        from file in SourceTree.Code
        where file.IsUnder("src")
        from Match match in Blame.Matches(file.Text)
        where Catalogue.Find(match.Groups[1].Value)?.Binds != RuleBinding.Client
        let line = file.Text.AsSpan(0, match.Index).Count('\n') + 1
        select $"{file.Path}:{line}: {match.Groups[1].Value} binds no client; name one that does.");
}
