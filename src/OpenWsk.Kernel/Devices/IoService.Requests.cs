// Single requests to an open device: read, write, flush, device control. Each judges the handle's access as
// Windows does, puts the buffers where the device or the code wants them, and sends the IRP. It knows nothing
// about what comes back: see IoRequest.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>How a request tells its caller that it is done.</summary>
public readonly record struct IoNotice
{
    /// <summary>A KEVENT to set, with a reference that the request drops; 0 for none.</summary>
    public nuint Event { get; init; }

    /// <summary>The caller's IO_STATUS_BLOCK; 0 for none.</summary>
    public nuint StatusBlock { get; init; }

    /// <summary>Called with the outcome, at most at DISPATCH_LEVEL; must not block.</summary>
    public Action<IoOutcome>? Callback { get; init; }
}

/// <summary>A range of guest memory that a request works on. Units: bytes.</summary>
public readonly record struct IoBuffer(nuint Address, uint LengthBytes);

public sealed partial class IoService
{
    private const int IoReadAccess = 0;
    private const int IoWriteAccess = 1;

    /// <summary>Sends IRP_MJ_DEVICE_CONTROL, or IRP_MJ_INTERNAL_DEVICE_CONTROL.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Owns: the caller keeps both buffers until the request has completed. Errors:
    /// STATUS_ACCESS_DENIED when the code wants more access than the file was opened with; no request then.
    /// </remarks>
    public NTSTATUS DeviceControl(
        OpenFile file, Requestor by, uint code, IoBuffer input, IoBuffer output, in IoNotice notice,
        out IoRequest? request, bool isInternal = false)
    {
        request = null;
        var wanted = (code >> 14) & 3;
        var needed = ((wanted & FILE_READ_ACCESS) != 0 ? FILE_READ_DATA : 0)
            | ((wanted & FILE_WRITE_ACCESS) != 0 ? FILE_WRITE_DATA : 0);
        if (!file.Allows(needed))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        if (file.File is not null)
            return NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
        request = Make(
            file.Device, file, file, isInternal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL, by,
            output.LengthBytes, notice.Event, notice.Callback);
        Announce(request, notice);
        FillDeviceControl(request.Irp, code, input, output, by);
        return SendTo(file, request);
    }

    /// <summary>Sends IRP_MJ_READ.</summary>
    /// <remarks>As <see cref="DeviceControl"/>; the file needs FILE_READ_DATA.</remarks>
    public NTSTATUS Read(
        OpenFile file, Requestor by, IoBuffer buffer, long offset, uint key, in IoNotice notice,
        out IoRequest? request)
    {
        request = null;
        return file.Allows(FILE_READ_DATA)
            ? Transfer(file, by, IRP_MJ_READ, buffer, offset, key, notice, out request)
            : NTSTATUS.STATUS_ACCESS_DENIED;
    }

    /// <summary>Sends IRP_MJ_WRITE.</summary>
    /// <remarks>
    /// As <see cref="DeviceControl"/>; the file needs FILE_WRITE_DATA or FILE_APPEND_DATA.
    /// </remarks>
    public NTSTATUS Write(
        OpenFile file, Requestor by, IoBuffer buffer, long offset, uint key, in IoNotice notice,
        out IoRequest? request)
    {
        request = null;
        return file.Allows(FILE_WRITE_DATA) || file.Allows(FILE_APPEND_DATA)
            ? Transfer(file, by, IRP_MJ_WRITE, buffer, offset, key, notice, out request)
            : NTSTATUS.STATUS_ACCESS_DENIED;
    }

    /// <summary>Sends IRP_MJ_FLUSH_BUFFERS.</summary>
    public NTSTATUS Flush(OpenFile file, Requestor by, in IoNotice notice, out IoRequest? request)
    {
        request = Make(
            file.Device, file, file, IRP_MJ_FLUSH_BUFFERS, by, 0, notice.Event, notice.Callback);
        Announce(request, notice);
        return SendTo(file, request);
    }

    /// <summary>Makes the IRP of IoBuildDeviceIoControlRequest; the driver sends it.</summary>
    internal GuestPtr<IRP> BuildDeviceControl(
        GuestPtr<DEVICE_OBJECT> device, uint code, IoBuffer input, IoBuffer output, bool isInternal,
        nuint userEvent, nuint statusBlock)
    {
        var major = isInternal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
        var request = Make(device, null, null, major, Requestor.Kernel, output.LengthBytes);
        FillDeviceControl(request.Irp, code, input, output, Requestor.Kernel);
        request.Irp.Value.UserEvent = userEvent;
        request.Irp.Value.UserIosb = statusBlock;
        return request.Irp;
    }

    /// <summary>Makes the IRP of IoBuildSynchronousFsdRequest; the driver sends it.</summary>
    internal GuestPtr<IRP> BuildTransfer(
        GuestPtr<DEVICE_OBJECT> device, byte major, IoBuffer buffer, long offset, nuint userEvent,
        nuint statusBlock)
    {
        var request = Make(device, null, null, major, Requestor.Kernel, buffer.LengthBytes);
        if (major is IRP_MJ_READ or IRP_MJ_WRITE)
            FillTransfer(device, request.Irp, major, buffer, offset, 0, Requestor.Kernel);
        request.Irp.Value.UserEvent = userEvent;
        request.Irp.Value.UserIosb = statusBlock;
        return request.Irp;
    }

    /// <summary>Lets an IRP be its driver's own, who completes and frees it by himself.</summary>
    internal void Disown(GuestPtr<IRP> irp)
    {
        if (_requests.TryRemove(irp.Address, out var request))
            request.Disown();
    }

    private static void Announce(IoRequest request, in IoNotice notice)
    {
        request.Irp.Value.UserEvent = notice.Event;
        if (notice.StatusBlock != 0)
            request.Irp.Value.UserIosb = notice.StatusBlock;
    }

    private NTSTATUS Transfer(
        OpenFile file, Requestor by, byte major, IoBuffer buffer, long offset, uint key, in IoNotice notice,
        out IoRequest? request)
    {
        request = Make(
            file.Device, file, file, major, by, buffer.LengthBytes, notice.Event, notice.Callback);
        Announce(request, notice);
        var top = DeviceStackRoutines.TopOf(file.Device);
        FillTransfer(top, request.Irp, major, buffer, offset, key, by);
        return SendTo(file, request);
    }

    private void FillTransfer(
        GuestPtr<DEVICE_OBJECT> device, GuestPtr<IRP> irp, byte major, IoBuffer buffer, long offset,
        uint key, Requestor by)
    {
        ref var r = ref irp.Value;
        var isRead = major == IRP_MJ_READ;
        r.Flags |= isRead ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
        ref var next = ref Next(irp);
        next.Argument1 = buffer.LengthBytes;
        next.Argument2 = key;
        next.Argument3 = (nuint)(ulong)offset;
        if ((device.Value.Flags & DO_BUFFERED_IO) != 0)
        {
            r.UserBuffer = isRead ? buffer.Address : 0;
            AddSystemBuffer(ref r, isRead ? default : buffer, buffer.LengthBytes, isRead);
        }
        else if ((device.Value.Flags & DO_DIRECT_IO) != 0)
        {
            AddMdl(irp, buffer, isRead ? IoWriteAccess : IoReadAccess, by);
        }
        else
        {
            r.UserBuffer = buffer.Address;
        }
    }

    private void FillDeviceControl(
        GuestPtr<IRP> irp, uint code, IoBuffer input, IoBuffer output, Requestor by)
    {
        ref var r = ref irp.Value;
        ref var next = ref Next(irp);
        next.Argument1 = output.LengthBytes;
        next.Argument2 = input.LengthBytes;
        next.Argument3 = code;
        switch (code & 3)
        {
            case METHOD_BUFFERED:
                r.UserBuffer = output.Address;
                AddSystemBuffer(
                    ref r, input, Math.Max(input.LengthBytes, output.LengthBytes), output.LengthBytes > 0);
                break;
            case METHOD_NEITHER:
                r.UserBuffer = output.Address;
                next.Argument4 = input.Address;
                break;
            default:
                AddSystemBuffer(ref r, input, input.LengthBytes, isOutput: false);
                AddMdl(
                    irp, output, (code & 3) == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess, by);
                break;
        }
    }

    // Bytes behind the input are not cleared on Windows; here the pool's fill shows who reads them.
    private void AddSystemBuffer(ref IRP irp, IoBuffer input, uint lengthBytes, bool isOutput)
    {
        if (lengthBytes == 0)
            return;
        var buffer = _executive.Pool.Allocate(
            lengthBytes, SystemBufferTag, isPaged: false, isZeroed: false);
        GuestMemory.Span(input.Address, (int)input.LengthBytes)
            .CopyToGuest(GuestMemory.Span(buffer, (int)lengthBytes));
        irp.AssociatedIrp = buffer;
        irp.Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | (isOutput ? IRP_INPUT_OPERATION : 0);
    }

    private void AddMdl(GuestPtr<IRP> irp, IoBuffer buffer, int operation, Requestor by)
    {
        if (buffer.LengthBytes == 0)
            return;
        var mdl = MdlRoutines.IoAllocateMdl(_executive, buffer.Address, buffer.LengthBytes, 0, 0, irp);
        MdlRoutines.MmProbeAndLockPages(
            _executive, mdl, (byte)(by.IsUser ? UserMode : 0), operation);
    }
}
