// Measures managed allocation of a hot path: after warm-up, a thousand turns must allocate nothing at all.
// It knows nothing about what the path does.
namespace OpenWsk.Kernel.Tests;

public static class Allocations
{
    public static void AssertNone(Action action)
    {
        for (var i = 0; i < 200; i++)
            action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            action();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
