// Push locks (EX_PUSH_LOCK): shared or alone, at <= APC_LEVEL with normal kernel APCs disabled. The flags say
// whether Windows may boost or expand a lock and change nothing here. It knows nothing about how a thread
// waits: see ReaderWriterLocks.cs; the lower half of a push lock is such a word.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Push lock routines of ntoskrnl.</summary>
public static class PushLockRoutines
{
    /// <summary>Makes a free push lock.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void ExInitializePushLock(Executive executive, GuestPtr<nuint> PushLock) =>
        PushLock.Value = 0;

    /// <summary>Takes a push lock alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExAcquirePushLockExclusiveEx(
        Executive executive, GuestPtr<nuint> PushLock, uint Flags)
    {
        executive.CurrentThread.RequireApcsDisabled(nameof(ExAcquirePushLockExclusiveEx));
        executive.ReaderWriterLocks.AcquireAlone(PushLock.Address);
    }

    /// <summary>Takes a share of a push lock.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExAcquirePushLockSharedEx(Executive executive, GuestPtr<nuint> PushLock, uint Flags)
    {
        executive.CurrentThread.RequireApcsDisabled(nameof(ExAcquirePushLockSharedEx));
        executive.ReaderWriterLocks.AcquireShared(PushLock.Address);
    }

    /// <summary>Takes a push lock alone if it is free.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static byte ExTryAcquirePushLockExclusiveEx(
        Executive executive, GuestPtr<nuint> PushLock, uint Flags) =>
        executive.ReaderWriterLocks.TryAcquireAlone(PushLock.Address) ? (byte)1 : (byte)0;

    /// <summary>Takes a share of a push lock if that is possible at once.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static byte ExTryAcquirePushLockSharedEx(
        Executive executive, GuestPtr<nuint> PushLock, uint Flags) =>
        executive.ReaderWriterLocks.TryAcquireShared(PushLock.Address) ? (byte)1 : (byte)0;

    /// <summary>Gives a push lock back that the caller has alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExReleasePushLockExclusiveEx(
        Executive executive, GuestPtr<nuint> PushLock, uint Flags) =>
        executive.ReaderWriterLocks.ReleaseAlone(PushLock.Address);

    /// <summary>Gives a share of a push lock back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExReleasePushLockSharedEx(Executive executive, GuestPtr<nuint> PushLock, uint Flags) =>
        executive.ReaderWriterLocks.ReleaseShared(PushLock.Address);

    /// <summary>Gives a push lock back in whichever way it is taken.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExReleasePushLockEx(Executive executive, GuestPtr<nuint> PushLock, uint Flags) =>
        ExfReleasePushLock(executive, PushLock);

    /// <summary>Takes a push lock alone; the form that older headers' inlines call.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExfAcquirePushLockExclusive(Executive executive, GuestPtr<nuint> PushLock) =>
        executive.ReaderWriterLocks.AcquireAlone(PushLock.Address);

    /// <summary>Takes a share of a push lock.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void ExfAcquirePushLockShared(Executive executive, GuestPtr<nuint> PushLock) =>
        executive.ReaderWriterLocks.AcquireShared(PushLock.Address);

    /// <summary>Gives a push lock back that the caller has alone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExfReleasePushLockExclusive(Executive executive, GuestPtr<nuint> PushLock) =>
        executive.ReaderWriterLocks.ReleaseAlone(PushLock.Address);

    /// <summary>Gives a share of a push lock back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExfReleasePushLockShared(Executive executive, GuestPtr<nuint> PushLock) =>
        executive.ReaderWriterLocks.ReleaseShared(PushLock.Address);

    /// <summary>Gives a push lock back in whichever way it is taken.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExfReleasePushLock(Executive executive, GuestPtr<nuint> PushLock)
    {
        if (ReaderWriterLocks.IsTakenAlone(PushLock.Address))
            executive.ReaderWriterLocks.ReleaseAlone(PushLock.Address);
        else
            executive.ReaderWriterLocks.ReleaseShared(PushLock.Address);
    }
}
