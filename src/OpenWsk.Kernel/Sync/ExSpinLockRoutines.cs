// Executive spin locks (EX_SPIN_LOCK): shared or alone, at DISPATCH_LEVEL. It knows nothing about how a
// thread waits: see ReaderWriterLocks.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reader-writer spin lock routines of ntoskrnl.</summary>
public static class ExSpinLockRoutines
{
    /// <summary>Raises to DISPATCH_LEVEL, takes a share, returns the old level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static byte ExAcquireSpinLockShared(Executive executive, GuestPtr<int> SpinLock)
    {
        var old = RaiseToDispatch(executive);
        executive.ReaderWriterLocks.AcquireShared(SpinLock.Address);
        return old;
    }

    /// <summary>Raises to DISPATCH_LEVEL, takes the lock alone, returns the old level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static byte ExAcquireSpinLockExclusive(Executive executive, GuestPtr<int> SpinLock)
    {
        var old = RaiseToDispatch(executive);
        executive.ReaderWriterLocks.AcquireAlone(SpinLock.Address);
        return old;
    }

    /// <summary>Takes a share at DISPATCH_LEVEL.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static void ExAcquireSpinLockSharedAtDpcLevel(Executive executive, GuestPtr<int> SpinLock)
    {
        SpinLockRoutines.RequireDispatch(executive, nameof(ExAcquireSpinLockSharedAtDpcLevel));
        executive.ReaderWriterLocks.AcquireShared(SpinLock.Address);
    }

    /// <summary>Takes the lock alone at DISPATCH_LEVEL.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static void ExAcquireSpinLockExclusiveAtDpcLevel(Executive executive, GuestPtr<int> SpinLock)
    {
        SpinLockRoutines.RequireDispatch(executive, nameof(ExAcquireSpinLockExclusiveAtDpcLevel));
        executive.ReaderWriterLocks.AcquireAlone(SpinLock.Address);
    }

    /// <summary>Takes a share at DISPATCH_LEVEL if that is possible at once.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte ExTryAcquireSpinLockSharedAtDpcLevel(Executive executive, GuestPtr<int> SpinLock)
    {
        SpinLockRoutines.RequireDispatch(executive, nameof(ExTryAcquireSpinLockSharedAtDpcLevel));
        return executive.ReaderWriterLocks.TryAcquireShared(SpinLock.Address) ? (byte)1 : (byte)0;
    }

    /// <summary>Takes the lock alone at DISPATCH_LEVEL if it is free.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte ExTryAcquireSpinLockExclusiveAtDpcLevel(Executive executive, GuestPtr<int> SpinLock)
    {
        SpinLockRoutines.RequireDispatch(executive, nameof(ExTryAcquireSpinLockExclusiveAtDpcLevel));
        return executive.ReaderWriterLocks.TryAcquireAlone(SpinLock.Address) ? (byte)1 : (byte)0;
    }

    /// <summary>Turns the only share into having the lock alone; FALSE when others share it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint ExTryConvertSharedSpinLockExclusive(Executive executive, GuestPtr<int> SpinLock) =>
        executive.ReaderWriterLocks.TryUpgrade(SpinLock.Address) ? 1u : 0;

    /// <summary>Gives a share back and lowers the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExReleaseSpinLockShared(Executive executive, GuestPtr<int> SpinLock, byte OldIrql)
    {
        executive.ReaderWriterLocks.ReleaseShared(SpinLock.Address);
        IrqlRoutines.KeLowerIrql(executive, OldIrql);
    }

    /// <summary>Gives the lock back and lowers the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExReleaseSpinLockExclusive(Executive executive, GuestPtr<int> SpinLock, byte OldIrql)
    {
        executive.ReaderWriterLocks.ReleaseAlone(SpinLock.Address);
        IrqlRoutines.KeLowerIrql(executive, OldIrql);
    }

    /// <summary>Gives a share back and stays at the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReleaseSpinLockSharedFromDpcLevel(Executive executive, GuestPtr<int> SpinLock) =>
        executive.ReaderWriterLocks.ReleaseShared(SpinLock.Address);

    /// <summary>Gives the lock back and stays at the level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void ExReleaseSpinLockExclusiveFromDpcLevel(Executive executive, GuestPtr<int> SpinLock) =>
        executive.ReaderWriterLocks.ReleaseAlone(SpinLock.Address);

    private static byte RaiseToDispatch(Executive executive)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        irql = Math.Max(old, Irql.Dispatch);
        return old;
    }
}
