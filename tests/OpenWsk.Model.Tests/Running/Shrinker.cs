// Cuts a failing sequence down: leaves out steps, then calls, then makes numbers small, as long as it goes on
// failing. It knows nothing about why it fails.
namespace OpenWsk.Model.Tests;

/// <summary>Finds a small sequence that fails.</summary>
internal static class Shrinker
{
    // Enough for a sequence of a dozen steps; a run on the host may need several tries to fail.
    private const int RunsMax = 200;

    public static Sequence Shrink(Sequence failing, Func<Sequence, bool> fails)
    {
        var runs = 0;
        bool Fails(Sequence candidate) => runs++ < RunsMax && fails(candidate);

        var best = failing;
        while (true)
        {
            var smaller = Candidates(best).FirstOrDefault(Fails);
            if (smaller is null)
                return best;
            best = smaller;
        }
    }

    private static IEnumerable<Sequence> Candidates(Sequence sequence)
    {
        var steps = sequence.Steps;
        for (var chunk = steps.Count / 2; chunk >= 1; chunk /= 2)
        {
            for (var at = steps.Count - chunk; at >= 0; at -= chunk)
                yield return sequence with { Steps = [.. steps.Take(at), .. steps.Skip(at + chunk)] };
        }
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            for (var j = 0; j < steps[i].Calls.Count && steps[i].Calls.Count > 1; j++)
                yield return With(sequence, i, [.. steps[i].Calls.Where((_, at) => at != j)]);
        }
        for (var i = 0; i < steps.Count; i++)
        {
            for (var j = 0; j < steps[i].Calls.Count; j++)
            {
                var call = steps[i].Calls[j];
                if (call.AtDispatch)
                    yield return With(sequence, i, Replace(steps[i], j, call with { AtDispatch = false }));
                if (call.Amount > 1)
                    yield return With(
                        sequence, i, Replace(steps[i], j, call with { Amount = call.Amount / 2 }));
            }
        }
        if (sequence.CompletesInline)
            yield return sequence with { CompletesInline = false };
    }

    private static Operation[] Replace(Step step, int at, Operation call) =>
        [.. step.Calls.Select((old, i) => i == at ? call : old)];

    private static Sequence With(Sequence sequence, int step, Operation[] calls) =>
        sequence with { Steps = [.. sequence.Steps.Select((old, i) => i == step ? new Step(calls) : old)] };
}
