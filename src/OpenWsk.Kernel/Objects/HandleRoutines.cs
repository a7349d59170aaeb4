// References and handles as drivers call them. It knows nothing about what objects do.
// Next: ObjectTable.cs for references, HandleTable.cs for handles.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Object manager routines of ntoskrnl.</summary>
public static class HandleRoutines
{
    // ZwCurrentProcess() and ZwCurrentThread() of wdm.h.
    private const nint CurrentProcess = -1;
    private const nint CurrentThread = -2;

    /// <summary>Turns a handle into a referenced object.</summary>
    /// <remarks>
    /// Owns: the caller dereferences the object. Errors: STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH
    /// when ObjectType is given and another.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ObReferenceObjectByHandle(
        Executive executive,
        nuint Handle,
        uint DesiredAccess,
        nuint ObjectType,
        byte AccessMode,
        GuestPtr<nuint> Object,
        nuint HandleInformation)
    {
        Object.Value = 0;
        if (!TryResolve(executive, Handle, out var target)
            || !executive.Objects.TryGet(target, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (ObjectType != 0 && ObjectType != executive.ObjectTypeOf(record.Kind))
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        executive.Objects.Reference(target);
        Object.Value = target;
        // OBJECT_HANDLE_INFORMATION: attributes and granted access.
        if (HandleInformation != 0)
            GuestMemory.Write(HandleInformation, (ulong)DesiredAccess << 32);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>ObReferenceObjectByHandle with a tag, which nobody looks at here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ObReferenceObjectByHandleWithTag(
        Executive executive,
        nuint Handle,
        uint DesiredAccess,
        nuint ObjectType,
        byte AccessMode,
        uint Tag,
        GuestPtr<nuint> Object,
        nuint HandleInformation) =>
        ObReferenceObjectByHandle(
            executive, Handle, DesiredAccess, ObjectType, AccessMode, Object, HandleInformation);

    /// <summary>Adds a reference to an object whose type is checked.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS ObReferenceObjectByPointer(
        Executive executive, nuint Object, uint DesiredAccess, nuint ObjectType, byte AccessMode)
    {
        if (!executive.Objects.TryGet(Object, out var record))
            throw NoObject(executive, Object, nameof(ObReferenceObjectByPointer));
        if (ObjectType != 0 && ObjectType != executive.ObjectTypeOf(record.Kind))
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        executive.Objects.Reference(Object);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Adds a reference and returns the new count.</summary>
    /// <remarks>Errors: bug check 0x18 when there is no object at the address.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nint ObfReferenceObject(Executive executive, nuint Object)
    {
        var count = executive.Objects.Reference(Object);
        return count > 0 ? count : throw NoObject(executive, Object, nameof(ObfReferenceObject));
    }

    /// <summary>ObfReferenceObject with a tag.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nint ObfReferenceObjectWithTag(Executive executive, nuint Object, uint Tag) =>
        ObfReferenceObject(executive, Object);

    /// <summary>Takes a reference and returns the new count; the object goes with the last one.</summary>
    /// <remarks>Errors: bug check 0x18 when there is no object at the address.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nint ObfDereferenceObject(Executive executive, nuint Object)
    {
        var count = executive.Objects.Dereference(Object);
        return count >= 0 ? count : throw NoObject(executive, Object, nameof(ObfDereferenceObject));
    }

    /// <summary>ObfDereferenceObject with a tag.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nint ObfDereferenceObjectWithTag(Executive executive, nuint Object, uint Tag) =>
        ObfDereferenceObject(executive, Object);

    /// <summary>ObfDereferenceObject whose last step Windows defers.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ObDereferenceObjectDeferDelete(Executive executive, nuint Object) =>
        ObfDereferenceObject(executive, Object);

    /// <summary>Ends a handle.</summary>
    /// <remarks>Errors: STATUS_INVALID_HANDLE.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ZwClose(Executive executive, nuint Handle)
    {
        if ((nint)Handle is CurrentProcess or CurrentThread)
            return NTSTATUS.STATUS_SUCCESS;
        return executive.Handles.Close(Handle) ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_INVALID_HANDLE;
    }

    /// <summary>The object behind a handle or a pseudo handle.</summary>
    internal static bool TryResolve(Executive executive, nuint handle, out nuint target)
    {
        switch ((nint)handle)
        {
            case CurrentProcess:
                target = executive.SystemProcess;
                return true;
            case CurrentThread:
                target = executive.CurrentThread.Object;
                return true;
            default:
                return executive.Handles.TryGet(handle, out target);
        }
    }

    private static GuestStoppedException NoObject(Executive executive, nuint target, string routine) =>
        executive.BugCheck(
            BugCheckCode.REFERENCE_BY_POINTER, $"{routine}: there is no object at 0x{(ulong)target:x}");
}
