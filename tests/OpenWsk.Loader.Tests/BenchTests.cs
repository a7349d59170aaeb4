// The benchmark of hosting runs here with almost no rounds, so that it cannot fall into disrepair. What it
// measures is judged by nobody here. It needs the committed driver only.
using OpenWsk.Bench;

namespace OpenWsk.Loader.Tests;

public sealed class BenchTests
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
        Assert.Contains("import call", Report.ToJson(rows), StringComparison.Ordinal);
    }
}
