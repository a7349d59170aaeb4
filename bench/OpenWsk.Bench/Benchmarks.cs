// The list of all benchmarks, one line each; the order is that of a run that names none.
// It knows nothing about what they measure.
using OpenWsk.Bench.Datapath;
using OpenWsk.Bench.Hosting;
using OpenWsk.Bench.Network;

namespace OpenWsk.Bench;

/// <summary>The registration table.</summary>
internal static class Benchmarks
{
    private static readonly Schedule s_network = new(5, 1, 1);
    private static readonly Schedule s_networkQuick = new(1, 1, 4);
    private static readonly Schedule s_datapath = new(21, 30, 1);
    private static readonly Schedule s_startup = new(15, 2, 1);

    public static IReadOnlyList<Benchmark> All { get; } =
    [
        new("tcp", "echo of 64 bytes over 1 to 10,000 connections", s_network, s_networkQuick, TcpBench.Echo),
        new("dispatchers", "the same by two dispatchers", s_network, s_networkQuick, TcpBench.Dispatchers),
        new("bulk", "64 KiB both ways", s_network, s_networkQuick, TcpBench.Bulk),
        new("connect", "connections made in a second", s_network, s_networkQuick, ConnectBench.Stages),
        new("udp", "echo of datagrams", s_network, s_networkQuick, UdpBench.Stages),
        new("idle", "memory of idle connections", s_network, s_networkQuick, IdleBench.Stages),
        new("datapath", "a message above the transport", s_datapath, Schedule.Quick, DatapathBench.Stages),
        new("hosting", "calls between a driver and its host", Schedule.Full, Schedule.Quick,
            HostingBench.Stages),
        new("startup", "start of the process to DriverEntry", s_startup, s_networkQuick, StartupBench.Stages),
    ];
}
