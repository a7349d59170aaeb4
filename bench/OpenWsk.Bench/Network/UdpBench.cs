// The UDP workloads: echo of 64 and 1,200 bytes, datagram by datagram and in batches. The load is the same
// for both; what differs is how ours sends. It knows nothing about how a stage is run: LoadStage.cs.
using System.Globalization;

namespace OpenWsk.Bench.Network;

/// <summary>udp.</summary>
internal static class UdpBench
{
    private const int Sockets = 4;
    private const int UnderWay = 16;

    /// <summary>Name of a stage.</summary>
    public static string StageName(int bytes, bool batches) =>
        $"udp-echo-{bytes}{(batches ? "-batches" : "")}";

    public static IEnumerable<Stage> Stages(BenchContext context)
    {
        foreach (var batches in new[] { false, true })
        {
            using var launcher = new Launcher(context);
            var contestants = Contestants.Datagrams(batches);
            foreach (var bytes in new[] { 64, 1200 })
            {
                var number = bytes.ToString("N0", CultureInfo.InvariantCulture);
                yield return new LoadStage(
                    StageName(bytes, batches),
                    $"UDP echo of {number} bytes, ours {(batches ? "by WskSendMessages" : "one by one")}",
                    "datagrams/s", 1, "load-udp", [$"{Sockets}", $"{UnderWay}", $"{bytes}"])
                    .Make(launcher, contestants);
            }
        }
    }
}
