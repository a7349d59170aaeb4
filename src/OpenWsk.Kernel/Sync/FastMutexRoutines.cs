// Fast and guarded mutexes. Count is 1 when free, 0 when held, less when threads wait; the event inside wakes
// one. Drivers' inlined ExInitializeFastMutex writes the same fields. It knows nothing about waiting.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Fast mutex routines of ntoskrnl.</summary>
public static class FastMutexRoutines
{
    // Offset of Event in FAST_MUTEX.
    private const int EventOffset = 24;

    /// <summary>Raises to APC_LEVEL and takes the mutex.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExAcquireFastMutex(Executive executive, GuestPtr<FAST_MUTEX> FastMutex)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        irql = Math.Max(old, Irql.Apc);
        ExAcquireFastMutexUnsafe(executive, FastMutex);
        FastMutex.Value.OldIrql = old;
    }

    /// <summary>Takes the mutex if it is free.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static byte ExTryToAcquireFastMutex(Executive executive, GuestPtr<FAST_MUTEX> FastMutex)
    {
        if (!TryTake(executive, FastMutex))
            return 0;
        ref var irql = ref executive.CurrentThread.Irql;
        FastMutex.Value.OldIrql = irql;
        irql = Math.Max(irql, Irql.Apc);
        return 1;
    }

    /// <summary>Gives the mutex back and lowers the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExReleaseFastMutex(Executive executive, GuestPtr<FAST_MUTEX> FastMutex)
    {
        var old = (byte)FastMutex.Value.OldIrql;
        ExReleaseFastMutexUnsafe(executive, FastMutex);
        executive.CurrentThread.Irql = old;
    }

    /// <summary>Takes the mutex at the caller's level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExAcquireFastMutexUnsafe(Executive executive, GuestPtr<FAST_MUTEX> FastMutex)
    {
        ref var mutex = ref FastMutex.Value;
        if (mutex.Owner == executive.CurrentThread.Object)
            throw executive.BugCheck(new BugCheck(
                BugCheckCode.MUTEX_ALREADY_OWNED, FastMutex.Address, executive.CurrentThread.Object)
            {
                Detail = $"the fast mutex at {FastMutex} is acquired by the thread that holds it",
            });
        if (Interlocked.Decrement(ref mutex.Count) < 0)
        {
            Interlocked.Increment(ref mutex.Contention);
            executive.Waits.Wait(FastMutex.Address + EventOffset, IParker.Never);
        }
        mutex.Owner = executive.CurrentThread.Object;
    }

    /// <summary>Gives the mutex back at the caller's level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExReleaseFastMutexUnsafe(Executive executive, GuestPtr<FAST_MUTEX> FastMutex)
    {
        ref var mutex = ref FastMutex.Value;
        if (mutex.Owner != executive.CurrentThread.Object)
            throw executive.BugCheck(new BugCheck(
                BugCheckCode.THREAD_NOT_MUTEX_OWNER, executive.CurrentThread.Object, FastMutex.Address)
            {
                Detail = $"the fast mutex at {FastMutex} is released by a thread that does not hold it",
            });
        mutex.Owner = 0;
        if (Interlocked.Increment(ref mutex.Count) <= 0)
            executive.Waits.SetEvent(FastMutex.Address + EventOffset);
    }

    /// <summary>Makes a free guarded mutex, which is a fast mutex here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeGuardedMutex(Executive executive, GuestPtr<FAST_MUTEX> Mutex)
    {
        Mutex.Value = default;
        Mutex.Value.Count = 1;
        DispatcherObject.Initialize<KEVENT>(
            Mutex.Address + EventOffset, KOBJECTS.EventSynchronizationObject, 0);
    }

    /// <summary>Enters a guarded region and takes a guarded mutex.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void KeAcquireGuardedMutex(Executive executive, GuestPtr<FAST_MUTEX> Mutex)
    {
        RegionRoutines.KeEnterGuardedRegion(executive);
        ExAcquireFastMutexUnsafe(executive, Mutex);
    }

    /// <summary>Gives a guarded mutex back and leaves the guarded region.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void KeReleaseGuardedMutex(Executive executive, GuestPtr<FAST_MUTEX> Mutex)
    {
        ExReleaseFastMutexUnsafe(executive, Mutex);
        RegionRoutines.KeLeaveGuardedRegion(executive);
    }

    /// <summary>Takes a guarded mutex if it is free, and enters a guarded region then.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static byte KeTryToAcquireGuardedMutex(Executive executive, GuestPtr<FAST_MUTEX> Mutex)
    {
        if (!TryTake(executive, Mutex))
            return 0;
        RegionRoutines.KeEnterGuardedRegion(executive);
        return 1;
    }

    /// <summary>Takes a guarded mutex inside a guarded region.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void KeAcquireGuardedMutexUnsafe(Executive executive, GuestPtr<FAST_MUTEX> Mutex) =>
        ExAcquireFastMutexUnsafe(executive, Mutex);

    /// <summary>Gives a guarded mutex back inside a guarded region.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void KeReleaseGuardedMutexUnsafe(Executive executive, GuestPtr<FAST_MUTEX> Mutex) =>
        ExReleaseFastMutexUnsafe(executive, Mutex);

    private static bool TryTake(Executive executive, GuestPtr<FAST_MUTEX> mutex)
    {
        if (Interlocked.CompareExchange(ref mutex.Value.Count, 0, 1) != 1)
            return false;
        mutex.Value.Owner = executive.CurrentThread.Object;
        return true;
    }
}
