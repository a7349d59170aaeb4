// What the model says about what was seen: right, wrong, or not to be said before a call that waits has
// ended. It knows nothing about how that was found out.
namespace OpenWsk.Model.Tests;

/// <summary>Outcome of a judgement.</summary>
internal enum VerdictKind
{
    /// <summary>As the contract says.</summary>
    Right,

    /// <summary>So far; a call that waits has yet to complete.</summary>
    NotYet,

    /// <summary>Against the contract.</summary>
    Wrong,
}

/// <summary>A judgement, with words for those that are not Right.</summary>
internal readonly record struct Verdict(VerdictKind Kind, string Text)
{
    public static Verdict Right => new(VerdictKind.Right, "");

    public static Verdict NotYet(Attempt attempt) =>
        new(VerdictKind.NotYet, $"{attempt}: should complete");

    public static Verdict Wrong(Attempt attempt, string expected) =>
        new(VerdictKind.Wrong, $"{attempt}: expected {expected}");
}
