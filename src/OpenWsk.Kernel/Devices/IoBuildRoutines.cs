// IRPs that the I/O manager builds for drivers, and sending one down and waiting for it. What is built here
// is finished by the I/O manager, except for the asynchronous one, which its driver frees. It knows nothing
// about devices' names. Next: IoService.Requests.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that build and forward requests.</summary>
public static class IoBuildRoutines
{
    /// <summary>Builds a device control request, which the I/O manager finishes and frees.</summary>
    /// <remarks>
    /// Owns: the caller keeps buffers, event and status block until the event is set, and sends the IRP.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static GuestPtr<IRP> IoBuildDeviceIoControlRequest(
        Executive executive,
        uint IoControlCode,
        GuestPtr<DEVICE_OBJECT> DeviceObject,
        nuint InputBuffer,
        uint InputBufferLength,
        nuint OutputBuffer,
        uint OutputBufferLength,
        byte InternalDeviceIoControl,
        nuint Event,
        nuint IoStatusBlock) =>
        executive.Io.BuildDeviceControl(
            DeviceObject, IoControlCode, new IoBuffer(InputBuffer, InputBufferLength),
            new IoBuffer(OutputBuffer, OutputBufferLength), InternalDeviceIoControl != 0, Event,
            IoStatusBlock);

    /// <summary>Builds a read, write, flush or shutdown request, which the I/O manager finishes.</summary>
    /// <remarks>As <see cref="IoBuildDeviceIoControlRequest"/>.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static GuestPtr<IRP> IoBuildSynchronousFsdRequest(
        Executive executive,
        uint MajorFunction,
        GuestPtr<DEVICE_OBJECT> DeviceObject,
        nuint Buffer,
        uint Length,
        GuestPtr<long> StartingOffset,
        nuint Event,
        nuint IoStatusBlock) =>
        executive.Io.BuildTransfer(
            DeviceObject, (byte)MajorFunction, new IoBuffer(Buffer, Length), OffsetOf(StartingOffset), Event,
            IoStatusBlock);

    /// <summary>Builds a read, write, flush or shutdown request, which the driver frees itself.</summary>
    /// <remarks>
    /// Owns: the driver sets a completion routine that frees the IRP and what hangs on it.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<IRP> IoBuildAsynchronousFsdRequest(
        Executive executive,
        uint MajorFunction,
        GuestPtr<DEVICE_OBJECT> DeviceObject,
        nuint Buffer,
        uint Length,
        GuestPtr<long> StartingOffset,
        nuint IoStatusBlock)
    {
        var irp = executive.Io.BuildTransfer(
            DeviceObject, (byte)MajorFunction, new IoBuffer(Buffer, Length), OffsetOf(StartingOffset), 0,
            IoStatusBlock);
        executive.Io.Disown(irp);
        return irp;
    }

    /// <summary>Makes an IRP for a device and waits: sent down, completed, still the caller's.</summary>
    /// <remarks>Errors: FALSE when the IRP has no stack location for the device.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static byte IoForwardIrpSynchronously(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, GuestPtr<IRP> Irp)
    {
        if (Irp.Value.CurrentLocation <= 1)
            return 0;
        using var done = new ManagedEvent(executive);
        var routine = executive.Code.Register(_ =>
        {
            done.Set();
            return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
        });
        try
        {
            CopyToNext(Irp);
            SetCompletion(Irp, routine, 0, AllOutcomes);
            if (DeviceRoutines.IofCallDriver(executive, DeviceObject, Irp) == NTSTATUS.STATUS_PENDING)
                done.Wait();
            return 1;
        }
        finally
        {
            executive.Code.Unregister(routine);
        }
    }

    /// <summary>IoForwardIrpSynchronously under its older name.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static byte IoForwardAndCatchIrp(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, GuestPtr<IRP> Irp) =>
        IoForwardIrpSynchronously(executive, DeviceObject, Irp);

    /// <summary>Sets the completion routine of the next location.</summary>
    /// <remarks>
    /// Divergence from Windows: there the driver's image also stays until the routine has run; here an image
    /// stays anyway while a thread is in it.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IoSetCompletionRoutineEx(
        Executive executive,
        GuestPtr<DEVICE_OBJECT> DeviceObject,
        GuestPtr<IRP> Irp,
        nuint CompletionRoutine,
        nuint Context,
        byte InvokeOnSuccess,
        byte InvokeOnError,
        byte InvokeOnCancel)
    {
        var control = (InvokeOnSuccess != 0 ? WskConstants.SL_INVOKE_ON_SUCCESS : 0)
            | (InvokeOnError != 0 ? WskConstants.SL_INVOKE_ON_ERROR : 0)
            | (InvokeOnCancel != 0 ? WskConstants.SL_INVOKE_ON_CANCEL : 0);
        SetCompletion(Irp, CompletionRoutine, Context, (byte)control);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private const byte AllOutcomes = (byte)(WskConstants.SL_INVOKE_ON_SUCCESS
        | WskConstants.SL_INVOKE_ON_ERROR | WskConstants.SL_INVOKE_ON_CANCEL);

    private static void CopyToNext(GuestPtr<IRP> irp)
    {
        var current = irp.Value.CurrentStackLocation;
        current.At(-1).Value = current.Value;
    }

    private static void SetCompletion(GuestPtr<IRP> irp, nuint routine, nuint context, byte control)
    {
        ref var next = ref irp.Value.CurrentStackLocation.At(-1).Value;
        next.CompletionRoutine = routine;
        next.Context = context;
        next.Control = control;
    }

    private static long OffsetOf(GuestPtr<long> offset) => offset.IsNull ? 0 : offset.Value;
}
