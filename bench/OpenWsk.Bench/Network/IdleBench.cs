// The memory of idle connections: how much a fresh process grows for each of 20,000, over several addresses,
// each of which has carried one message. It knows nothing about rates: TcpBench.cs.
namespace OpenWsk.Bench.Network;

/// <summary>idle.</summary>
internal static class IdleBench
{
    /// <summary>The stage's name.</summary>
    public const string StageName = "idle";

    private const int Connections = 20_000;
    private const int QuickConnections = 2_000;
    private const int OtherFiles = 300;
    private const int Addresses = 4;
    private const int MessageBytes = 64;
    // Their memory is that of a neighbour, or no workload of theirs has so many connections.
    private static readonly string[] s_left =
        [Contestants.DotnetInline, Contestants.Pipelines, Contestants.Wine];
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(60);

    // A few connections before, so that what is made once is there; then the measured ones.
    private const int FirstConnections = 64;

    public static IEnumerable<Stage> Stages(BenchContext context)
    {
        // A process has a file for each, and no more of them than the system grants.
        var connections = context.IsQuick ? QuickConnections : Math.Min(Connections, FilesMax() - OtherFiles);
        var contestants = Contestants.Echo.Where(contestant => !s_left.Contains(contestant.Name)
            && contestant.Name.Contains(context.Only, StringComparison.Ordinal));
        yield return new Stage(
            StageName, $"memory of each of {connections:N0} idle connections, process alone", "bytes",
            IsRate: false, [.. contestants.Select(contestant => MakeRow(context, contestant, connections))])
        {
            Schedule = new Schedule(context.IsQuick ? 1 : 3, 0, 1),
        };
    }

    private static int FilesMax()
    {
        const string Field = "Max open files";
        var lines = File.ReadLines("/proc/self/limits");
        var line = lines.First(x => x.StartsWith(Field, StringComparison.Ordinal));
        var words = line[Field.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return int.TryParse(words[1], out var most) ? most : int.MaxValue;
    }

    // Each round has a process of its own.
    private static Row MakeRow(BenchContext context, Contestant contestant, int connections) =>
        Row.Make(contestant.Name, connections, () => (count, _) => Measure(context, contestant, (int)count));

    private static Sample Measure(BenchContext context, Contestant contestant, int connections)
    {
        using var launcher = new Launcher(context);
        var server = launcher.Get(contestant);
        using var first = Connect(launcher, server, FirstConnections);
        var before = server.Count(collects: true);
        var bytes = Memory.Proportional(server.Processes);
        using var all = Connect(launcher, server, connections);
        var after = server.Count(collects: true);
        var grown = Memory.Proportional(server.Processes) - bytes
            ?? throw new BenchFailureException("the system does not tell the memory of processes");
        return new Sample(grown / connections)
        {
            HeapBytes = after is null || before is null
                ? null
                : (double)(after.HeapBytes - before.HeapBytes) / connections,
            PeakBytes = Memory.Peak(server.Processes),
            Sockets = after is { Sockets: > 0 } counted ? counted.Sockets : null,
        };
    }

    private static LineProcess Connect(Launcher launcher, IServer server, int connections)
    {
        var cores = launcher.Context.Cores;
        var load = LineProcess.Start(
            cores.Load ?? cores.Subject, launcher.Programs.PathOf("load-tcp"),
            [$"{server.Port}", $"{connections}", $"{MessageBytes}", $"{Addresses}"]);
        try
        {
            load.WaitUntilReady(ConnectTime);
            // One message each tells that all have been accepted.
            _ = LoadRun.Parse(load.Ask("run 0 1", ConnectTime));
            return load;
        }
        catch
        {
            load.Dispose();
            throw;
        }
    }
}
