// Events with handles and names, waiting by handle, and handles made from objects or from other handles.
// It knows nothing about signals: an event's object is a KEVENT, which Sync/ works on.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for event handles and for handles in general.</summary>
public static class EventHandleRoutines
{
    /// <summary>Makes an event with a handle, or opens the one of that name.</summary>
    /// <remarks>
    /// Owns: the caller closes the handle. Errors: STATUS_OBJECT_NAME_COLLISION when the name is taken and
    /// OBJ_OPENIF is not given; STATUS_OBJECT_NAME_EXISTS, a success, when it is.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwCreateEvent(
        Executive executive, GuestPtr<nuint> EventHandle, uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes, int EventType, byte InitialState)
    {
        var name = ObjectAttributes.IsNull ? ""
            : UnicodeText.Of(ObjectAttributes.Value.ObjectName).ToString();
        var kevent = Make(executive, name, EventType, InitialState != 0, out var isNew);
        var mayOpen = !ObjectAttributes.IsNull
            && (ObjectAttributes.Value.Attributes & WdmConstants.OBJ_OPENIF) != 0;
        if (!isNew && !mayOpen)
        {
            executive.Objects.Dereference(kevent);
            return NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
        }
        EventHandle.Value = executive.Handles.Open(kevent, DesiredAccess);
        executive.Objects.Dereference(kevent);
        return isNew ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_EXISTS;
    }

    /// <summary>Opens the event of a name.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwOpenEvent(
        Executive executive, GuestPtr<nuint> EventHandle, uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes)
    {
        var name = UnicodeText.Of(ObjectAttributes.Value.ObjectName).ToString();
        var kevent = executive.NamedObjects.Find(name, ObjectKind.Event);
        if (kevent == 0)
            return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        EventHandle.Value = executive.Handles.Open(kevent, DesiredAccess);
        executive.Objects.Dereference(kevent);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes or opens a notification event by name; NULL when that fails.</summary>
    /// <remarks>Owns: the caller closes the handle, which keeps the event alive.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static nuint IoCreateNotificationEvent(
        Executive executive, GuestPtr<UNICODE_STRING> EventName, GuestPtr<nuint> EventHandle) =>
        MakeSignalled(executive, EventName, EventHandle, (int)EVENT_TYPE.NotificationEvent);

    /// <summary>Makes or opens a synchronization event by name.</summary>
    /// <remarks>As <see cref="IoCreateNotificationEvent"/>.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static nuint IoCreateSynchronizationEvent(
        Executive executive, GuestPtr<UNICODE_STRING> EventName, GuestPtr<nuint> EventHandle) =>
        MakeSignalled(executive, EventName, EventHandle, (int)EVENT_TYPE.SynchronizationEvent);

    /// <summary>Signals an event by its handle.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwSetEvent(Executive executive, nuint EventHandle, GuestPtr<int> PreviousState)
    {
        var status = Find(executive, EventHandle, out var kevent);
        if (!status.IsSuccess())
            return status;
        var was = executive.Waits.SetEvent(kevent);
        if (!PreviousState.IsNull)
            PreviousState.Value = was ? 1 : 0;
        return status;
    }

    /// <summary>Takes the signal of an event away by its handle.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwResetEvent(Executive executive, nuint EventHandle, GuestPtr<int> PreviousState)
    {
        var status = Find(executive, EventHandle, out var kevent);
        if (!status.IsSuccess())
            return status;
        var was = executive.Waits.ResetEvent(kevent);
        if (!PreviousState.IsNull)
            PreviousState.Value = was ? 1 : 0;
        return status;
    }

    /// <summary>Takes the signal of an event away by its handle.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwClearEvent(Executive executive, nuint EventHandle) =>
        ZwResetEvent(executive, EventHandle, default);

    /// <summary>Waits for the object of a handle: an event, a thread, a file's last request.</summary>
    /// <remarks>Errors: STATUS_TIMEOUT; STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwWaitForSingleObject(
        Executive executive, nuint Handle, byte Alertable, GuestPtr<long> Timeout)
    {
        const nuint fileEventOffset = 0x98;
        if (!HandleRoutines.TryResolve(executive, Handle, out var target)
            || !executive.Objects.TryGet(target, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (record.Kind is not (ObjectKind.Event or ObjectKind.Thread or ObjectKind.Process
            or ObjectKind.File))
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        var waitable = record.Kind == ObjectKind.File ? target + fileEventOffset : target;
        executive.Objects.Reference(target);
        try
        {
            return executive.Waits.Wait(waitable, Kernel.Timeout.DeadlineNs(executive.Clock, Timeout));
        }
        finally
        {
            executive.Objects.Dereference(target);
        }
    }

    /// <summary>Makes a handle of an object.</summary>
    /// <remarks>Owns: the caller closes the handle. Errors: STATUS_OBJECT_TYPE_MISMATCH.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ObOpenObjectByPointer(
        Executive executive, nuint Object, uint HandleAttributes, nuint PassedAccessState,
        uint DesiredAccess, nuint ObjectType, byte AccessMode, GuestPtr<nuint> Handle)
    {
        var status = HandleRoutines.ObReferenceObjectByPointer(
            executive, Object, DesiredAccess, ObjectType, AccessMode);
        if (!status.IsSuccess())
            return status;
        Handle.Value = executive.Handles.Open(Object, DesiredAccess);
        executive.Objects.Dereference(Object);
        return status;
    }

    /// <summary>Makes a handle of a handle, in the one handle table that there is.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwDuplicateObject(
        Executive executive, nuint SourceProcessHandle, nuint SourceHandle, nuint TargetProcessHandle,
        GuestPtr<nuint> TargetHandle, uint DesiredAccess, uint HandleAttributes, uint Options)
    {
        const uint closeSource = 1;
        const uint sameAccess = 2;
        if (!HandleRoutines.TryResolve(executive, SourceHandle, out var target))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        var access = (Options & sameAccess) != 0
            && executive.Handles.TryGetEntry(SourceHandle, out var entry) ? entry.GrantedAccess
            : DesiredAccess;
        if (!TargetHandle.IsNull)
            TargetHandle.Value = executive.Handles.Open(target, access);
        if ((Options & closeSource) != 0)
            HandleRoutines.ZwClose(executive, SourceHandle);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static nuint MakeSignalled(
        Executive executive, GuestPtr<UNICODE_STRING> name, GuestPtr<nuint> handle, int type)
    {
        var kevent = Make(executive, UnicodeText.Of(name).ToString(), type, isSet: true, out _);
        handle.Value = executive.Handles.Open(kevent);
        executive.Objects.Dereference(kevent);
        return kevent;
    }

    private static nuint Make(Executive executive, string name, int type, bool isSet, out bool isNew) =>
        executive.NamedObjects.FindOrAdd(name, ObjectKind.Event, () =>
        {
            var body = new NamedObject(executive.NamedObjects, name);
            var kevent = executive.Objects.Create(ObjectKind.Event, 24, body);
            DispatcherObject.Initialize<KEVENT>(kevent, (KOBJECTS)type, isSet ? 1 : 0);
            return kevent;
        }, out isNew);

    private static NTSTATUS Find(Executive executive, nuint handle, out nuint kevent)
    {
        if (!executive.Handles.TryGet(handle, out kevent)
            || !executive.Objects.TryGet(kevent, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        return record.Kind == ObjectKind.Event ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
    }
}
