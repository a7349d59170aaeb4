// The two forms of a descriptor and the ways between them: pointers to parts, or offsets behind the head. It
// knows nothing about what parts say. Next: DescriptorComposer.cs, which lays parts out.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl between the forms of a descriptor.</summary>
public static class DescriptorFormRoutines
{
    /// <summary>Makes the self-relative form of an absolute descriptor.</summary>
    /// <remarks>
    /// Errors: STATUS_BAD_DESCRIPTOR_FORMAT when it is self-relative; STATUS_BUFFER_TOO_SMALL with the length
    /// told; STATUS_UNKNOWN_REVISION.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlAbsoluteToSelfRelativeSD(
        Executive executive,
        nuint AbsoluteSecurityDescriptor,
        nuint SelfRelativeSecurityDescriptor,
        GuestPtr<uint> BufferLength)
    {
        if (DescriptorView.Read(AbsoluteSecurityDescriptor) is not { } view)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        if (view.IsRelative)
            return NTSTATUS.STATUS_BAD_DESCRIPTOR_FORMAT;
        if (!view.IsValid())
            return NTSTATUS.STATUS_INVALID_SECURITY_DESCR;
        var bytes = DescriptorComposer.From(view);
        var room = BufferLength.Value;
        BufferLength.Value = (uint)bytes.Length;
        if (room < bytes.Length)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        bytes.CopyToGuest(GuestMemory.Span(SelfRelativeSecurityDescriptor, bytes.Length));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes the absolute form of a self-relative descriptor, each part in a buffer of its
    /// own.</summary>
    /// <remarks>
    /// Errors: STATUS_BAD_DESCRIPTOR_FORMAT when it is absolute; STATUS_BUFFER_TOO_SMALL with every length
    /// told; STATUS_UNKNOWN_REVISION.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlSelfRelativeToAbsoluteSD(
        Executive executive,
        nuint SelfRelativeSecurityDescriptor,
        GuestPtr<SECURITY_DESCRIPTOR> AbsoluteSecurityDescriptor,
        GuestPtr<uint> AbsoluteSecurityDescriptorSize,
        nuint Dacl,
        GuestPtr<uint> DaclSize,
        nuint Sacl,
        GuestPtr<uint> SaclSize,
        nuint Owner,
        GuestPtr<uint> OwnerSize,
        nuint PrimaryGroup,
        GuestPtr<uint> PrimaryGroupSize)
    {
        if (DescriptorView.Read(SelfRelativeSecurityDescriptor) is not { } view)
            return NTSTATUS.STATUS_UNKNOWN_REVISION;
        if (!view.IsRelative)
            return NTSTATUS.STATUS_BAD_DESCRIPTOR_FORMAT;
        if (!view.IsValid())
            return NTSTATUS.STATUS_INVALID_SECURITY_DESCR;
        // Every length is told, so that one failed call is enough: no short cut.
        var fits = Fits(AbsoluteSecurityDescriptorSize, DescriptorView.AbsoluteBytes)
            & Fits(DaclSize, DescriptorView.AclBytes(view.Dacl))
            & Fits(SaclSize, DescriptorView.AclBytes(view.Sacl))
            & Fits(OwnerSize, DescriptorView.SidBytes(view.Owner))
            & Fits(PrimaryGroupSize, DescriptorView.SidBytes(view.Group));
        if (!fits)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        AbsoluteSecurityDescriptor.Value = new SECURITY_DESCRIPTOR
        {
            Revision = (byte)SECURITY_DESCRIPTOR_REVISION,
            Control = (ushort)(view.Control & ~SE_SELF_RELATIVE),
            Owner = Copy(view.Owner, Owner, DescriptorView.SidBytes(view.Owner)),
            Group = Copy(view.Group, PrimaryGroup, DescriptorView.SidBytes(view.Group)),
            Sacl = Copy(view.Sacl, Sacl, DescriptorView.AclBytes(view.Sacl)),
            Dacl = Copy(view.Dacl, Dacl, DescriptorView.AclBytes(view.Dacl)),
        };
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static bool Fits(GuestPtr<uint> place, int lengthBytes)
    {
        var room = place.Value;
        place.Value = (uint)lengthBytes;
        return room >= lengthBytes;
    }

    private static nuint Copy(nuint from, nuint to, int lengthBytes)
    {
        if (from == 0)
            return 0;
        GuestMemory.Span(from, lengthBytes).CopyToGuest(GuestMemory.Span(to, lengthBytes));
        return to;
    }
}
