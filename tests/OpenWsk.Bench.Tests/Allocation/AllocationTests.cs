// Nothing on the data path allocates: each way to serve an echo runs in a process of its own, which counts
// what its collector has handed out, before and behind as many operations as issue 5 names. An echo is two
// operations, a receive and a send; a connection that is made and reset is one, which takes so much longer
// that there are fewer. It knows nothing about speed.
using OpenWsk.Bench.Network;
using OpenWsk.Net.Uring;
using OpenWsk.TestSupport;

namespace OpenWsk.Bench.Tests.Allocation;

public sealed class AllocationTests
{
    private const int OperationsOfEcho = 2;
    private const int Sockets = 32;

    // Enough for every object that is made once: of each thread, of each connection, of the runtime's tiers.
    private const int WarmEchoes = 40_000;
    private const int WarmBursts = 100;

    // Requests and blocks are made when more are under way than ever were. How many that are is a matter of
    // time, so some may be made after the warm-up: a few dozen, of about a kilobyte with all that belongs to
    // one. An allocation with every hundredth operation would be several times this.
    private const int AllocatedBytesMax = 64 * 1024;

    private const int Connections = 100_000;
    private const int WarmConnections = 20_000;
    private const int RunMs = 2_000;

    // Each run begins on a thread of the driver's, whose sockets do not serve again.
    private const int FirstSocketBytesMax = 1024;
    private static readonly TimeSpan s_answerTime = TimeSpan.FromSeconds(60);

    [RingTheory]
    [InlineData("events")]
    [InlineData("calls")]
    [InlineData("managed inline")]
    [InlineData("managed")]
    [InlineData("datagrams")]
    public void A_million_operations_on_a_ring_allocate_nothing(string way) =>
        AllocatesNothing("uring", way, 1_000_000);

    // The same million in all; what the host's sockets take is mostly the system's and .NET's time.
    [CapabilityTheory("taskset")]
    [InlineData("events")]
    [InlineData("calls")]
    [InlineData("managed inline")]
    [InlineData("managed")]
    [InlineData("datagrams")]
    public void A_million_operations_on_the_hosts_sockets_allocate_nothing(string way) =>
        AllocatesNothing("host", way, 200_000);

    // One chain of connections and sixteen; a connection that allocates an object would allocate a hundred
    // times as much.
    [RingTheory]
    [InlineData(1)]
    [InlineData(16)]
    public void A_hundred_thousand_connections_on_a_ring_allocate_nothing(int atOnce) =>
        ConnectingAllocatesNothing("uring", atOnce);

    [CapabilityTheory("taskset")]
    [InlineData(1)]
    public void A_hundred_thousand_connections_on_the_hosts_sockets_allocate_nothing(int atOnce) =>
        ConnectingAllocatesNothing("host", atOnce);

    private static void ConnectingAllocatesNothing(string net, int atOnce)
    {
        using var context = new BenchContext { IsQuick = true };
        using var target = new ConnectTarget();
        using var launcher = new Launcher(context) { Target = target.Port };
        var contestant = Contestants.Connects(atOnce)
            .Single(one => one.Name == Contestants.Name(net, "events"));
        var client = (LineServer)launcher.Get(contestant);
        Connect(client, WarmConnections);
        _ = client.Count(collects: false);
        var before = client.Count(collects: false)!;
        var runs = Connect(client, Connections);
        var after = client.Count(collects: false)!;
        Assert.InRange(
            after.AllocatedBytes - before.AllocatedAfterBytes, 0,
            AllocatedBytesMax + runs * atOnce * FirstSocketBytesMax);
    }

    // At least so many, in some runs: a driver is told how long, not how many.
    private static int Connect(LineServer client, int connections)
    {
        var runs = 0;
        for (var made = 0L; made < connections; runs++)
        {
            var run = LoadRun.Parse(client.Process.Ask($"run 0 {RunMs}", s_answerTime));
            Assert.Equal(0, run.Failed);
            Assert.NotEqual(0, run.All);
            made += run.All;
        }
        return runs;
    }

    private static void AllocatesNothing(string net, string way, int operations)
    {
        using var context = new BenchContext { IsQuick = true };
        using var launcher = new Launcher(context);
        var server = launcher.Get(Find(net, way));
        using var load = new EchoLoad(server.Port, Sockets, isStream: way != "datagrams");
        load.Run(WarmEchoes);
        for (var i = 0; i < WarmBursts; i++)
            load.Burst();
        // Counting allocates, the first time more than later.
        _ = server.Count(collects: false);
        var before = server.Count(collects: false)!;
        load.Run(operations / OperationsOfEcho);
        var after = server.Count(collects: false)!;
        Assert.InRange(after.AllocatedBytes - before.AllocatedAfterBytes, 0, AllocatedBytesMax);
    }

    private static Contestant Find(string net, string way) => way == "datagrams"
        ? Contestants.Datagrams(batches: false).Single(one => one.Name == Contestants.Name(net, "events"))
        : Contestants.Echo.Single(one => one.Name == Contestants.Name(net, way));

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RingTheoryAttribute : TheoryAttribute
    {
        public RingTheoryAttribute() =>
            Skip = Capability.WhyMissing("taskset") ?? UringFeatures.Current.Refusal;
    }
}
