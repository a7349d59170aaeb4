// Waiting for a change of a key: by an event, by a work item of the driver's, or in the call itself. It knows
// nothing about what a change is: KeyBody.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>The notification routine of ntoskrnl for keys.</summary>
public static class KeyNotifyRoutines
{
    private const KeyChange All = KeyChange.Name | KeyChange.LastSet;

    // REG_NOTIFY_CHANGE_ATTRIBUTES and _SECURITY are known and never happen.
    private const uint KnownFilter = 0xF;

    /// <summary>Tells once when a key changes, or one below it.</summary>
    /// <remarks>
    /// Completes: Asynchronous sets the event and queues the WORK_QUEUE_ITEM that ApcRoutine is for a driver;
    /// otherwise when the call returns. The status is STATUS_NOTIFY_ENUM_DIR for a change and
    /// STATUS_NOTIFY_CLEANUP when the last handle of the key was closed. Errors: STATUS_INVALID_PARAMETER for
    /// an unknown filter or none; STATUS_INVALID_HANDLE; STATUS_KEY_DELETED.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwNotifyChangeKey(
        Executive executive,
        nuint KeyHandle,
        nuint Event,
        GuestPtr<WORK_QUEUE_ITEM> ApcRoutine,
        nuint ApcContext,
        GuestPtr<IO_STATUS_BLOCK> IoStatusBlock,
        uint CompletionFilter,
        byte WatchTree,
        nuint Buffer,
        uint BufferSize,
        byte Asynchronous)
    {
        var status = RegistryKeyRoutines.KeyOf(executive, KeyHandle, out _);
        if (!status.IsSuccess())
            return status;
        if (IoStatusBlock.IsNull || CompletionFilter == 0 || (CompletionFilter & ~KnownFilter) != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        nuint kevent = 0;
        if (Event != 0)
        {
            status = EventOf(executive, Event, out kevent);
            if (!status.IsSuccess())
                return status;
            executive.Waits.ResetEvent(kevent);
        }
        executive.Handles.TryGet(KeyHandle, out var target);
        executive.Objects.TryGet(target, out var record);
        using var done = Asynchronous == 0 ? new ManagedEvent(executive) : null;
        ((KeyBody)record.Payload!).Add((KeyChange)CompletionFilter & All, WatchTree != 0, how =>
        {
            IoStatusBlock.Value.Status = how;
            IoStatusBlock.Value.Information = 0;
            if (kevent != 0)
            {
                executive.Waits.SetEvent(kevent);
                executive.Objects.Dereference(kevent);
            }
            if (!ApcRoutine.IsNull)
                WorkItemRoutines.ExQueueWorkItem(executive, ApcRoutine, (int)ApcContext);
            done?.Set();
        });
        if (done is null)
            return NTSTATUS.STATUS_PENDING;
        done.Wait();
        return IoStatusBlock.Value.Status;
    }

    // The event stays until it has been signalled.
    private static NTSTATUS EventOf(Executive executive, nuint handle, out nuint kevent)
    {
        if (!executive.Handles.TryGet(handle, out kevent)
            || !executive.Objects.TryGet(kevent, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (record.Kind != ObjectKind.Event)
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        executive.Objects.Reference(kevent);
        return NTSTATUS.STATUS_SUCCESS;
    }
}
