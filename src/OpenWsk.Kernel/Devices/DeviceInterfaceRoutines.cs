// Device interfaces: names made of a class GUID by which applications find devices they do not know the name
// of. It knows nothing about plug and play: every device is one of the root's.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for device interfaces.</summary>
public static class DeviceInterfaceRoutines
{
    /// <summary>Makes the name of an interface, which is not enabled yet.</summary>
    /// <remarks>
    /// Owns: the caller frees the name with RtlFreeUnicodeString. Errors: STATUS_INVALID_DEVICE_REQUEST when
    /// the device is none or the reference string contains a separator.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoRegisterDeviceInterface(
        Executive executive,
        GuestPtr<DEVICE_OBJECT> PhysicalDeviceObject,
        GuestPtr<Guid> InterfaceClassGuid,
        GuestPtr<UNICODE_STRING> ReferenceString,
        GuestPtr<UNICODE_STRING> SymbolicLinkName)
    {
        var reference = UnicodeText.Of(ReferenceString).ToString();
        if (reference.AsSpan().ContainsAny('\\', '/')
            || !DeviceStackRoutines.TryGetBody(executive, PhysicalDeviceObject, out _))
            return NTSTATUS.STATUS_INVALID_DEVICE_REQUEST;
        var name = executive.Devices.AddInterface(
            PhysicalDeviceObject.Address, InterfaceClassGuid.Value, reference);
        return UnicodeText.Put(executive, SymbolicLinkName, name, allocates: true);
    }

    /// <summary>Enables or disables an interface: its name leads to its device, or nowhere.</summary>
    /// <remarks>Errors: STATUS_OBJECT_NAME_NOT_FOUND; STATUS_OBJECT_NAME_EXISTS, a success.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoSetDeviceInterfaceState(
        Executive executive, GuestPtr<UNICODE_STRING> SymbolicLinkName, byte Enable) =>
        executive.Devices.SetInterface(UnicodeText.Of(SymbolicLinkName).ToString(), Enable != 0);

    /// <summary>The names of the enabled interfaces of a class, one after the other.</summary>
    /// <remarks>
    /// Owns: the caller frees the list with ExFreePool. Flags: 1 lists those not enabled as well.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS IoGetDeviceInterfaces(
        Executive executive, GuestPtr<Guid> InterfaceClassGuid, GuestPtr<DEVICE_OBJECT> PhysicalDeviceObject,
        uint Flags, GuestPtr<nuint> SymbolicLinkList)
    {
        const uint listTag = 0x66_49_6F_49; // 'IoIf'
        var names = executive.Devices.ListInterfaces(
            InterfaceClassGuid.Value, PhysicalDeviceObject.Address, (Flags & 1) != 0);
        var text = string.Concat(names.Select(name => name + "\0")) + "\0";
        var list = executive.Pool.Allocate(
            (nuint)(2 * text.Length), listTag, isPaged: true, isZeroed: false);
        if (list == 0)
            return NTSTATUS.STATUS_INSUFFICIENT_RESOURCES;
        text.CopyToGuest(GuestMemory.Chars(list, text.Length));
        SymbolicLinkList.Value = list;
        return NTSTATUS.STATUS_SUCCESS;
    }
}
