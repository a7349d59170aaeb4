// What drivers ask about openings and about who opened: the device behind a name or a FILE_OBJECT, the
// process behind an IRP. It knows nothing about files' contents.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl about file objects and requestors.</summary>
public static class FileObjectRoutines
{
    /// <summary>Opens a device by its name and returns its FILE_OBJECT and the top of its stack.</summary>
    /// <remarks>
    /// Owns: the caller dereferences the FILE_OBJECT. Errors: those of opening the device.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS IoGetDeviceObjectPointer(
        Executive executive, GuestPtr<UNICODE_STRING> ObjectName, uint DesiredAccess,
        GuestPtr<nuint> FileObject, GuestPtr<nuint> DeviceObject)
    {
        var opening = new FileOpening
        {
            Path = UnicodeText.Of(ObjectName).ToString(),
            DesiredAccess = DesiredAccess,
            ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
            Disposition = FILE_OPEN,
            Options = FILE_NON_DIRECTORY_FILE,
            By = Requestor.Kernel,
        };
        var status = executive.Io.Open(opening, out var file, out _);
        if (file is null)
            return status;
        if (file.Device.IsNull)
        {
            executive.Objects.Dereference(file.Pointer.Address);
            return NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
        }
        FileObject.Value = file.Pointer.Address;
        DeviceObject.Value = DeviceStackRoutines.TopOf(file.Device).Address;
        // Windows opens a handle for this and closes it at once, so the driver sees a CLEANUP here.
        file.OnHandlesClosed();
        return status;
    }

    /// <summary>The device that requests for a FILE_OBJECT go to: the top of the stack.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<DEVICE_OBJECT> IoGetRelatedDeviceObject(
        Executive executive, GuestPtr<FILE_OBJECT> FileObject) =>
        FileObject.Value.DeviceObject.IsNull
            ? default
            : DeviceStackRoutines.TopOf(FileObject.Value.DeviceObject);

    /// <summary>The id of the process that asked; 0 when nobody knows.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static uint IoGetRequestorProcessId(Executive executive, GuestPtr<IRP> Irp) =>
        executive.Io.FindRequest(Irp)?.By.ProcessId ?? 0;

    /// <summary>The process that asked.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch,
        Note = "every process has the system process's object")]
    public static nuint IoGetRequestorProcess(Executive executive, GuestPtr<IRP> Irp) =>
        executive.SystemProcess;

    /// <summary>Whether a 32-bit application asked: there are none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static byte IoIs32bitProcess(Executive executive, GuestPtr<IRP> Irp) => 0;

    /// <summary>Whether an IRP may be treated as one that its caller waits for.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static byte IoIsOperationSynchronous(Executive executive, GuestPtr<IRP> Irp)
    {
        var file = new GuestPtr<FILE_OBJECT>(Irp.Value.OriginalFileObject);
        const uint foSynchronousIo = 2;
        var isFileSynchronous = !file.IsNull && (file.Value.Flags & foSynchronousIo) != 0;
        return (byte)(isFileSynchronous || (Irp.Value.Flags & IRP_SYNCHRONOUS_API) != 0 ? 1 : 0);
    }

    /// <summary>Judges a request's access by its control code, once more.</summary>
    /// <remarks>Errors: STATUS_ACCESS_DENIED; STATUS_INVALID_PARAMETER for unknown rights.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoValidateDeviceIoControlAccess(
        Executive executive, GuestPtr<IRP> Irp, uint RequiredAccess)
    {
        if ((RequiredAccess & ~(FILE_READ_ACCESS | FILE_WRITE_ACCESS)) != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (Irp.Value.RequestorMode == 0)
            return NTSTATUS.STATUS_SUCCESS;
        var file = new GuestPtr<FILE_OBJECT>(Irp.Value.CurrentStackLocation.Value.FileObject);
        var isDenied = file.IsNull
            || ((RequiredAccess & FILE_READ_ACCESS) != 0 && file.Value.ReadAccess == 0)
            || ((RequiredAccess & FILE_WRITE_ACCESS) != 0 && file.Value.WriteAccess == 0);
        return isDenied ? NTSTATUS.STATUS_ACCESS_DENIED : NTSTATUS.STATUS_SUCCESS;
    }
}
