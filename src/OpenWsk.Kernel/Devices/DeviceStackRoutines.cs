// Devices on top of devices: attaching, detaching, and who is on top. Each device adds a stack location to
// the IRPs that go to the top. It knows nothing about what is sent; see IoService.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for stacks of devices.</summary>
public static class DeviceStackRoutines
{
    /// <summary>Puts a device on the top of another's stack and returns the device below it.</summary>
    /// <remarks>Errors: NULL when the top is still being initialised.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<DEVICE_OBJECT> IoAttachDeviceToDeviceStack(
        Executive executive, GuestPtr<DEVICE_OBJECT> SourceDevice, GuestPtr<DEVICE_OBJECT> TargetDevice)
    {
        var top = TopOf(TargetDevice);
        if ((top.Value.Flags & DO_DEVICE_INITIALIZING) != 0
            || !TryGetBody(executive, SourceDevice, out var body)
            || !TryGetBody(executive, top, out _))
            return default;
        ref var source = ref SourceDevice.Value;
        source.StackSize = (sbyte)(top.Value.StackSize + 1);
        source.AlignmentRequirement = top.Value.AlignmentRequirement;
        source.SectorSize = top.Value.SectorSize;
        body.AttachedTo = top.Address;
        top.Value.AttachedDevice = SourceDevice;
        return top;
    }

    /// <summary>
    /// IoAttachDeviceToDeviceStack that stores the device below before any request can arrive.
    /// </summary>
    /// <remarks>Errors: STATUS_NO_SUCH_DEVICE.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IoAttachDeviceToDeviceStackSafe(
        Executive executive,
        GuestPtr<DEVICE_OBJECT> SourceDevice,
        GuestPtr<DEVICE_OBJECT> TargetDevice,
        GuestPtr<nuint> AttachedToDeviceObject)
    {
        AttachedToDeviceObject.Value = TopOf(TargetDevice).Address;
        if (!IoAttachDeviceToDeviceStack(executive, SourceDevice, TargetDevice).IsNull)
            return NTSTATUS.STATUS_SUCCESS;
        AttachedToDeviceObject.Value = 0;
        return NTSTATUS.STATUS_NO_SUCH_DEVICE;
    }

    /// <summary>Puts a device on the top of a named device's stack.</summary>
    /// <remarks>Errors: those of opening the target; STATUS_NO_SUCH_DEVICE.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static NTSTATUS IoAttachDevice(
        Executive executive,
        GuestPtr<DEVICE_OBJECT> SourceDevice,
        GuestPtr<UNICODE_STRING> TargetDevice,
        GuestPtr<nuint> AttachedDevice)
    {
        var path = UnicodeText.Of(TargetDevice).ToString();
        var status = executive.Devices.Resolve(path, out var target, out _);
        return status.IsSuccess()
            ? IoAttachDeviceToDeviceStackSafe(
                executive, SourceDevice, new GuestPtr<DEVICE_OBJECT>(target), AttachedDevice)
            : status;
    }

    /// <summary>Takes away the device that is attached to the target.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void IoDetachDevice(Executive executive, GuestPtr<DEVICE_OBJECT> TargetDevice)
    {
        var upper = TargetDevice.Value.AttachedDevice;
        if (!upper.IsNull && TryGetBody(executive, upper, out var body))
            body.AttachedTo = 0;
        TargetDevice.Value.AttachedDevice = default;
    }

    /// <summary>The top of a device's stack.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<DEVICE_OBJECT> IoGetAttachedDevice(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject) => TopOf(DeviceObject);

    /// <summary>The top of a device's stack with a reference.</summary>
    /// <remarks>Owns: the caller dereferences the device.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<DEVICE_OBJECT> IoGetAttachedDeviceReference(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject) =>
        Referenced(executive, TopOf(DeviceObject));

    /// <summary>The device below, with a reference; NULL at the bottom.</summary>
    /// <remarks>Owns: the caller dereferences the device.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<DEVICE_OBJECT> IoGetLowerDeviceObject(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject) =>
        TryGetBody(executive, DeviceObject, out var body) && body.AttachedTo != 0
            ? Referenced(executive, new GuestPtr<DEVICE_OBJECT>(body.AttachedTo))
            : default;

    /// <summary>The bottom of a device's stack with a reference.</summary>
    /// <remarks>Owns: the caller dereferences the device.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static GuestPtr<DEVICE_OBJECT> IoGetDeviceAttachmentBaseRef(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject)
    {
        var device = DeviceObject;
        while (TryGetBody(executive, device, out var body) && body.AttachedTo != 0)
            device = new GuestPtr<DEVICE_OBJECT>(body.AttachedTo);
        return Referenced(executive, device);
    }

    internal static GuestPtr<DEVICE_OBJECT> TopOf(GuestPtr<DEVICE_OBJECT> device)
    {
        while (!device.Value.AttachedDevice.IsNull)
            device = device.Value.AttachedDevice;
        return device;
    }

    // Divergence from Windows: there the device below keeps a pointer to the freed one and the next request
    // follows it; a device below others stays until they are detached.
    internal static void TakeApart(Executive executive, GuestPtr<DEVICE_OBJECT> device)
    {
        var above = device.Value.AttachedDevice;
        if (!above.IsNull)
        {
            executive.Breach("IRP", $"IoDeleteDevice: the device at {above} is still attached to {device}");
            IoDetachDevice(executive, device);
        }
        if (!TryGetBody(executive, device, out var body) || body.AttachedTo == 0)
            return;
        executive.Breach("IRP", $"IoDeleteDevice: the device at {device} is still attached to "
            + $"0x{(ulong)body.AttachedTo:x}, whose requests would go to freed memory");
        IoDetachDevice(executive, new GuestPtr<DEVICE_OBJECT>(body.AttachedTo));
    }

    internal static bool TryGetBody(
        Executive executive, GuestPtr<DEVICE_OBJECT> device, out DeviceBody body)
    {
        var isKnown = executive.Objects.TryGet(device.Address, out var record);
        body = (record.Payload as DeviceBody)!;
        return isKnown && body is not null;
    }

    private static GuestPtr<DEVICE_OBJECT> Referenced(Executive executive, GuestPtr<DEVICE_OBJECT> device)
    {
        HandleRoutines.ObfReferenceObject(executive, device.Address);
        return device;
    }
}
