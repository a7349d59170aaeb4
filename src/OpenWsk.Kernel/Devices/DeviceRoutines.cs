// Devices as drivers make, name and delete them, and IRPs sent from driver to driver. It knows nothing about
// names (DeviceTable.cs), about stacks of devices (DeviceStackRoutines.cs) or about who opens a device
// (IoService.cs). Completion of what is sent: ../Irps/IrpCompletion.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Device routines of ntoskrnl.</summary>
public static class DeviceRoutines
{
    // Devices end with a tail that belongs to the I/O manager, of which headers for older compilers know
    // less; the extension begins behind all of it.
    private const int DeviceBytes = 0x150;

    /// <summary>Makes a device with its extension.</summary>
    /// <remarks>
    /// Owns: the driver deletes it with IoDeleteDevice. Errors: STATUS_OBJECT_NAME_COLLISION;
    /// STATUS_INSUFFICIENT_RESOURCES when the extension is too large.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS IoCreateDevice(
        Executive executive,
        GuestPtr<DRIVER_OBJECT> DriverObject,
        uint DeviceExtensionSize,
        GuestPtr<UNICODE_STRING> DeviceName,
        uint DeviceType,
        uint DeviceCharacteristics,
        byte Exclusive,
        GuestPtr<nuint> DeviceObject)
    {
        // The size of the whole is kept in 16 bits.
        if (DeviceExtensionSize > ushort.MaxValue - DeviceBytes)
            return NTSTATUS.STATUS_INSUFFICIENT_RESOURCES;
        var name = NameFor(executive, DeviceName, DeviceCharacteristics);
        var body = new DeviceBody();
        var device = new GuestPtr<DEVICE_OBJECT>(executive.Objects.Create(
            ObjectKind.Device, DeviceBytes + (int)DeviceExtensionSize, body));
        if (!executive.Devices.TryAdd(device.Address, name))
        {
            executive.Objects.Dereference(device.Address);
            return NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
        }
        executive.Origins.Note(OriginKind.Device, device.Address);
        ref var d = ref device.Value;
        d.Type = IO_TYPE_DEVICE;
        d.Size = (ushort)(DeviceBytes + DeviceExtensionSize);
        d.DriverObject = DriverObject;
        d.DeviceExtension = DeviceExtensionSize == 0 ? 0 : device.Address + DeviceBytes;
        d.DeviceType = DeviceType;
        d.Characteristics = DeviceCharacteristics;
        d.Flags = DO_DEVICE_INITIALIZING
            | (name.Length > 0 ? DO_DEVICE_HAS_NAME : 0) | (Exclusive != 0 ? DO_EXCLUSIVE : 0);
        d.StackSize = 1;
        d.NextDevice = new GuestPtr<DEVICE_OBJECT>(DriverObject.Value.DeviceObject);
        DeviceQueueRoutines.KeInitializeDeviceQueue(
            executive, device.Address + DeviceQueueRoutines.OffsetInDevice);
        DriverObject.Value.DeviceObject = device.Address;
        DeviceObject.Value = device.Address;
        if (executive.Observes(KernelEventKind.Created))
            executive.Emit(KernelEvents.Created("device", device.Address));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>IoCreateDevice with a security descriptor in text, by which opens are judged.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_PARAMETER when the text is no descriptor; as <see cref="IoCreateDevice"/>.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoCreateDeviceSecure(
        Executive executive,
        GuestPtr<DRIVER_OBJECT> DriverObject,
        uint DeviceExtensionSize,
        GuestPtr<UNICODE_STRING> DeviceName,
        uint DeviceType,
        uint DeviceCharacteristics,
        byte Exclusive,
        GuestPtr<UNICODE_STRING> DefaultSDDLString,
        nuint DeviceClassGuid,
        GuestPtr<nuint> DeviceObject)
    {
        if (SddlText.Parse(UnicodeText.Of(DefaultSDDLString).ToString()) is not { } descriptor)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var status = IoCreateDevice(executive, DriverObject, DeviceExtensionSize, DeviceName, DeviceType,
            DeviceCharacteristics, Exclusive, DeviceObject);
        if (status.IsSuccess())
            executive.Security.SetDescriptor(DeviceObject.Value, descriptor);
        return status;
    }

    /// <summary>Deletes a device; its memory stays while somebody has it open or referenced.</summary>
    /// <remarks>
    /// Errors: bug check 0x18 when there is no device at the address. A device that is still attached to
    /// another, or that another is attached to, is reported and detached.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void IoDeleteDevice(Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject)
    {
        if (!executive.Devices.Remove(DeviceObject.Address))
            throw executive.BugCheck(
                BugCheckCode.REFERENCE_BY_POINTER, $"IoDeleteDevice: there is no device at {DeviceObject}");
        DeviceStackRoutines.TakeApart(executive, DeviceObject);
        executive.Origins.Forget(OriginKind.Device, DeviceObject.Address);
        executive.Security.Forget(DeviceObject.Address);
        executive.Io.ForgetDevice(DeviceObject.Address);
        ref var driver = ref DeviceObject.Value.DriverObject.Value;
        if (driver.DeviceObject == DeviceObject.Address)
        {
            driver.DeviceObject = DeviceObject.Value.NextDevice.Address;
        }
        else
        {
            var before = new GuestPtr<DEVICE_OBJECT>(driver.DeviceObject);
            while (!before.IsNull && before.Value.NextDevice != DeviceObject)
                before = before.Value.NextDevice;
            if (!before.IsNull)
                before.Value.NextDevice = DeviceObject.Value.NextDevice;
        }
        if (executive.Observes(KernelEventKind.Destroyed))
            executive.Emit(KernelEvents.Destroyed("device", DeviceObject.Address));
        executive.Objects.Dereference(DeviceObject.Address);
    }

    /// <summary>Makes a name that leads to another.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_COLLISION; STATUS_OBJECT_NAME_INVALID without a name.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoCreateSymbolicLink(
        Executive executive, GuestPtr<UNICODE_STRING> SymbolicLinkName, GuestPtr<UNICODE_STRING> DeviceName)
    {
        var name = UnicodeText.Of(SymbolicLinkName).ToString();
        var target = UnicodeText.Of(DeviceName).ToString();
        if (name.Length == 0 || target.Length == 0)
            return NTSTATUS.STATUS_OBJECT_NAME_INVALID;
        if (!executive.Devices.TryLink(name, target))
            return NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
        executive.Origins.Note(OriginKind.SymbolicLink, OriginLog.KeyOf(name));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>IoCreateSymbolicLink for a link that every user may replace.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoCreateUnprotectedSymbolicLink(
        Executive executive, GuestPtr<UNICODE_STRING> SymbolicLinkName,
        GuestPtr<UNICODE_STRING> DeviceName) =>
        IoCreateSymbolicLink(executive, SymbolicLinkName, DeviceName);

    /// <summary>Deletes a name that leads to another.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_NOT_FOUND.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoDeleteSymbolicLink(
        Executive executive, GuestPtr<UNICODE_STRING> SymbolicLinkName) =>
        executive.Devices.Unlink(UnicodeText.Of(SymbolicLinkName).ToString())
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;

    /// <summary>
    /// Sends an IRP to the driver of a device and returns what its dispatch routine returns.
    /// </summary>
    /// <remarks>
    /// Errors: bug check 0x35 when the IRP has no stack location left. Without a dispatch routine for the
    /// request it completes with STATUS_INVALID_DEVICE_REQUEST.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IofCallDriver(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, GuestPtr<IRP> Irp)
    {
        var location = IrpCompletion.Claim(executive, Irp);
        if (location.IsNull)
            throw executive.BugCheck(
                BugCheckCode.NO_MORE_IRP_STACK_LOCATIONS,
                    $"IofCallDriver: the IRP at {Irp} has no location left");
        location.Value.DeviceObject = DeviceObject.Address;
        var major = location.Value.MajorFunction;
        var routine = major <= IRP_MJ_MAXIMUM_FUNCTION
            ? DeviceObject.Value.DriverObject.Value.MajorFunction[major]
            : 0;
        if (routine != 0)
            return (NTSTATUS)(uint)executive.Code.Call(routine, [DeviceObject.Address, Irp.Address]);
        IrpCompletion.Complete(executive, Irp, NTSTATUS.STATUS_INVALID_DEVICE_REQUEST, 0);
        return NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
    }

    /// <summary>Sends a power IRP to the next lower driver, which is IofCallDriver.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS PoCallDriver(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, GuestPtr<IRP> Irp) =>
        IofCallDriver(executive, DeviceObject, Irp);

    /// <summary>Says that the driver is ready for the next power IRP, which changes nothing.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static void PoStartNextPowerIrp(Executive executive, GuestPtr<IRP> Irp)
    {
    }

    private static string NameFor(Executive executive, GuestPtr<UNICODE_STRING> given, uint characteristics)
    {
        var isGenerated = (characteristics & FILE_AUTOGENERATED_DEVICE_NAME) != 0;
        return isGenerated ? executive.Io.NextDeviceName() : UnicodeText.Of(given).ToString();
    }
}
