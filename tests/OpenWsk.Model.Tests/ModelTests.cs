// Random sequences of calls, valid and invalid, from several threads, against the reference model: the answer
// to every call and the moment of every completion must be one that the contract allows for some order of the
// calls. A failure names its seed and the smallest sequence that still fails. To run one again:
//   OPENWSK_MODEL_SEED=1234 ./test Model
// and others:
//   OPENWSK_MODEL_FIRST=200000 OPENWSK_MODEL_COUNT=1000000 ./test Model
using System.Globalization;
using OpenWsk.TestSupport;

namespace OpenWsk.Model.Tests;

public sealed class ModelTests
{
    // Longer than any wait of a run that has a limit of its own.
    private static readonly TimeSpan s_hangLimit = TimeSpan.FromSeconds(40);

    // Together a hundred thousand; sequences on the host's sockets cost more.
    private const int SimCount = 85_000;

    // For each of the two arms over the system's sockets.
    private const int HostCount = 8_000;

    // On the host a failure may need luck to show again; and what hung is not waited for as long as the first
    // time, while it is cut down.
    private const int HostTries = 4;
    private const long ShrinkingHangNs = 1_000_000_000;

    [ArmTheory]
    public void Random_sequences_do_what_the_reference_model_does(Arm arm)
    {
        var seeds = Seeds(arm == Arm.Sim ? SimCount : HostCount);
        var failed = new List<(ulong Seed, string Problem)>();
        var all = Task.Factory.StartNew(
            () => RunAll(arm, seeds, failed), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        while (!all.Wait(s_hangLimit / 4))
        {
            if (Watch.FindHang(s_hangLimit) is { } hang)
                Assert.Fail($"{hang}, on arm {arm}");
        }
        if (failed.Count != 0)
            Assert.Fail(Explain(arm, failed[0].Seed, failed[0].Problem));
    }

    private static void RunAll(
        Arm arm, IEnumerable<ulong> seeds, List<(ulong Seed, string Problem)> failed) =>
        Parallel.ForEach(
            seeds,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            (seed, loop) =>
            {
                if (SequenceRunner.Run(arm, Sequence.From(seed)) is not { } problem)
                    return;
                lock (failed)
                    failed.Add((seed, problem));
                loop.Stop();
            });

    private static IEnumerable<ulong> Seeds(int count)
    {
        if (Number("OPENWSK_MODEL_SEED") is { } seed)
            return [seed];
        var all = (int)(Number("OPENWSK_MODEL_COUNT") ?? (ulong)count);
        var first = Number("OPENWSK_MODEL_FIRST") ?? 1;
        return Enumerable.Range(0, all).Select(i => first + (ulong)i);
    }

    private static ulong? Number(string variable) =>
        ulong.TryParse(
            Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    private static string Explain(Arm arm, ulong seed, string first)
    {
        var whole = Sequence.From(seed);
        var tries = arm == Arm.Sim ? 1 : HostTries;
        string? Problem(Sequence sequence) => Enumerable.Range(0, tries)
            .Select(_ => SequenceRunner.Run(arm, sequence, ShrinkingHangNs))
            .FirstOrDefault(problem => problem is not null);

        var small = Shrinker.Shrink(whole, sequence => Problem(sequence) is not null);
        return $"seed {seed} on arm {arm}: {first}{Environment.NewLine}"
            + $"smallest sequence that fails, {small}{Environment.NewLine}"
            + $"there: {Problem(small) ?? "it did not fail again"}";
    }
}
