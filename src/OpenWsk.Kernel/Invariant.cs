// Checks of our own code, in Release too. A guest's mistake is never checked here: it gets a status and a
// breach.
using System.Runtime.CompilerServices;

namespace OpenWsk.Kernel;

/// <summary>States what must hold unless we made a mistake.</summary>
public static class Invariant
{
    public static void That(bool holds, [CallerArgumentExpression(nameof(holds))] string? what = null)
    {
        if (!holds)
            throw new InvalidOperationException($"our bug: not true that {what}");
    }
}
