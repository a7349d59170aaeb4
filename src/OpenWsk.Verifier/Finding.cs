// A broken rule as it is reported: which, by what, how often.
// It knows nothing about how it was noticed.
using OpenWsk.Contract;

namespace OpenWsk.Verifier;

/// <summary>One breach of a rule; equal breaches are counted, not repeated.</summary>
/// <param name="RuleId">The rule's id.</param>
/// <param name="Rule">The rule; null for ids that are not in the catalogue, such as IRQL.</param>
/// <param name="Detail">What happened, in words.</param>
/// <param name="ThreadId">The thread that broke it first.</param>
/// <param name="TimeNs">When it was broken first. Units: nanoseconds since the world began.</param>
/// <param name="Count">How often it was broken in this way.</param>
public sealed record Finding(string RuleId, Rule? Rule, string Detail, int ThreadId, long TimeNs, int Count)
{
    /// <summary>
    /// The number of the driver's stack when it was broken first; 0 when no code of a driver ran.
    /// </summary>
    public int StackNumber { get; init; }

    /// <summary>That stack by name, innermost first; empty while nobody has asked for names.</summary>
    public IReadOnlyList<string> Stack { get; init; } = [];
}
