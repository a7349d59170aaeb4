// The open list's notation, the record's round trip, and what counts as proof.
// They compute with made-up runs; the project's own record is ProofTests' subject.
using System.Text.Json;
using Xunit;

namespace OpenWsk.Contract.Tests;

public sealed class ReportTests
{
    [Fact]
    public void The_open_list_reads_ids_ranges_groups_and_exceptions()
    {
        var open = OpenRules.Parse("# comment\nSEND-01, SEND-03..05 | later\nRAW-*, !RAW-02 | raw\n");
        Assert.Empty(open.Mistakes);
        Assert.Equal(
            ["SEND-01", "SEND-03", "SEND-04", "SEND-05", "RAW-01", "RAW-03", "RAW-04", "RAW-05"],
            open.All.Select(rule => rule.Id));
        Assert.Equal("raw", open.Find("RAW-05")?.Why);
        Assert.Null(open.Find("RAW-02"));
    }

    [Theory]
    [InlineData("NOPE-* | x", "NOPE-* matches no rule")]
    [InlineData("SEND-99 | x", "SEND-99 matches no rule")]
    [InlineData("SEND-03..99 | x", "SEND-03..99 matches no rule")]
    [InlineData("SEND-01", "no reason")]
    [InlineData("SEND-01 | ", "no reason")]
    [InlineData("SEND-*, SEND-01 | x", "SEND-01 is listed before")]
    [InlineData("SEND-*, !RAW-77 | x", "RAW-77 matches no rule")]
    public void The_open_list_names_its_mistakes(string line, string mistake) =>
        Assert.Contains(
            OpenRules.Parse(line).Mistakes, text => text.Contains(mistake, StringComparison.Ordinal));

    [Fact]
    public void Ranges_are_written_as_the_open_list_reads_them()
    {
        var ids = OpenRules.Parse(
            "SEND-01, SEND-03..05, SEND-07, SEND-08, RAW-* | x").All.Select(open => open.Id);
        Assert.Equal("SEND-01, SEND-03..05, SEND-07, SEND-08, RAW-*", RuleRanges.Write(ids));
    }

    [Fact]
    public void A_record_survives_its_file()
    {
        var record = Record("SCONN-01", new RunOfTest("A.b(arm: Sim)", "Sim", Twin.None, RunOutcome.Passed));
        var read = ProvenRecord.Parse(record.ToJson());
        Assert.Equal(record.ToJson(), read.ToJson());
        Assert.Equal((record.Commit, record.Dirty, record.When), (read.Commit, read.Dirty, read.When));
        Assert.Equal(record.Rules[0].Tests, read.Rules[0].Tests);
    }

    [Theory]
    [InlineData("SCONN-01", "none:passed", true)]
    [InlineData("SCONN-01", "none:passed none:failed", false)]
    [InlineData("SCONN-01", "none:skipped", false)]
    [InlineData("SCONN-01", "none:passed none:skipped", true)]
    [InlineData("SCONN-01", "", false)]
    [InlineData("REG-03", "violated:passed obeyed:passed", true)]
    [InlineData("REG-03", "violated:passed", false)]
    [InlineData("REG-03", "obeyed:passed", false)]
    [InlineData("REG-03", "violated:passed obeyed:skipped", false)]
    [InlineData("REG-03", "violated:passed obeyed:passed obeyed:failed", false)]
    public void A_rule_is_proven_by_green_runs_alone(string id, string runs, bool isProven)
    {
        var tests = runs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(run => run.Split(':'))
            .Select(
            run =>
                new RunOfTest(
                    "A.b", "", Enum.Parse<Twin>(run[0], true), Enum.Parse<RunOutcome>(run[1], true)));
        Assert.Equal(isProven, ContractReport.IsProven(Catalogue.Find(id)!, [.. tests]));
    }

    [Fact]
    public void Proven_and_open_add_up_and_a_listed_rule_is_never_proven()
    {
        var run = new RunOfTest("A.b", "", Twin.None, RunOutcome.Passed);
        var record = new ProvenRecord("c", false, DateTime.UnixEpoch, [], [
            new RunsOfRule("SCONN-01", [run]), new RunsOfRule("SCONN-02", [run])]);
        var report = ContractReport.Make(record, OpenRules.Parse("SCONN-02 | listed"));
        Assert.Equal(new ProofCount(581, 1), report.Provider);
        Assert.Equal(new ProofCount(201, 0), report.Client);
        Assert.Equal(781, report.Open.Count);
        Assert.Contains(new OpenRule("SCONN-02", "listed"), report.Open);
        Assert.Contains(new OpenRule("SCONN-03", ContractReport.NoGreenRun), report.Open);
        Assert.Equal(new ProofCount(44, 1), report.Groups.Single(group => group.Id == "SCONN").Count);
        Assert.Contains("SCONN        44       1    43\n", report.ToText(), StringComparison.Ordinal);
        Assert.Contains("open    1: listed\n", report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_has_the_documented_shape()
    {
        var report = ContractReport.Make(ProvenRecord.Empty, OpenRules.Current);
        using var json = JsonDocument.Parse(report.ToJson());
        var root = json.RootElement;
        Assert.Equal(["provider", "client", "open", "groups"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(581, root.GetProperty("provider").GetProperty("rules").GetInt32());
        Assert.Equal(0, root.GetProperty("client").GetProperty("proven").GetInt32());
        Assert.Equal(
            ["id", "why"], root.GetProperty("open").EnumerateArray().First().EnumerateObject()
                .Select(p => p.Name));
        Assert.Equal(
            ["id", "rules", "proven"],
            root.GetProperty("groups").EnumerateArray().First().EnumerateObject().Select(p => p.Name));
    }

    private static ProvenRecord Record(string id, RunOfTest run) =>
        new("0123456789abcdef", true, new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), ["Sim"],
            [new RunsOfRule(id, [run])]);
}
