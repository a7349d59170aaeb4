// The goals of the project's performance, one line each. A goal of "ours" is for io_uring; where that cannot
// be measured, the judgement is of the host's transport and says so. How they are judged: Goal.cs.
using OpenWsk.Bench.Network;

namespace OpenWsk.Bench.Results;

/// <summary>The table of goals.</summary>
internal static class Goals
{
    private const string Blocking = "C, blocking loop";
    private static readonly string[] s_events = Ours("events");
    private static readonly string[] s_managed = Ours("managed");
    private static readonly string[] s_managedInline = Ours("managed inline");
    private static readonly string[] s_calls = Ours("calls");

    public static IReadOnlyList<Goal> All { get; } =
    [
        .. Echo(32),
        .. Echo(256),
        new("cost of a message at 10,000 connections, against 256", GoalKind.CostRatio,
            TcpBench.EchoName(10_000), s_events, TcpBench.EchoName(256), 1.25),
        new("64 KiB both ways, against C on liburing", GoalKind.RateRatio, "tcp-bulk-64k", s_events,
            Contestants.C, 0.95),
        new("WskSocketConnect one at a time, against the C blocking loop", GoalKind.RateRatio,
            ConnectBench.StageName(1), s_events, Blocking, 1.0),
        new("WskSocketConnect sixteen at a time, against .NET sockets", GoalKind.RateRatio,
            ConnectBench.StageName(16), s_events, Contestants.Dotnet, 1.3),
        new("UDP echo of 1,200 bytes, against .NET sockets", GoalKind.RateRatio,
            UdpBench.StageName(1200, false), s_events, Contestants.Dotnet, 1.5),
        new("UDP echo of 1,200 bytes in batches, against .NET sockets", GoalKind.RateRatio,
            UdpBench.StageName(1200, true), s_events, Contestants.Dotnet, 2.0),
        new("the same .sys, 32 connections, against Wine", GoalKind.RateRatio, TcpBench.EchoName(32), s_calls,
            Contestants.Wine, 5.0),
        new("memory of an idle connection", GoalKind.ValueAtMost, IdleBench.StageName, s_events, "", 2048),
        Allocated("TCP echo, 32 connections", TcpBench.EchoName(32), s_events),
        Allocated("TCP echo by calls, 32 connections", TcpBench.EchoName(32), s_calls),
        Allocated("TCP echo by the managed API, 32 connections", TcpBench.EchoName(32), s_managed),
        Allocated("64 KiB both ways", "tcp-bulk-64k", s_events),
        Allocated("UDP echo of 1,200 bytes", UdpBench.StageName(1200, false), s_events),
        Allocated("UDP echo of 1,200 bytes in batches", UdpBench.StageName(1200, true), s_events),
        Allocated("WskSocketConnect", ConnectBench.StageName(1), s_events),
    ];

    private static string[] Ours(string way) =>
        [Contestants.Name("uring", way), Contestants.Name("host", way)];

    private static Goal[] Echo(int connections)
    {
        var what = $"TCP echo of 64 bytes, {connections} connections";
        var stage = TcpBench.EchoName(connections);
        return
        [
            new($"{what}, .sys by events, against .NET sockets", GoalKind.RateRatio, stage, s_events,
                Contestants.Dotnet, 1.6),
            new($"{what}, .sys by events, against inline completions", GoalKind.RateRatio, stage, s_events,
                Contestants.DotnetInline, 1.3),
            new($"{what}, .sys by events, against C on liburing", GoalKind.RateRatio, stage, s_events,
                Contestants.C, 0.97),
            new($"{what}, managed API, against .NET sockets", GoalKind.RateRatio, stage, s_managed,
                Contestants.Dotnet, 1.5),
            new($"{what}, managed API continuing on the dispatcher, against .NET sockets", GoalKind.RateRatio,
                stage, s_managedInline, Contestants.Dotnet, 1.5),
        ];
    }

    private static Goal Allocated(string what, string stage, string[] ours) =>
        new($"managed bytes of an operation: {what}", GoalKind.AllocatedAtMost, stage, ours, "", 0);
}
