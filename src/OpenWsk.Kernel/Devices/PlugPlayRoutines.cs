// What drivers ask of plug and play in a machine whose devices are all made by drivers: who is told of
// interfaces, where a device's keys are, what its bus says. It knows nothing about interfaces themselves:
// DeviceTable.Interfaces.cs.
// Divergence from Windows: interfaces that are enabled later and devices that go are not told.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Plug and play routines of ntoskrnl.</summary>
public static class PlugPlayRoutines
{
    private const string Registration = "plug and play notification";
    private const int EntryBytes = 16;
    private const int HardwareProfileChange = 1;
    private const int InterfaceChange = 2;
    private const int TargetChange = 3;

    // DEVICE_INTERFACE_CHANGE_NOTIFICATION: version, size, event, class, name; a UNICODE_STRING behind it.
    private const int NotificationBytes = 48;
    private const int EventOffset = 4;
    private const int ClassOffset = 20;
    private const int NameOffset = 40;
    private const int TextBytes = 16;

    // GUID_DEVICE_INTERFACE_ARRIVAL of wdmguid.h.
    private static readonly Guid s_arrival = new("cb3a4004-46f0-11d0-b08f-00609713053f");

    private const string Enum = @"\Registry\Machine\System\CurrentControlSet\Enum\Root\";
    private const string Class = @"\Registry\Machine\System\CurrentControlSet\Control\Class\";

    /// <summary>Records who wants to be told, and tells of the interfaces that are there.</summary>
    /// <remarks>
    /// Owns: the driver takes it back with IoUnregisterPlugPlayNotificationEx. Errors:
    /// STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "tells of interfaces that are there already, in the call; later changes are not told")]
    public static NTSTATUS IoRegisterPlugPlayNotification(
        Executive executive,
        int EventCategory,
        uint EventCategoryFlags,
        GuestPtr<Guid> EventCategoryData,
        nuint DriverObject,
        nuint CallbackRoutine,
        nuint Context,
        GuestPtr<nuint> NotificationEntry)
    {
        if (CallbackRoutine == 0 || NotificationEntry.IsNull
            || EventCategory is not (HardwareProfileChange or InterfaceChange or TargetChange)
            || (EventCategory != HardwareProfileChange && EventCategoryData.IsNull))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var entry = executive.Heap.Allocate(EntryBytes);
        executive.Registrations.Add(Registration, entry);
        NotificationEntry.Value = entry;
        const uint existing = PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES;
        if (EventCategory == InterfaceChange && (EventCategoryFlags & existing) != 0)
        {
            var classGuid = EventCategoryData.Value;
            foreach (var name in executive.Devices.ListInterfaces(classGuid, 0, withDisabled: false))
                TellArrival(executive, classGuid, name, CallbackRoutine, Context);
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes a registration back.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoUnregisterPlugPlayNotification(Executive executive, nuint NotificationEntry)
    {
        if (!executive.Registrations.Remove(Registration, NotificationEntry))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        executive.Heap.TryFree(NotificationEntry);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes a registration back; no callback runs any more when this returns.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoUnregisterPlugPlayNotificationEx(Executive executive, nuint NotificationEntry) =>
        IoUnregisterPlugPlayNotification(executive, NotificationEntry);

    /// <summary>Opens the key of a device, or of its driver, which is made when it is not there.</summary>
    /// <remarks>
    /// Owns: the caller closes the handle. Errors: STATUS_INVALID_PARAMETER for another kind of key;
    /// STATUS_INVALID_DEVICE_REQUEST for what is no device.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "all devices of a driver have the same keys; there are no hardware profiles")]
    public static NTSTATUS IoOpenDeviceRegistryKey(
        Executive executive,
        GuestPtr<DEVICE_OBJECT> DeviceObject,
        uint DevInstKeyType,
        uint DesiredAccess,
        GuestPtr<nuint> DeviceRegKey)
    {
        if (DevInstKeyType is not (PLUGPLAY_REGKEY_DEVICE or PLUGPLAY_REGKEY_DRIVER))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (!executive.Devices.Devices.Any(d => d.Key == DeviceObject.Address))
            return NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
        var driver = DeviceObject.Value.DriverObject;
        ref var extension = ref new GuestPtr<DRIVER_EXTENSION>(driver.Value.DriverExtension).Value;
        var name = extension.ServiceKeyName;
        var service = GuestMemory.Chars(name.Buffer, name.Length / 2).ToString();
        var key = executive.Registry.Create(DevInstKeyType == PLUGPLAY_REGKEY_DEVICE
            ? $@"{Enum}{service}\0000\Device Parameters"
            : $@"{Class}{service}\0000");
        DeviceRegKey.Value = RegistryKeyRoutines.OpenHandle(executive, key);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells a property of a device that a bus has found, which no device here is.</summary>
    /// <remarks>Errors: STATUS_INVALID_DEVICE_REQUEST.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "STATUS_INVALID_DEVICE_REQUEST: no device here was found by a bus")]
    public static NTSTATUS IoGetDeviceProperty(
        Executive executive,
        nuint DeviceObject,
        int DeviceProperty,
        uint BufferLength,
        nuint PropertyBuffer,
        GuestPtr<uint> ResultLength)
    {
        if (!ResultLength.IsNull)
            ResultLength.Value = 0;
        return NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
    }

    private static void TellArrival(
        Executive executive, Guid classGuid, string name, nuint routine, nuint context)
    {
        var room = executive.Heap.Allocate(NotificationBytes + TextBytes + (2 * name.Length));
        try
        {
            GuestMemory.Write(room, (ushort)1);
            GuestMemory.Write(room + 2, (ushort)NotificationBytes);
            GuestMemory.Write(room + EventOffset, s_arrival);
            GuestMemory.Write(room + ClassOffset, classGuid);
            GuestMemory.Write(room + NameOffset, room + NotificationBytes);
            var text = room + NotificationBytes + TextBytes;
            name.CopyTo(GuestMemory.Chars(text, name.Length));
            var length = (ushort)(2 * name.Length);
            GuestMemory.Write(room + NotificationBytes, length);
            GuestMemory.Write(room + NotificationBytes + 2, length);
            GuestMemory.Write(room + NotificationBytes + 8, text);
            executive.Code.Call(routine, [room, context]);
        }
        finally
        {
            executive.Heap.TryFree(room);
        }
    }
}
