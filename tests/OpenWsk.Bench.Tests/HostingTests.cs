// The benchmark of hosting runs here with almost no rounds, so that it cannot fall into disrepair. What it
// measures is judged by nobody here. It needs the committed driver only.
using OpenWsk.Bench.Hosting;
using OpenWsk.Bench.Results;
using OpenWsk.TestSupport;

namespace OpenWsk.Bench.Tests;

public sealed class HostingTests
{
    [Fact]
    public void Every_row_runs_or_says_why_not()
    {
        var driver = Repository.PathOf("bench", "driver", "bench.sys");
        var sample = Repository.PathOf("samples", "echo-events", "echo-events.sys");
        using var bench = new HostingBench(driver, sample);
        var rows = bench.Rows();
        new Schedule(1, 0, 10_000).Run(rows);
        Assert.All(rows, row => Assert.True(row.Rounds.Count == 1 || row.Why.Length != 0, row.Name));
        var results = new RunResults(isQuick: true);
        results.Add("hosting", new Stage("hosting", "hosting", "ns", IsRate: false, rows));
        Assert.Contains("import call", Report.ToJson(results), StringComparison.Ordinal);
    }
}
