// The catalogue reads completely: every row of its text is a rule or a note, and its own table of counts
// agrees. Whether rules are proven is ProofTests' subject.
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Contract.Tests;

public sealed class CatalogueTests
{
    [Fact]
    public void The_group_table_of_the_text_agrees_with_the_rules()
    {
        foreach (var row in Catalogue.Text("wsk-contract.md").Split('\n').Select(line => line.Split(" | ")))
        {
            if (row.Length == 5 && int.TryParse(row[2], out var rules))
            {
                var id = row[0][2..];
                var counted = Catalogue.Rules.Where(rule => id == "all" || rule.Group == id).ToList();
                Assert.Equal(rules, counted.Count);
                Assert.Equal(int.Parse(row[3]), counted.Count(rule => rule.Binds == RuleBinding.Provider));
                Assert.Equal(int.Parse(row[4].TrimEnd(' ', '|')),
                    counted.Count(rule => rule.Binds == RuleBinding.Client));
            }
        }
        Assert.Equal(782, Catalogue.Rules.Count);
    }

    [Fact]
    public void Ids_count_up_without_gaps_in_each_group()
    {
        foreach (var group in Catalogue.Groups)
        {
            Assert.Equal(
                Enumerable.Range(1, group.Rules.Count).Select(number => $"{group.Id}-{number:00}"),
                group.Rules.Select(rule => rule.Id));
        }
    }

    [Fact]
    public void Notes_are_found_by_id()
    {
        Assert.Equal(
            67, Catalogue.Notes.Count(note => note.Id.StartsWith("OPEN-", StringComparison.Ordinal)));
        Assert.Equal(23, Catalogue.Notes.Count(note => note.Id.StartsWith("OBS-", StringComparison.Ordinal)));
        Assert.Equal("WskSend with Length zero", Catalogue.FindNote("OPEN-19")?.Subject);
        Assert.Contains("wsk.h", Catalogue.Text("wsk-surface.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_not_there_is_not_known()
    {
        Assert.True(Catalogue.Knows("SCONN-29"));
        Assert.True(Catalogue.Knows("DIFF-01"));
        Assert.False(Catalogue.Knows("SCONN-99"));
        Assert.False(Catalogue.Knows("DIFF-99"));
        Assert.False(Catalogue.Knows("nonsense"));
        Assert.Null(Catalogue.Find("DIFF-01"));
    }
}
