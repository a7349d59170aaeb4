// StartIo: a driver that works on one IRP at a time lets the kernel keep the others and call it for the next.
// It knows nothing about queues' insides: see DeviceQueueRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that call DriverStartIo.</summary>
public static class StartIoRoutines
{
    // Where KDEVICE_QUEUE_ENTRY lies in an IRP.
    private const int EntryOffset = 0x78;

    /// <summary>Calls StartIo with the IRP, or queues it while another is under way.</summary>
    /// <remarks>IRQL: StartIo runs at DISPATCH_LEVEL.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static void IoStartPacket(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, GuestPtr<IRP> Irp, GuestPtr<uint> Key,
        nuint CancelFunction)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        irql = Math.Max(old, Irql.Dispatch);
        byte cancelIrql = 0;
        if (CancelFunction != 0)
        {
            cancelIrql = IrpCancellation.AcquireLock(executive);
            IrpCompletion.SetCancelRoutine(Irp, CancelFunction);
        }
        var queue = DeviceObject.Address + DeviceQueueRoutines.OffsetInDevice;
        var entry = Irp.Address + EntryOffset;
        var isQueued = Key.IsNull
            ? DeviceQueueRoutines.KeInsertDeviceQueue(executive, queue, entry)
            : DeviceQueueRoutines.KeInsertByKeyDeviceQueue(executive, queue, entry, Key.Value);
        if (isQueued == 0)
            TakeOn(executive, DeviceObject, Irp, CancelFunction != 0);
        var isCancelled = isQueued != 0 && CancelFunction != 0 && Irp.Value.Cancel != 0
            && IrpCompletion.SetCancelRoutine(Irp, 0) != 0;
        if (isCancelled)
        {
            Irp.Value.CancelIrql = cancelIrql;
            executive.Code.Call(CancelFunction, [DeviceObject.Address, Irp.Address]);
        }
        else if (CancelFunction != 0)
        {
            IrpCancellation.ReleaseLock(executive, cancelIrql);
        }
        if (isQueued == 0)
            Start(executive, DeviceObject, Irp);
        executive.CurrentThread.Irql = old;
    }

    /// <summary>The current IRP is done: calls StartIo with the next one, if there is one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static void IoStartNextPacket(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, byte Cancelable)
    {
        if (DeviceStackRoutines.TryGetBody(executive, DeviceObject, out var body)
            && body is { IsStartIoDeferred: true, IsInStartIo: true })
        {
            body.Deferred = (true, Cancelable != 0);
            return;
        }
        Next(executive, DeviceObject, null, Cancelable != 0);
    }

    /// <summary>IoStartNextPacket for the first IRP whose key is not below the given one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static void IoStartNextPacketByKey(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, byte Cancelable, uint Key) =>
        Next(executive, DeviceObject, Key, Cancelable != 0);

    /// <summary>
    /// Says whether StartIo may be called while it runs, and whether its IRP can be cancelled.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoSetStartIoAttributes(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, byte DeferredStartIo, byte NonCancelable)
    {
        if (DeviceStackRoutines.TryGetBody(executive, DeviceObject, out var body))
            (body.IsStartIoDeferred, body.IsNonCancelable) = (DeferredStartIo != 0, NonCancelable != 0);
    }

    private static void Next(
        Executive executive, GuestPtr<DEVICE_OBJECT> device, uint? key, bool isCancelable)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        irql = Math.Max(old, Irql.Dispatch);
        byte cancelIrql = 0;
        if (isCancelable)
            cancelIrql = IrpCancellation.AcquireLock(executive);
        device.Value.CurrentIrp = default;
        var queue = device.Address + DeviceQueueRoutines.OffsetInDevice;
        var entry = key is { } wanted
            ? DeviceQueueRoutines.KeRemoveByKeyDeviceQueue(executive, queue, wanted)
            : DeviceQueueRoutines.KeRemoveDeviceQueue(executive, queue);
        var irp = new GuestPtr<IRP>(entry == 0 ? 0 : entry - EntryOffset);
        TakeOn(executive, device, irp, isCancelable);
        if (isCancelable)
            IrpCancellation.ReleaseLock(executive, cancelIrql);
        if (!irp.IsNull)
            Start(executive, device, irp);
        executive.CurrentThread.Irql = old;
    }

    // Under the cancel lock when the IRP is cancelable.
    private static void TakeOn(
        Executive executive, GuestPtr<DEVICE_OBJECT> device, GuestPtr<IRP> irp, bool isCancelable)
    {
        device.Value.CurrentIrp = irp;
        if (isCancelable && !irp.IsNull
            && DeviceStackRoutines.TryGetBody(executive, device, out var body) && body.IsNonCancelable)
            IrpCompletion.SetCancelRoutine(irp, 0);
    }

    private static void Start(Executive executive, GuestPtr<DEVICE_OBJECT> device, GuestPtr<IRP> irp)
    {
        var isKnown = DeviceStackRoutines.TryGetBody(executive, device, out var body);
        if (isKnown)
            body.IsInStartIo = true;
        executive.Code.Call(
            device.Value.DriverObject.Value.DriverStartIo, [device.Address, irp.Address]);
        if (!isKnown)
            return;
        body.IsInStartIo = false;
        if (body.Deferred is not { IsWanted: true } deferred)
            return;
        body.Deferred = default;
        Next(executive, device, null, deferred.IsCancelable);
    }
}
