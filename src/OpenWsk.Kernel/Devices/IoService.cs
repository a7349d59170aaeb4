// The I/O manager's part that applications and Zw routines share: it opens devices, sends requests to the top
// of a device's stack, and finishes them when the last driver has completed them. It knows nothing about
// handles (../Objects) or about names (DeviceTable.cs). Parts: IoService.Requests.cs makes the IRPs of single
// requests, IoService.Endings.cs sends what closes a file.
using System.Collections.Concurrent;
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Opens devices and sends requests to them.</summary>
public sealed partial class IoService
{
    // Tags of the memory that goes with a request, four characters in memory order.
    private const uint SystemBufferTag = 0x42_53_6F_49; // 'IoSB'
    private const uint UserMode = 1;
    private const uint StatusBlockBytes = 16;
    private readonly Executive _executive;
    private readonly ConcurrentDictionary<nuint, IoRequest> _requests = new();
    private int _lastDeviceName;

    internal IoService(Executive executive) => _executive = executive;

    /// <summary>Requests that no driver has completed yet, in the order of their IRPs' addresses.</summary>
    public IReadOnlyList<IoRequest> Pending => [.. _requests.OrderBy(r => r.Key).Select(r => r.Value)];

    /// <summary>Opens what the path leads to.</summary>
    /// <remarks>
    /// IRQL: PASSIVE_LEVEL. Owns: the caller dereferences the FILE_OBJECT. Errors: those of the driver's
    /// IRP_MJ_CREATE; STATUS_OBJECT_NAME_NOT_FOUND; STATUS_NO_SUCH_DEVICE when the device is still being
    /// initialised; STATUS_ACCESS_DENIED when it is exclusive and open, or its descriptor refuses the access.
    /// </remarks>
    public NTSTATUS Open(in FileOpening opening, out OpenFile? file, out nuint information)
    {
        (file, information) = (null, 0);
        var status = _executive.Devices.Resolve(opening.Path, out var device, out var rest);
        if (status.IsSuccess())
            return Open(opening, new GuestPtr<DEVICE_OBJECT>(device), rest, out file, out information);
        return _executive.Files.IsFilePath(opening.Path)
            ? _executive.Files.Open(opening, out file, out information)
            : status;
    }

    /// <summary>Whether the IRP is one that this I/O manager made and finishes.</summary>
    internal bool IsOwn(GuestPtr<IRP> irp) => _requests.ContainsKey(irp.Address);

    /// <summary>The request of an IRP; null when it is not one of ours.</summary>
    internal IoRequest? FindRequest(GuestPtr<IRP> irp) => _requests.GetValueOrDefault(irp.Address);

    /// <summary>Finishes an IRP of ours that has left the last driver; false when it is none.</summary>
    internal bool TryFinish(GuestPtr<IRP> irp)
    {
        if (!_requests.TryRemove(irp.Address, out var request))
            return false;
        request.Finish();
        return true;
    }

    /// <summary>The IRP is freed, by a driver that had it built and never sent it or by us.</summary>
    internal void Forget(GuestPtr<IRP> irp) => Disown(irp);

    /// <summary>A name for a device that wants any.</summary>
    internal string NextDeviceName() => $@"\Device\{Interlocked.Increment(ref _lastDeviceName):x8}";

    /// <summary>Sends a request and waits for it when the file is synchronous.</summary>
    internal NTSTATUS SendTo(OpenFile file, IoRequest request)
    {
        var status = request.Send(DeviceStackRoutines.TopOf(file.Device));
        return status == NTSTATUS.STATUS_PENDING && file.IsSynchronous ? request.Wait().Status : status;
    }

    private NTSTATUS Open(
        in FileOpening opening, GuestPtr<DEVICE_OBJECT> device, string rest, out OpenFile? file,
        out nuint information)
    {
        (file, information) = (null, 0);
        ref var d = ref device.Value;
        if ((d.Flags & DO_DEVICE_INITIALIZING) != 0)
            return NTSTATUS.STATUS_NO_SUCH_DEVICE;
        if (!MayOpen(opening, device.Address))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        if (Interlocked.Increment(ref d.ReferenceCount) > 1 && (d.Flags & DO_EXCLUSIVE) != 0)
        {
            Interlocked.Decrement(ref d.ReferenceCount);
            return NTSTATUS.STATUS_ACCESS_DENIED;
        }
        _executive.Objects.Reference(device.Address);
        var opened = new OpenFile(_executive, opening, device.Address, rest);
        var outcome = Create(opened, opening);
        information = outcome.Information;
        if (outcome.Status.IsError())
        {
            LetGoOf(device);
            _executive.Objects.Dereference(opened.Pointer.Address);
            return outcome.Status;
        }
        opened.IsCreated = true;
        file = opened;
        return outcome.Status;
    }

    // Kernel code may open everything, and everybody what no descriptor guards.
    private bool MayOpen(in FileOpening opening, nuint device)
    {
        if (!opening.By.IsUser || _executive.Security.DescriptorOf(device) is not { } bytes)
            return true;
        var copy = _executive.Heap.Allocate(bytes.Length);
        try
        {
            bytes.CopyTo(GuestMemory.Span(copy, bytes.Length));
            var mapping = new GenericMapping(
                FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS);
            return DescriptorView.Read(copy) is { } view && AccessCheck.Evaluate(
                view, opening.By.Token, opening.DesiredAccess, 0, mapping, out _).IsSuccess();
        }
        finally
        {
            _executive.Heap.TryFree(copy);
        }
    }

    private IoOutcome Create(OpenFile file, in FileOpening opening)
    {
        // IO_SECURITY_CONTEXT: who asks, with which access; drivers read the access and the options.
        const int securityContextBytes = 24;
        var security = _executive.Heap.Allocate(securityContextBytes);
        try
        {
            GuestMemory.Write(security + 16, file.Access);
            GuestMemory.Write(security + 20, opening.Options);
            var request = MakeUnreferenced(file, IRP_MJ_CREATE, opening.By);
            request.Irp.Value.Flags |= IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API;
            ref var next = ref Next(request.Irp);
            next.Argument1 = security;
            next.Argument2 = (opening.Disposition << 24) | (opening.Options & 0x00FF_FFFF);
            next.Argument3 = (opening.Attributes & 0xFFFF) | ((opening.ShareAccess & 0xFFFF) << 16);
            return SendAndWait(file, request);
        }
        finally
        {
            _executive.Heap.TryFree(security);
        }
    }

    private void LetGoOf(GuestPtr<DEVICE_OBJECT> device)
    {
        Interlocked.Decrement(ref device.Value.ReferenceCount);
        _executive.Objects.Dereference(device.Address);
    }

    private IoOutcome SendAndWait(OpenFile file, IoRequest request)
    {
        var status = request.Send(DeviceStackRoutines.TopOf(file.Device));
        return status == NTSTATUS.STATUS_PENDING || request.IsDone
            ? request.Wait() : new IoOutcome(status, 0);
    }

    private IoRequest MakeUnreferenced(OpenFile file, byte major, Requestor by) =>
        Make(file.Device, file, null, major, by);

    private IoRequest Make(
        GuestPtr<DEVICE_OBJECT> device, OpenFile? file, OpenFile? held, byte major, Requestor by,
        uint userBytes = 0, nuint eventObject = 0, Action<IoOutcome>? onDone = null)
    {
        var top = DeviceStackRoutines.TopOf(device);
        var irp = IrpRoutines.IoAllocateIrp(_executive, top.Value.StackSize, 0);
        ref var r = ref irp.Value;
        var block = _executive.Heap.Allocate((int)StatusBlockBytes);
        r.RequestorMode = (sbyte)(by.IsUser ? UserMode : 0);
        r.Thread = _executive.CurrentThread.Object;
        r.UserIosb = block;
        r.OriginalFileObject = file?.Pointer.Address ?? 0;
        ref var next = ref Next(irp);
        next.MajorFunction = major;
        next.FileObject = file?.Pointer.Address ?? 0;
        var request = new IoRequest(_executive, irp, held, by)
        {
            UserBytes = userBytes,
            EventObject = eventObject,
            OnDone = onDone,
            OwnStatusBlock = block,
        };
        _requests[irp.Address] = request;
        return request;
    }

    private static ref IO_STACK_LOCATION Next(GuestPtr<IRP> irp) =>
        ref irp.Value.CurrentStackLocation.At(-1).Value;
}
