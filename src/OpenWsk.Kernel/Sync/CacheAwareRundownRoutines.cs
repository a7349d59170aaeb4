// Rundown protection that Windows spreads over processors' caches. There are few processors here, so it
// is one word at the begin of an opaque block. It knows nothing about counting: see RundownRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Cache-aware rundown protection routines of ntoskrnl.</summary>
public static class CacheAwareRundownRoutines
{
    private const uint BlockBytes = 64;

    /// <summary>Makes a protection that nobody uses; NULL when there is no memory.</summary>
    /// <remarks>Owns: the caller frees it with ExFreeCacheAwareRundownProtection.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint ExAllocateCacheAwareRundownProtection(
        Executive executive, POOL_TYPE PoolType, uint PoolTag)
    {
        var isPaged = ((int)PoolType & 1) != 0;
        return executive.Pool.Allocate(BlockBytes, PoolTag, isPaged, isZeroed: true);
    }

    /// <summary>Frees a protection.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExFreeCacheAwareRundownProtection(Executive executive, nuint RunRefCacheAware) =>
        executive.Pool.Free(RunRefCacheAware, 0);

    /// <summary>Size of a protection in a driver's memory. Units: bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint ExSizeOfRundownProtectionCacheAware(Executive executive) => BlockBytes;

    /// <summary>Makes a protection of a driver's memory.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExInitializeRundownProtectionCacheAware(
        Executive executive, GuestPtr<ulong> RunRefCacheAware, nuint RunRefSize)
    {
        if (RunRefSize < BlockBytes)
            executive.Breach("PARAMETER", $"a cache-aware rundown protection in {RunRefSize} bytes");
        RunRefCacheAware.Value = 0;
    }

    /// <summary>Makes a protection usable again after its rundown.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReInitializeRundownProtectionCacheAware(
        Executive executive, GuestPtr<ulong> RunRefCacheAware) =>
        RundownRoutines.ExReInitializeRundownProtection(executive, RunRefCacheAware);

    /// <summary>Takes a use; FALSE when the rundown has begun.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte ExAcquireRundownProtectionCacheAware(
        Executive executive, GuestPtr<ulong> RunRefCacheAware) =>
        RundownRoutines.ExAcquireRundownProtectionEx(executive, RunRefCacheAware, 1);

    /// <summary>Takes several uses; FALSE when the rundown has begun.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte ExAcquireRundownProtectionCacheAwareEx(
        Executive executive, GuestPtr<ulong> RunRefCacheAware, uint Count) =>
        RundownRoutines.ExAcquireRundownProtectionEx(executive, RunRefCacheAware, Count);

    /// <summary>Gives a use back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReleaseRundownProtectionCacheAware(
        Executive executive, GuestPtr<ulong> RunRefCacheAware) =>
        RundownRoutines.ExReleaseRundownProtectionEx(executive, RunRefCacheAware, 1);

    /// <summary>Gives several uses back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReleaseRundownProtectionCacheAwareEx(
        Executive executive, GuestPtr<ulong> RunRefCacheAware, uint Count) =>
        RundownRoutines.ExReleaseRundownProtectionEx(executive, RunRefCacheAware, Count);

    /// <summary>Begins the rundown and waits until all uses are given back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExWaitForRundownProtectionReleaseCacheAware(
        Executive executive, GuestPtr<ulong> RunRefCacheAware) =>
        RundownRoutines.ExWaitForRundownProtectionRelease(executive, RunRefCacheAware);

    /// <summary>Marks the rundown as completed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExRundownCompletedCacheAware(
        Executive executive, GuestPtr<ulong> RunRefCacheAware) =>
        RundownRoutines.ExRundownCompleted(executive, RunRefCacheAware);
}
