// How goals are judged and what the results look like, with rows that were given their values.
// It knows nothing about the goals themselves: Results/Goals.cs.
using System.Text.Json;
using OpenWsk.Bench.Results;

namespace OpenWsk.Bench.Tests;

public sealed class GoalTests
{
    [Theory]
    [InlineData(150, "met")]
    [InlineData(149, "not met")]
    public void A_ratio_of_medians_must_be_reached(double ours, string verdict)
    {
        var results = With(("ours", [new(ours)]), ("peer", [new(100)]));
        var goal = new Goal("faster", GoalKind.RateRatio, "s", ["ours"], "peer", 1.5);
        Assert.Equal(verdict, goal.Judge(results).Verdict);
    }

    [Theory]
    [InlineData(125, "met")]
    [InlineData(126, "not met")]
    public void A_ratio_of_costs_must_not_be_exceeded(double cost, string verdict)
    {
        var results = With(("ours", [new(1) { CpuNs = cost }]));
        results.Add("b", StageOf("few", ("ours", [new(1) { CpuNs = 100 }])));
        var goal = new Goal("cost", GoalKind.CostRatio, "s", ["ours"], "few", 1.25);
        Assert.Equal(verdict, goal.Judge(results).Verdict);
    }

    [Theory]
    [InlineData(0.02, "met")]
    [InlineData(1.0, "not met")]
    public void What_it_takes_to_ask_is_no_allocation(double bytes, string verdict)
    {
        var results = With(("ours", [new(1) { AllocatedBytes = bytes }]));
        var goal = new Goal("bytes", GoalKind.AllocatedAtMost, "s", ["ours"], "", 0);
        Assert.Equal(verdict, goal.Judge(results).Verdict);
    }

    [Fact]
    public void Another_row_of_ours_stands_in_and_is_named()
    {
        var results = With(("ours, host", [new(2)]), ("peer", [new(1)]));
        var goal = new Goal("faster", GoalKind.RateRatio, "s", ["ours, uring", "ours, host"], "peer", 1.5);
        var judgement = goal.Judge(results);
        Assert.Equal("ours, host", judgement.Ours);
        Assert.Contains("ours, uring was not measured", judgement.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_goal_whose_peer_is_missing_is_neither_met_nor_not()
    {
        var goal = new Goal("faster", GoalKind.RateRatio, "s", ["ours"], "peer", 1.5);
        var judgement = goal.Judge(With(("ours", [new(2)])));
        Assert.Equal("not measured", judgement.Verdict);
        Assert.Contains("peer", judgement.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void The_document_has_values_ratios_and_reasons()
    {
        var results = new RunResults(isQuick: true);
        var skipped = new Row("gone", null, 1, null, "not installed");
        var stage = StageOf("s", ("a", [new(10), new(30), new(20)]), ("b", [new(40) { CpuNs = 5 }]));
        results.Add("bench", stage with { Rows = [.. stage.Rows, skipped] });
        using var document = JsonDocument.Parse(Report.ToJson(results));
        var root = document.RootElement.GetProperty("stages")[0];
        Assert.Equal("a", root.GetProperty("reference").GetString());
        var rows = root.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal([10, 20, 30], new[] { "minimum", "median", "maximum" }
            .Select(name => rows[0].GetProperty(name).GetDouble()));
        Assert.Equal(3, rows[0].GetProperty("rounds").GetArrayLength());
        Assert.Equal(2, rows[1].GetProperty("ratio").GetDouble());
        Assert.Equal(5, rows[1].GetProperty("cpuNsPerOperation").GetDouble());
        Assert.Equal("not installed", rows[2].GetProperty("skipped").GetString());
    }

    [Fact]
    public void The_page_and_the_text_name_every_row_and_escape_it()
    {
        var results = With(("a<b|c", [new(1)]));
        Assert.Contains("a&lt;b|c", Page.Write(results), StringComparison.Ordinal);
        Assert.Contains("a<b/c", Markdown.Write(results), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_goal_names_rows_that_exist()
    {
        var names = Network.Contestants.Echo.Concat(Network.Contestants.Connects(1))
            .Concat(Network.Contestants.Datagrams(batches: true))
            .Select(contestant => contestant.Name).ToHashSet();
        Assert.All(Goals.All, goal => Assert.True(
            goal.Ours.All(names.Contains)
            && (goal.Kind != GoalKind.RateRatio || names.Contains(goal.Versus)), goal.Text));
    }

    private static RunResults With(params (string Name, Sample[] Samples)[] rows)
    {
        var results = new RunResults(isQuick: false);
        results.Add("b", StageOf("s", rows));
        return results;
    }

    private static Stage StageOf(string name, params (string Name, Sample[] Samples)[] rows)
    {
        var made = rows.Select(entry =>
        {
            var at = 0;
            var row = new Row(entry.Name, null, 1, null) { Sampled = (_, _) => entry.Samples[at++] };
            new Schedule(entry.Samples.Length, 0, 1).Run([row]);
            return row;
        });
        return new Stage(name, name, "messages/s", IsRate: true, [.. made]);
    }
}
