// Opening, reading and writing by handle as drivers call it: the handle leads to a file or to a device. Files
// complete at once; a device may take its time, which a synchronous handle waits for. It knows nothing about
// what files are called: see FileService.cs. Information about files: FileInformationRoutines.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>File routines of ntoskrnl.</summary>
public static class FileRoutines
{
    private const uint SynchronousOptions = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;

    /// <summary>Opens or makes a file, or opens a device.</summary>
    /// <remarks>
    /// Owns: the caller closes the handle. Errors: those of the driver or of the file;
    /// STATUS_INVALID_PARAMETER for a synchronous handle without SYNCHRONIZE.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwCreateFile(
        Executive executive, GuestPtr<nuint> FileHandle, uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes, GuestPtr<IO_STATUS_BLOCK> IoStatusBlock,
        GuestPtr<long> AllocationSize, uint FileAttributes, uint ShareAccess, uint CreateDisposition,
        uint CreateOptions, nuint EaBuffer, uint EaLength)
    {
        const uint synchronize = 0x0010_0000;
        if ((CreateOptions & SynchronousOptions) != 0
            && (AccessRights.OfFile(DesiredAccess) & synchronize) == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var status = ObjectNames.PathOf(executive, ObjectAttributes, out var path);
        if (!status.IsSuccess())
            return status;
        var opening = new FileOpening
        {
            Path = path,
            DesiredAccess = DesiredAccess,
            ShareAccess = ShareAccess,
            Disposition = CreateDisposition,
            Options = CreateOptions,
            Attributes = FileAttributes,
            By = Requestor.Kernel,
        };
        status = executive.Io.Open(opening, out var file, out var information);
        IoStatusBlock.Value = new IO_STATUS_BLOCK { Status = status, Information = information };
        if (file is null)
            return status;
        FileHandle.Value = executive.Handles.Open(file.Pointer.Address, file.Access);
        executive.Objects.Dereference(file.Pointer.Address);
        return status;
    }

    /// <summary>Opens a file or a device that is there.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwOpenFile(
        Executive executive, GuestPtr<nuint> FileHandle, uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes, GuestPtr<IO_STATUS_BLOCK> IoStatusBlock,
        uint ShareAccess, uint OpenOptions) =>
        ZwCreateFile(executive, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, default, 0,
            ShareAccess, FILE_OPEN, OpenOptions, 0, 0);

    /// <summary>ZwCreateFile with options of the I/O manager, which change nothing.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS IoCreateFile(
        Executive executive, GuestPtr<nuint> FileHandle, uint DesiredAccess,
        GuestPtr<OBJECT_ATTRIBUTES> ObjectAttributes, GuestPtr<IO_STATUS_BLOCK> IoStatusBlock,
        GuestPtr<long> AllocationSize, uint FileAttributes, uint ShareAccess, uint Disposition,
        uint CreateOptions, nuint EaBuffer, uint EaLength, int CreateFileType, nuint InternalParameters,
        uint Options) =>
        ZwCreateFile(executive, FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, AllocationSize,
            FileAttributes, ShareAccess, Disposition, CreateOptions, EaBuffer, EaLength);

    /// <summary>Reads.</summary>
    /// <remarks>
    /// Errors: STATUS_END_OF_FILE; STATUS_ACCESS_DENIED; STATUS_INVALID_PARAMETER without an offset for a
    /// handle that keeps none; STATUS_ACCESS_VIOLATION is raised when the buffer is not there.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwReadFile(
        Executive executive, nuint FileHandle, nuint Event, nuint ApcRoutine, nuint ApcContext,
        GuestPtr<IO_STATUS_BLOCK> IoStatusBlock, nuint Buffer, uint Length, GuestPtr<long> ByteOffset,
        GuestPtr<uint> Key)
    {
        var status = Prepare(executive, FileHandle, Event, FILE_READ_DATA, out var file, out var kevent);
        if (file is null)
            return status;
        if (!TryOffset(file, ByteOffset, out var offset, out _))
            return Refuse(executive, kevent, NTSTATUS.STATUS_INVALID_PARAMETER);
        var buffer = new IoBuffer(Buffer, Length);
        if (file.File is { } body)
            return FileCompletion.Finish(
                executive, body.Read(executive, buffer, offset), IoStatusBlock, kevent, ApcRoutine,
                ApcContext);
        var notice = FileCompletion.NoticeOf(executive, IoStatusBlock, kevent, ApcRoutine, ApcContext);
        return executive.Io.Read(
            file, Requestor.Kernel, buffer, offset ?? 0, Key.IsNull ? 0 : Key.Value, notice, out _);
    }

    /// <summary>Writes.</summary>
    /// <remarks>As <see cref="ZwReadFile"/>; an offset of -1 appends.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwWriteFile(
        Executive executive, nuint FileHandle, nuint Event, nuint ApcRoutine, nuint ApcContext,
        GuestPtr<IO_STATUS_BLOCK> IoStatusBlock, nuint Buffer, uint Length, GuestPtr<long> ByteOffset,
        GuestPtr<uint> Key)
    {
        var status = Prepare(executive, FileHandle, Event, 0, out var file, out var kevent);
        if (file is null)
            return status;
        if (!file.Allows(FILE_WRITE_DATA) && !file.Allows(FILE_APPEND_DATA))
            return Refuse(executive, kevent, NTSTATUS.STATUS_ACCESS_DENIED);
        if (!TryOffset(file, ByteOffset, out var offset, out var isAppending))
            return Refuse(executive, kevent, NTSTATUS.STATUS_INVALID_PARAMETER);
        var buffer = new IoBuffer(Buffer, Length);
        if (file.File is { } body)
            return FileCompletion.Finish(
                executive, body.Write(executive, buffer, offset, isAppending), IoStatusBlock, kevent,
                ApcRoutine, ApcContext);
        var notice = FileCompletion.NoticeOf(executive, IoStatusBlock, kevent, ApcRoutine, ApcContext);
        return executive.Io.Write(
            file, Requestor.Kernel, buffer, offset ?? 0, Key.IsNull ? 0 : Key.Value, notice, out _);
    }

    /// <summary>Sends a device control to the device behind a handle.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwDeviceIoControlFile(
        Executive executive, nuint FileHandle, nuint Event, nuint ApcRoutine, nuint ApcContext,
        GuestPtr<IO_STATUS_BLOCK> IoStatusBlock, uint IoControlCode, nuint InputBuffer,
        uint InputBufferLength, nuint OutputBuffer, uint OutputBufferLength)
    {
        var status = Prepare(executive, FileHandle, Event, 0, out var file, out var kevent);
        if (file is null)
            return status;
        var notice = FileCompletion.NoticeOf(executive, IoStatusBlock, kevent, ApcRoutine, ApcContext);
        status = executive.Io.DeviceControl(
            file, Requestor.Kernel, IoControlCode, new IoBuffer(InputBuffer, InputBufferLength),
            new IoBuffer(OutputBuffer, OutputBufferLength), notice, out var request);
        return request is null ? Refuse(executive, kevent, status) : status;
    }

    /// <summary>Brings what was written to where it lasts; a device gets IRP_MJ_FLUSH_BUFFERS.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwFlushBuffersFile(
        Executive executive, nuint FileHandle, GuestPtr<IO_STATUS_BLOCK> IoStatusBlock)
    {
        var status = Prepare(executive, FileHandle, 0, 0, out var file, out _);
        if (file is null)
            return status;
        if (file.File is { } body)
        {
            body.Node.Contents?.Flush();
            return FileCompletion.Finish(
                executive, new IoOutcome(NTSTATUS.STATUS_SUCCESS, 0), IoStatusBlock, 0, 0, 0);
        }
        var notice = new IoNotice { StatusBlock = IoStatusBlock.Address };
        status = executive.Io.Flush(file, Requestor.Kernel, notice, out var request);
        return status == NTSTATUS.STATUS_PENDING ? request!.Wait().Status : status;
    }

    /// <summary>Asks that every pending request of a handle be given up.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS ZwCancelIoFile(
        Executive executive, nuint FileHandle, GuestPtr<IO_STATUS_BLOCK> IoStatusBlock)
    {
        var status = Prepare(executive, FileHandle, 0, 0, out var file, out _);
        if (file is null)
            return status;
        foreach (var request in executive.Io.Pending)
        {
            if (ReferenceEquals(request.File, file))
                request.Cancel();
        }
        IoStatusBlock.Value = default;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>
    /// The opening behind a handle that allows some access; an event is referenced and reset.
    /// </summary>
    internal static NTSTATUS Prepare(
        Executive executive, nuint handle, nuint eventHandle, uint access, out OpenFile? file,
        out nuint kevent)
    {
        (file, kevent) = (null, 0);
        if (!executive.Handles.TryGetEntry(handle, out var entry)
            || !executive.Objects.TryGet(entry.Target, out var record))
            return NTSTATUS.STATUS_INVALID_HANDLE;
        if (record.Payload is not OpenFile found)
            return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
        if (!found.Allows(access))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        if (eventHandle != 0)
        {
            if (!executive.Handles.TryGet(eventHandle, out kevent)
                || !executive.Objects.TryGet(kevent, out var eventRecord))
                return NTSTATUS.STATUS_INVALID_HANDLE;
            if (eventRecord.Kind != ObjectKind.Event)
                return NTSTATUS.STATUS_OBJECT_TYPE_MISMATCH;
            executive.Objects.Reference(kevent);
            executive.Waits.ResetEvent(kevent);
        }
        file = found;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS Refuse(Executive executive, nuint kevent, NTSTATUS status)
    {
        if (kevent != 0)
            executive.Objects.Dereference(kevent);
        return status;
    }

    // Offsets with all upper bits set have meanings of their own.
    private static bool TryOffset(
        OpenFile file, GuestPtr<long> given, out long? offset, out bool isAppending)
    {
        (offset, isAppending) = (null, false);
        var value = given.IsNull ? -2 : given.Value;
        if (value == -1)
            isAppending = true;
        else if (value != -2)
            offset = value;
        return offset is not null || isAppending || file.IsSynchronous || !file.Device.IsNull;
    }
}
