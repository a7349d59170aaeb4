// Security descriptors as drivers make and read them: Rtl…SecurityDescriptor. It knows nothing about the
// self-relative form's making: DescriptorFormRoutines.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Descriptor routines of ntoskrnl.</summary>
public static class DescriptorRoutines
{
    // SE_DACL_AUTO_INHERIT_REQ to SE_SACL_PROTECTED: what RtlSetControlSecurityDescriptor may change.
    private const ushort ChangeableControl = 0x3F00;

    /// <summary>Begins an absolute descriptor without parts.</summary>
    /// <remarks>Errors: STATUS_UNKNOWN_REVISION.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlCreateSecurityDescriptor(
        Executive executive, GuestPtr<SECURITY_DESCRIPTOR> SecurityDescriptor, uint Revision)
    {
        if (Revision != SECURITY_DESCRIPTOR_REVISION)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        SecurityDescriptor.Value = new SECURITY_DESCRIPTOR { Revision = (byte)Revision };
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Whether a descriptor and its parts are well formed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlValidSecurityDescriptor(Executive executive, nuint SecurityDescriptor) =>
        DescriptorView.Read(SecurityDescriptor) is { } view && view.IsValid() ? (byte)1 : (byte)0;

    /// <summary>Whether a self-relative descriptor is well formed, within its length and has what it
    /// must.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlValidRelativeSecurityDescriptor(
        Executive executive,
        nuint SecurityDescriptorInput,
        uint SecurityDescriptorLength,
        uint RequiredInformation)
    {
        if (SecurityDescriptorLength < DescriptorView.RelativeBytes
            || DescriptorView.Read(SecurityDescriptorInput) is not { } view
            || !view.FitsIn(SecurityDescriptorLength))
            return 0;
        var isMissing = ((RequiredInformation & OWNER_SECURITY_INFORMATION) != 0 && view.Owner == 0)
            || ((RequiredInformation & GROUP_SECURITY_INFORMATION) != 0 && view.Group == 0);
        return isMissing ? (byte)0 : (byte)1;
    }

    /// <summary>Whether a self-relative descriptor that came from a buffer is well formed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte SeValidSecurityDescriptor(Executive executive, uint Length,
        nuint SecurityDescriptor) =>
        RtlValidRelativeSecurityDescriptor(executive, SecurityDescriptor, Length, 0);

    /// <summary>Length of a descriptor with its parts. Units: bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlLengthSecurityDescriptor(Executive executive, nuint SecurityDescriptor)
    {
        if (DescriptorView.Read(SecurityDescriptor) is not { } view)
            return 0;
        var head = view.IsRelative ? DescriptorView.RelativeBytes : DescriptorView.AbsoluteBytes;
        return (uint)(head + view.PartsBytes());
    }

    /// <summary>Sets the discretionary list, or takes it away.</summary>
    /// <remarks>
    /// Errors: STATUS_UNKNOWN_REVISION; STATUS_INVALID_SECURITY_DESCR for a self-relative descriptor.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlSetDaclSecurityDescriptor(
        Executive executive,
        GuestPtr<SECURITY_DESCRIPTOR> SecurityDescriptor,
        byte DaclPresent,
        nuint Dacl,
        byte DaclDefaulted)
    {
        var status = CheckAbsolute(SecurityDescriptor);
        if (!status.IsSuccess())
            return status;
        ref var descriptor = ref SecurityDescriptor.Value;
        SetControl(ref descriptor, SE_DACL_PRESENT, DaclPresent != 0);
        SetControl(ref descriptor, SE_DACL_DEFAULTED, DaclPresent != 0 && DaclDefaulted != 0);
        if (DaclPresent != 0)
            descriptor.Dacl = Dacl;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Sets the owner, or takes it away.</summary>
    /// <remarks>Errors: those of RtlSetDaclSecurityDescriptor.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlSetOwnerSecurityDescriptor(
        Executive executive, GuestPtr<SECURITY_DESCRIPTOR> SecurityDescriptor, nuint Owner,
            byte OwnerDefaulted)
    {
        var status = CheckAbsolute(SecurityDescriptor);
        if (!status.IsSuccess())
            return status;
        SecurityDescriptor.Value.Owner = Owner;
        SetControl(ref SecurityDescriptor.Value, SE_OWNER_DEFAULTED, OwnerDefaulted != 0);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Sets the primary group, or takes it away.</summary>
    /// <remarks>Errors: those of RtlSetDaclSecurityDescriptor.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlSetGroupSecurityDescriptor(
        Executive executive, GuestPtr<SECURITY_DESCRIPTOR> SecurityDescriptor, nuint Group,
            byte GroupDefaulted)
    {
        var status = CheckAbsolute(SecurityDescriptor);
        if (!status.IsSuccess())
            return status;
        SecurityDescriptor.Value.Group = Group;
        SetControl(ref SecurityDescriptor.Value, SE_GROUP_DEFAULTED, GroupDefaulted != 0);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the discretionary list.</summary>
    /// <remarks>Errors: STATUS_UNKNOWN_REVISION.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlGetDaclSecurityDescriptor(
        Executive executive,
        nuint SecurityDescriptor,
        GuestPtr<byte> DaclPresent,
        GuestPtr<nuint> Dacl,
        GuestPtr<byte> DaclDefaulted)
    {
        if (DescriptorView.Read(SecurityDescriptor) is not { } view)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        TellList(view, view.Dacl, SE_DACL_PRESENT, DaclPresent, Dacl, DaclDefaulted);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the system list.</summary>
    /// <remarks>Errors: STATUS_UNKNOWN_REVISION.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlGetSaclSecurityDescriptor(
        Executive executive,
        nuint SecurityDescriptor,
        GuestPtr<byte> SaclPresent,
        GuestPtr<nuint> Sacl,
        GuestPtr<byte> SaclDefaulted)
    {
        if (DescriptorView.Read(SecurityDescriptor) is not { } view)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        TellList(view, view.Sacl, SE_SACL_PRESENT, SaclPresent, Sacl, SaclDefaulted);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the owner; NULL when there is none.</summary>
    /// <remarks>Errors: STATUS_UNKNOWN_REVISION.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlGetOwnerSecurityDescriptor(
        Executive executive, nuint SecurityDescriptor, GuestPtr<nuint> Owner, GuestPtr<byte> OwnerDefaulted)
    {
        if (DescriptorView.Read(SecurityDescriptor) is not { } view)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        Owner.Value = view.Owner;
        OwnerDefaulted.Value = Flag(view, SE_OWNER_DEFAULTED);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the primary group; NULL when there is none.</summary>
    /// <remarks>Errors: STATUS_UNKNOWN_REVISION.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlGetGroupSecurityDescriptor(
        Executive executive, nuint SecurityDescriptor, GuestPtr<nuint> Group, GuestPtr<byte> GroupDefaulted)
    {
        if (DescriptorView.Read(SecurityDescriptor) is not { } view)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        Group.Value = view.Group;
        GroupDefaulted.Value = Flag(view, SE_GROUP_DEFAULTED);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the control bits and the revision.</summary>
    /// <remarks>Errors: STATUS_UNKNOWN_REVISION.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlGetControlSecurityDescriptor(
        Executive executive, nuint SecurityDescriptor, GuestPtr<ushort> Control, GuestPtr<uint> Revision)
    {
        Revision.Value = GuestMemory.Read<byte>(SecurityDescriptor);
        if (DescriptorView.Read(SecurityDescriptor) is not { } view)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        Control.Value = view.Control;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Sets control bits that have to do with inheritance.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for other bits.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlSetControlSecurityDescriptor(
        Executive executive,
        GuestPtr<SECURITY_DESCRIPTOR> pSecurityDescriptor,
        ushort ControlBitsOfInterest,
        ushort ControlBitsToSet)
    {
        if ((ControlBitsOfInterest & ~ChangeableControl) != 0
            || (ControlBitsToSet & ~ControlBitsOfInterest) != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        ref var descriptor = ref pSecurityDescriptor.Value;
        descriptor.Control = (ushort)((descriptor.Control & ~ControlBitsOfInterest) | ControlBitsToSet);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS CheckAbsolute(GuestPtr<SECURITY_DESCRIPTOR> descriptor)
    {
        if (descriptor.Value.Revision != SECURITY_DESCRIPTOR_REVISION)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        return (descriptor.Value.Control & SE_SELF_RELATIVE) != 0
            ? NTSTATUS.STATUS_INVALID_SECURITY_DESCR
            : NTSTATUS.STATUS_SUCCESS;
    }

    private static void SetControl(ref SECURITY_DESCRIPTOR descriptor, uint flag, bool isSet) =>
        descriptor.Control = (ushort)(isSet ? descriptor.Control | flag : descriptor.Control & ~flag);

    private static byte Flag(DescriptorView view, uint flag) =>
        (view.Control & flag) != 0 ? (byte)1 : (byte)0;

    // The flag beside "present" is "defaulted", one bit higher.
    private static void TellList(
        DescriptorView view,
        nuint list,
        uint presentFlag,
        GuestPtr<byte> present,
        GuestPtr<nuint> place,
        GuestPtr<byte> defaulted)
    {
        present.Value = Flag(view, presentFlag);
        if (present.Value == 0)
            return;
        place.Value = list;
        defaulted.Value = Flag(view, presentFlag << 1);
    }
}
