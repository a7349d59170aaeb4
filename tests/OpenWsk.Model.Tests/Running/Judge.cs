// Keeps every history that explains what was seen so far. Calls of one step ran at the same time, so any
// order of them may be the true one; a history is dropped when something contradicts it, and when none is
// left the provider did what no order of the calls allows. It knows nothing about running calls.
namespace OpenWsk.Model.Tests;

/// <summary>The possible states of the sockets.</summary>
internal sealed class Judge
{
    // Orders multiply; most lead to the same state, and more than this many different ones never came up.
    private const int StatesMax = 256;

    private List<ReferenceModel> _states = [new ReferenceModel()];

    /// <summary>One of the possible states: which slots are taken is the same in all.</summary>
    public ReferenceModel State => _states[0];

    /// <summary>
    /// Judges a step whose calls have all answered. NotYet means that a call which waits must still complete;
    /// the states are unchanged then.
    /// </summary>
    public Verdict Take(IReadOnlyList<Attempt> step)
    {
        var next = new Dictionary<string, ReferenceModel>();
        var isAnyRight = step.Count == 0 && _states.Count == 0;
        var worst = default(Verdict);
        foreach (var state in _states)
        {
            foreach (var order in Orders(step))
            {
                var copy = state.Copy();
                var verdict = copy.Apply(order);
                if (verdict.Kind == VerdictKind.Wrong)
                {
                    worst = worst.Kind == VerdictKind.NotYet ? worst : verdict;
                    continue;
                }
                isAnyRight |= verdict.Kind == VerdictKind.Right;
                if (verdict.Kind == VerdictKind.NotYet)
                    worst = verdict;
                next.TryAdd(copy.Signature(), copy);
            }
        }
        if (!isAnyRight)
            return worst;
        _states = [.. next.Values.Take(StatesMax)];
        return Verdict.Right;
    }

    private static IEnumerable<IReadOnlyList<Attempt>> Orders(IReadOnlyList<Attempt> step)
    {
        if (step.Count <= 1)
            return [step];
        return
            from i in Enumerable.Range(0, step.Count)
            from rest in Orders([.. step.Where((_, at) => at != i)])
            select (IReadOnlyList<Attempt>)[step[i], .. rest];
    }
}
