// The TCP workloads: echo of 64 bytes over some connections, with more dispatchers, and of 64 KiB both ways.
// It knows nothing about how a stage is run: LoadStage.cs.
using System.Globalization;

namespace OpenWsk.Bench.Network;

/// <summary>tcp, dispatchers and bulk.</summary>
internal static class TcpBench
{
    private const int MessageBytes = 64;
    private const int BulkBytes = 65_536;
    private const int BulkConnections = 8;
    private const int Many = 10_000;
    private const int QuickMany = 1_000;
    private const int PortsOfAnAddress = 5_000;

    /// <summary>Name of the stage of some connections.</summary>
    public static string EchoName(int connections) => $"tcp-echo-64-{connections}";

    /// <summary>Echo of 64 bytes.</summary>
    public static IEnumerable<Stage> Echo(BenchContext context)
    {
        using var launcher = new Launcher(context);
        foreach (var connections in new[] { 1, 32, 256, Many })
        {
            // To make ten thousand takes seconds.
            var made = context.IsQuick ? Math.Min(connections, QuickMany) : connections;
            var number = made.ToString("N0", CultureInfo.InvariantCulture);
            var stage = new LoadStage(
                EchoName(connections), $"TCP echo of 64 bytes, {number} connections", "messages/s", 1,
                "load-tcp",
                [$"{made}", $"{MessageBytes}", $"{1 + (made / PortsOfAnAddress)}"]);
            // Wine has ten waits for each socket and a thread for every 63: not for ten thousand.
            yield return stage.Make(launcher, Contestants.Echo.Where(
                contestant => connections != Many || contestant.Name != Contestants.Wine));
        }
    }

    /// <summary>Echo of 64 bytes by one and by two dispatchers.</summary>
    public static IEnumerable<Stage> Dispatchers(BenchContext context)
    {
        const int Connections = 256;
        using var launcher = new Launcher(context) { IsPair = true };
        var where = context.Cores.Pair.Count == 1
            ? "on one processor: what two dispatchers cost, not what they gain"
            : "on two processors, one thread of load";
        yield return new LoadStage(
            $"tcp-echo-64-{Connections}-dispatchers",
            $"TCP echo of 64 bytes, {Connections} connections, {where}", "messages/s", 1, "load-tcp",
            [$"{Connections}", $"{MessageBytes}", "1"]).Make(launcher, Contestants.Dispatchers);
    }

    /// <summary>64 KiB there and back.</summary>
    public static IEnumerable<Stage> Bulk(BenchContext context)
    {
        using var launcher = new Launcher(context);
        yield return new LoadStage(
            "tcp-bulk-64k", $"TCP, 64 KiB there and back, {BulkConnections} connections", "MiB/s each way",
            BulkBytes / (1024.0 * 1024.0), "load-tcp", [$"{BulkConnections}", $"{BulkBytes}", "1"])
            .Make(launcher, Contestants.Bulk);
    }
}
