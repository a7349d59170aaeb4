// Makes a stage of a load and its contestants: a row each, with the server and a load generator that stays
// connected to it between rounds. It knows nothing about what the load does: TcpBench.cs, UdpBench.cs.
namespace OpenWsk.Bench.Network;

/// <summary>A workload with a load generator.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="Title">For people.</param>
/// <param name="Unit">The unit of the values.</param>
/// <param name="Scale">What one operation counts in that unit.</param>
/// <param name="Program">Of bench/peers.</param>
/// <param name="Words">Between the port and the processes.</param>
internal sealed record LoadStage(
    string Name, string Title, string Unit, double Scale, string Program, IReadOnlyList<string> Words)
{
    /// <summary>Length of a round. Units: milliseconds.</summary>
    public const int RoundMs = 700;

    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(20);

    // A server may be slow to accept: Wine asks its own server for each connection, again and again.
    private static readonly TimeSpan AcceptTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(60);

    /// <summary>Starts what is not running yet and makes the stage.</summary>
    public Stage Make(Launcher launcher, IEnumerable<Contestant> contestants)
    {
        var loads = new Disposables();
        var rows = contestants
            .Where(contestant => contestant.Name.Contains(launcher.Context.Only, StringComparison.Ordinal))
            .Select(contestant => MakeRow(launcher, contestant, loads)).ToList();
        return new Stage(Name, Title, Unit, IsRate: true, rows) { Resources = loads };
    }

    private Row MakeRow(Launcher launcher, Contestant contestant, Disposables loads) =>
        Row.Make(contestant.Name, RoundMs, () => Tell(launcher, contestant, () =>
        {
            if (launcher.Context.Cores.Load is not { } processor)
                throw new UnavailableException("there is one processor only; the load needs its own");
            var program = launcher.Programs.PathOf(Program);
            var server = launcher.Get(contestant);
            var load = LineProcess.Start(
                processor, program,
                [$"{server.Port}", .. Words, .. server.Processes.Select(id => $"{id}")]);
            loads.Add(load);
            load.WaitUntilReady(ConnectTime);
            MakeSureOfAccepts(load);
            return new Sampled((ms, isWarmUp) => Tell(launcher, contestant, () => RunOnce(
                server, load, ms, isWarmUp ? launcher.WarmUp.TakeMs(server, Name) : WarmUp.RampMs)));
        }));

    // What breaks off by itself has no result, and that is told with what was seen.
    private static T Tell<T>(Launcher launcher, Contestant contestant, Func<T> measure)
    {
        try
        {
            return measure();
        }
        catch (BenchFailureException e) when (contestant.IsFragile)
        {
            launcher.Drop(contestant);
            throw new UnavailableException($"it broke off by itself: {e.Message}");
        }
    }

    // The system connects before the server accepts: one message each tells that all have been accepted.
    private static void MakeSureOfAccepts(LineProcess load)
    {
        try
        {
            _ = LoadRun.Parse(load.Ask("run 0 1", AcceptTime));
        }
        catch (BenchFailureException e)
        {
            throw new BenchFailureException($"not every connection was served: {e.Message}");
        }
    }

    private Sample RunOnce(IServer server, LineProcess load, long lengthMs, int rampMs)
    {
        var before = server.Count(collects: false);
        var run = LoadRun.Parse(load.Ask($"run {rampMs} {lengthMs}", AnswerTime));
        var after = server.Count(collects: false);
        return run.ToSample(Scale, before, after, hasLoad: true) with
        {
            PeakBytes = Memory.Peak(server.Processes),
        };
    }
}

/// <summary>Things that end together, the last first.</summary>
internal sealed class Disposables : IDisposable
{
    private readonly Stack<IDisposable> _all = new();

    public void Add(IDisposable one) => _all.Push(one);

    public void Dispose()
    {
        while (_all.TryPop(out var one))
            one.Dispose();
    }
}
