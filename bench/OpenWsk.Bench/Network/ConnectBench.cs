// The connect workloads: connections that are made and reset, one or sixteen at a time; a C loop accepts and
// closes them on the load's processor. It knows nothing about how connections are made: Contestants.cs.
using System.Diagnostics;

namespace OpenWsk.Bench.Network;

/// <summary>connect.</summary>
internal static class ConnectBench
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);

    /// <summary>Name of a stage.</summary>
    public static string StageName(int atOnce) => $"connect-{atOnce}";

    public static IEnumerable<Stage> Stages(BenchContext context)
    {
        foreach (var atOnce in new[] { 1, 16 })
            yield return Make(context, atOnce);
    }

    private static Stage Make(BenchContext context, int atOnce)
    {
        var resources = new Disposables();
        var port = context.TakePort();
        var launcher = new Launcher(context) { Target = port };
        resources.Add(launcher);
        string? why = null;
        var targetId = 0;
        try
        {
            if (context.Cores.Load is not { } processor)
                throw new UnavailableException("there is one processor only; the target needs its own");
            var program = launcher.Programs.PathOf("accept-loop");
            var target = LineProcess.Start(processor, program, [$"{port}"]);
            resources.Add(target);
            target.WaitUntilReady(StartTime);
            targetId = target.Id;
        }
        catch (UnavailableException e)
        {
            why = e.Message;
        }
        return new Stage(
            StageName(atOnce), $"connections made and reset, {atOnce} at a time", "connections/s",
            IsRate: true,
            [
                .. Contestants.Connects(atOnce)
                    .Where(contestant => contestant.Name.Contains(context.Only, StringComparison.Ordinal))
                    .Select(contestant => MakeRow(launcher, contestant, targetId, why)),
            ])
        {
            Resources = resources,
        };
    }

    private static Row MakeRow(Launcher launcher, Contestant contestant, int targetId, string? why) =>
        Row.Make(contestant.Name, LoadStage.RoundMs, () =>
        {
            if (why is not null)
                throw new UnavailableException(why);
            var client = (LineServer)launcher.Get(contestant);
            return (ms, isWarmUp) => RunOnce(client, targetId, ms,
                isWarmUp ? launcher.WarmUp.TakeMs(client, "connect") : WarmUp.RampMs);
        });

    private static Sample RunOnce(LineServer client, int targetId, long lengthMs, int rampMs)
    {
        var before = client.Count(collects: false);
        var targetNs = Memory.FirstThreadNs(targetId);
        var start = Stopwatch.GetTimestamp();
        var run = LoadRun.Parse(client.Process.Ask($"run {rampMs} {lengthMs}", AnswerTime));
        // The target is as busy while the client warms up.
        targetNs = Memory.FirstThreadNs(targetId) - targetNs;
        var time = Stopwatch.GetElapsedTime(start);
        var after = client.Count(collects: false);
        if (run.Failed != 0)
            throw new BenchFailureException($"{run.Failed} of {run.All} connections failed");
        return run.ToSample(1, before, after, hasLoad: false) with
        {
            PeakBytes = Memory.Peak(client.Processes),
            LoadBusy = targetNs / time.TotalNanoseconds,
        };
    }
}
