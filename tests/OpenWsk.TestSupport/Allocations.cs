// Measures managed allocation of a hot path: after warm-up, a thousand turns must allocate nothing at all.
// It knows nothing about what the path does.
using Xunit;

namespace OpenWsk.TestSupport;

/// <summary>Asserts over what the calling thread allocates.</summary>
public static class Allocations
{
    // A collection that another test causes retires this thread's allocation buffer, and its unused rest
    // counts as allocated. A path that allocates would show in every round.
    private const int Rounds = 6;

    /// <summary>Fails when an action allocates, or some of a thousand turns of it do.</summary>
    public static void AssertNone(Action action)
    {
        for (var i = 0; i < 200; i++)
            action();
        var roundsThatAllocate = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
                action();
            roundsThatAllocate += GC.GetAllocatedBytesForCurrentThread() != before ? 1 : 0;
        }
        Assert.InRange(roundsThatAllocate, 0, Rounds / 2);
    }
}
