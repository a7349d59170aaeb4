// Spin locks as drivers call them: the lock, and the level that goes with it. It knows nothing about how a
// thread waits for a lock: see SpinLocks.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Spin lock routines of ntoskrnl.</summary>
public static class SpinLockRoutines
{
    /// <summary>Makes a free spin lock.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void KeInitializeSpinLock(Executive executive, GuestPtr<ulong> SpinLock) =>
        SpinLock.Value = 0;

    /// <summary>Raises to DISPATCH_LEVEL, takes the lock, returns the old level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static byte KeAcquireSpinLockRaiseToDpc(Executive executive, GuestPtr<ulong> SpinLock)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        irql = Irql.Dispatch;
        executive.SpinLocks.Acquire(SpinLock.Address);
        return old;
    }

    /// <summary>Gives the lock back and lowers the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void KeReleaseSpinLock(Executive executive, GuestPtr<ulong> SpinLock, byte NewIrql)
    {
        executive.SpinLocks.Release(SpinLock.Address);
        IrqlRoutines.KeLowerIrql(executive, NewIrql);
    }

    /// <summary>Takes the lock at DISPATCH_LEVEL.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static void KeAcquireSpinLockAtDpcLevel(Executive executive, GuestPtr<ulong> SpinLock)
    {
        RequireDispatch(executive, nameof(KeAcquireSpinLockAtDpcLevel));
        executive.SpinLocks.Acquire(SpinLock.Address);
    }

    /// <summary>Gives the lock back and stays at the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeReleaseSpinLockFromDpcLevel(Executive executive, GuestPtr<ulong> SpinLock) =>
        executive.SpinLocks.Release(SpinLock.Address);

    /// <summary>Takes the lock if it is free.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeTryToAcquireSpinLockAtDpcLevel(Executive executive, GuestPtr<ulong> SpinLock)
    {
        RequireDispatch(executive, nameof(KeTryToAcquireSpinLockAtDpcLevel));
        return executive.SpinLocks.TryAcquire(SpinLock.Address) ? (byte)1 : (byte)0;
    }

    /// <summary>Whether the lock is free.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeTestSpinLock(Executive executive, GuestPtr<ulong> SpinLock) =>
        SpinLocks.IsTaken(SpinLock.Address) ? (byte)0 : (byte)1;

    /// <summary>KeAcquireSpinLockRaiseToDpc with a place for lock and level on the caller's stack.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking,
        Note = "waiters are served in order, but do not spin on their own handle")]
    public static void KeAcquireInStackQueuedSpinLock(
        Executive executive, GuestPtr<ulong> SpinLock, GuestPtr<KLOCK_QUEUE_HANDLE> LockHandle)
    {
        LockHandle.Value = default;
        LockHandle.Value.OldIrql = KeAcquireSpinLockRaiseToDpc(executive, SpinLock);
        LockHandle.Value.LockQueue.Lock = SpinLock.Address;
    }

    /// <summary>Gives the lock of a handle back and lowers the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void KeReleaseInStackQueuedSpinLock(
        Executive executive, GuestPtr<KLOCK_QUEUE_HANDLE> LockHandle) =>
        KeReleaseSpinLock(
            executive, new GuestPtr<ulong>(LockHandle.Value.LockQueue.Lock), LockHandle.Value.OldIrql);

    /// <summary>Takes the lock of a handle at DISPATCH_LEVEL.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static void KeAcquireInStackQueuedSpinLockAtDpcLevel(
        Executive executive, GuestPtr<ulong> SpinLock, GuestPtr<KLOCK_QUEUE_HANDLE> LockHandle)
    {
        LockHandle.Value = default;
        LockHandle.Value.LockQueue.Lock = SpinLock.Address;
        KeAcquireSpinLockAtDpcLevel(executive, SpinLock);
    }

    /// <summary>Gives the lock of a handle back and stays at the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeReleaseInStackQueuedSpinLockFromDpcLevel(
        Executive executive, GuestPtr<KLOCK_QUEUE_HANDLE> LockHandle) =>
        executive.SpinLocks.Release(LockHandle.Value.LockQueue.Lock);

    /// <summary>Takes the lock in a DPC, which may be a threaded one; returns the old level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static byte KeAcquireSpinLockForDpc(Executive executive, GuestPtr<ulong> SpinLock) =>
        KeAcquireSpinLockRaiseToDpc(executive, SpinLock);

    /// <summary>Gives the lock back that KeAcquireSpinLockForDpc took.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void KeReleaseSpinLockForDpc(
        Executive executive, GuestPtr<ulong> SpinLock, byte OldIrql) =>
        KeReleaseSpinLock(executive, SpinLock, OldIrql);

    /// <summary>KeAcquireInStackQueuedSpinLock in a DPC, which may be a threaded one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static void KeAcquireInStackQueuedSpinLockForDpc(
        Executive executive, GuestPtr<ulong> SpinLock, GuestPtr<KLOCK_QUEUE_HANDLE> LockHandle) =>
        KeAcquireInStackQueuedSpinLock(executive, SpinLock, LockHandle);

    /// <summary>Gives the lock back that KeAcquireInStackQueuedSpinLockForDpc took.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void KeReleaseInStackQueuedSpinLockForDpc(
        Executive executive, GuestPtr<KLOCK_QUEUE_HANDLE> LockHandle) =>
        KeReleaseInStackQueuedSpinLock(executive, LockHandle);

    internal static void RequireDispatch(Executive executive, string routine)
    {
        var irql = executive.CurrentThread.Irql;
        if (irql < Irql.Dispatch)
            executive.Breach("IRQL", $"{routine} at {Irql.Name(irql)}; DISPATCH_LEVEL is the least");
    }
}
