// The benchmarks of the network: their small parsers, and one short run with one connection, so that they
// cannot fall into disrepair. What is measured is judged by nobody here.
using OpenWsk.Bench.Network;
using OpenWsk.TestSupport;

namespace OpenWsk.Bench.Tests;

public sealed class NetworkTests
{
    [Fact]
    public void Runs_side_by_side_are_given_ports_of_their_own()
    {
        using var one = new BenchContext { IsQuick = true };
        using var other = new BenchContext { IsQuick = true };
        Assert.NotEqual(one.TakePort(), other.TakePort());
    }

    [Fact]
    public void Lists_of_processors_are_numbers_and_ranges() =>
        Assert.Equal([0, 1, 2, 3, 8], Cores.Parse(" 0-3,8\n"));

    [Theory]
    [InlineData("0", 0, null, "0")]
    [InlineData("0-1", 0, 1, "0")]
    [InlineData("2,4-7", 2, 4, "2,5")]
    public void The_load_has_a_processor_of_its_own_before_a_second_one_is_measured(
        string allowed, int subject, int? load, string pair)
    {
        var cores = Cores.Choose(Cores.Parse(allowed));
        Assert.Equal((subject, load, pair), (cores.Subject, cores.Load, string.Join(',', cores.Pair)));
    }

    [Fact]
    public void Every_process_is_warmed_up_for_seconds_once_and_every_workload_shortly()
    {
        var warmUp = new WarmUp();
        var (one, other) = (new object(), new object());
        Assert.Equal(WarmUp.ProcessMs, warmUp.TakeMs(one, "few"));
        Assert.Equal(WarmUp.RampMs, warmUp.TakeMs(one, "few"));
        Assert.Equal(WarmUp.WorkloadMs, warmUp.TakeMs(one, "many"));
        Assert.Equal(WarmUp.ProcessMs, warmUp.TakeMs(other, "many"));
    }

    [Fact]
    public void Memory_is_told_in_kibibytes() =>
        Assert.Equal(2048.0, Memory.ParseField(["Name: x", "VmHWM:\t     2 kB"], "VmHWM:"));

    [Fact]
    public void A_run_gives_a_rate_and_costs()
    {
        var run = LoadRun.Parse(
            """{"operations":100,"ns":500000000,"subjectNs":1000,"loadNs":250000000,"all":200,"failed":0}""");
        var sample = run.ToSample(2, new Counters(0, 1000, 0, 0), new Counters(1400, 0, 0, 0), hasLoad: true);
        Assert.Equal(400, sample.Value);
        Assert.Equal(10, sample.CpuNs);
        Assert.Equal(0.5, sample.LoadBusy);
        Assert.Equal(2, sample.AllocatedBytes);
    }

    [Fact]
    public void A_line_that_is_no_result_is_a_failure() =>
        Assert.Throws<BenchFailureException>(() => LoadRun.Parse("Segmentation fault"));

    [CapabilityFact("cc", "taskset")]
    public void What_is_known_to_break_off_is_skipped_with_what_was_seen_and_others_fail()
    {
        using var context = new BenchContext { IsQuick = true };
        using var launcher = new Launcher(context);
        var load = new LoadStage("smoke", "smoke", "messages/s", 1, "load-tcp", ["1", "64", "1"]);
        var firm = new Contestant("firm", _ => throw new BenchFailureException("gone"));
        using var stage = load.Make(launcher, [firm, firm with { Name = "fragile", IsFragile = true }]);
        new Schedule(1, 0, 1).Run(stage.Rows);
        if (context.Cores.Load is null)
            return;
        Assert.Equal("gone", stage.Rows[0].Failure);
        Assert.Null(stage.Rows[1].Failure);
        Assert.Contains("broke off by itself: gone", stage.Rows[1].SkipReason, StringComparison.Ordinal);
    }

    [CapabilityFact("cc", "taskset")]
    public void One_connection_is_echoed_by_the_driver_on_the_hosts_sockets()
    {
        using var context = new BenchContext { IsQuick = true, Only = Contestants.Name("host", "events") };
        using var launcher = new Launcher(context);
        var load = new LoadStage("smoke", "smoke", "messages/s", 1, "load-tcp", ["1", "64", "1"]);
        using var stage = load.Make(launcher, Contestants.Echo);
        new Schedule(1, 0, LoadStage.RoundMs).Run(stage.Rows);
        var row = Assert.Single(stage.Rows);
        // Only a machine that forbids the load's ring, or has one processor, skips it.
        Assert.True(row.IsMeasured || row.Failure is null, row.Failure);
        Assert.True(row.IsMeasured || row.SkipReason.Length != 0);
    }
}
