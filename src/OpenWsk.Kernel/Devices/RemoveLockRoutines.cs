// Remove locks: a count of those who use a device, and a wait for the last one. IO_REMOVE_LOCK lies in guest
// memory, in debug builds of drivers with a larger block behind the part that is used here. It knows nothing
// about devices.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for remove locks.</summary>
public static class RemoveLockRoutines
{
    // Removed (a BOOLEAN), the count, the event.
    private const int CountOffset = 4;
    private const int EventOffset = 8;

    /// <summary>Makes a lock that nobody holds.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void IoInitializeRemoveLockEx(
        Executive executive, nuint Lock, uint AllocateTag, uint MaxLockedMinutes, uint HighWatermark,
        uint RemlockSize)
    {
        GuestMemory.Span(Lock, (int)RemlockSize).FillGuest((byte)0);
        GuestMemory.Write(Lock + CountOffset, 1);
        DispatcherObject.Initialize<KEVENT>(
            Lock + EventOffset, KOBJECTS.EventSynchronizationObject, 0);
    }

    /// <summary>Takes the lock once more.</summary>
    /// <remarks>Errors: STATUS_DELETE_PENDING after IoReleaseRemoveLockAndWaitEx.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IoAcquireRemoveLockEx(
        Executive executive, nuint RemoveLock, nuint Tag, nuint File, uint Line, uint RemlockSize)
    {
        Interlocked.Increment(ref Count(RemoveLock));
        if (Volatile.Read(ref Removed(RemoveLock)) == 0)
            return NTSTATUS.STATUS_SUCCESS;
        LetGo(executive, RemoveLock);
        return NTSTATUS.STATUS_DELETE_PENDING;
    }

    /// <summary>Gives the lock back.</summary>
    /// <remarks>Errors: a lock that is released more often than it was acquired is reported.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoReleaseRemoveLockEx(
        Executive executive, nuint RemoveLock, nuint Tag, uint RemlockSize) => LetGo(executive, RemoveLock);

    /// <summary>Gives the lock back, refuses it from now on and waits for those who hold it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static void IoReleaseRemoveLockAndWaitEx(
        Executive executive, nuint RemoveLock, nuint Tag, uint RemlockSize)
    {
        Volatile.Write(ref Removed(RemoveLock), 1);
        Interlocked.Decrement(ref Count(RemoveLock));
        var left = Interlocked.Decrement(ref Count(RemoveLock));
        if (left < 0)
            ReportTooOften(executive, RemoveLock);
        if (left > 0)
            executive.Waits.Wait(RemoveLock + EventOffset, IParker.Never);
    }

    private static void LetGo(Executive executive, nuint removeLock)
    {
        var left = Interlocked.Decrement(ref Count(removeLock));
        // The lock counts itself once until IoReleaseRemoveLockAndWaitEx: none is left to nobody before that.
        if (left < 0 || (left == 0 && Volatile.Read(ref Removed(removeLock)) == 0))
            ReportTooOften(executive, removeLock);
        if (left == 0)
            executive.Waits.SetEvent(removeLock + EventOffset);
    }

    private static void ReportTooOften(Executive executive, nuint removeLock) =>
        executive.Breach("IRP", $"the remove lock at 0x{(ulong)removeLock:x} is released more often than it "
            + "was acquired");

    private static ref int Count(nuint removeLock) => ref GuestMemory.Ref<int>(removeLock + CountOffset);

    private static ref byte Removed(nuint removeLock) => ref GuestMemory.Ref<byte>(removeLock);
}
