// A security descriptor in guest memory, absolute or self-relative, as the addresses of its parts. It knows
// nothing about what the parts say: SidText.cs, AclView.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Where the parts of a descriptor are; 0 for a part that is not there.</summary>
public readonly record struct DescriptorView(
    nuint Address, ushort Control, nuint Owner, nuint Group, nuint Sacl, nuint Dacl)
{
    internal const int RelativeBytes = 20;
    internal const int AbsoluteBytes = 40;

    public bool IsRelative => (Control & SE_SELF_RELATIVE) != 0;

    public bool HasDacl => (Control & SE_DACL_PRESENT) != 0;

    /// <summary>The descriptor at an address; null for another revision.</summary>
    public static DescriptorView? Read(nuint address)
    {
        if (address == 0 || GuestMemory.Read<byte>(address) != SECURITY_DESCRIPTOR_REVISION)
            return null;
        var control = GuestMemory.Read<ushort>(address + 2);
        if ((control & SE_SELF_RELATIVE) == 0)
        {
            var absolute = GuestMemory.Read<SECURITY_DESCRIPTOR>(address);
            return new DescriptorView(
                address, control, absolute.Owner, absolute.Group,
                (control & SE_SACL_PRESENT) != 0 ? absolute.Sacl : 0,
                (control & SE_DACL_PRESENT) != 0 ? absolute.Dacl : 0);
        }
        var relative = GuestMemory.Read<SECURITY_DESCRIPTOR_RELATIVE>(address);
        return new DescriptorView(
            address, control, At(address, relative.Owner), At(address, relative.Group),
            (control & SE_SACL_PRESENT) != 0 ? At(address, relative.Sacl) : 0,
            (control & SE_DACL_PRESENT) != 0 ? At(address, relative.Dacl) : 0);
    }

    /// <summary>Whether every part is well formed.</summary>
    public bool IsValid() =>
        (Owner == 0 || SidText.IsValid(Owner)) && (Group == 0 || SidText.IsValid(Group))
        && (Sacl == 0 || AclView.Read(Sacl) is not null) && (Dacl == 0 || AclView.Read(Dacl) is not null);

    /// <summary>Whether a self-relative descriptor and its parts lie within a length.</summary>
    public bool FitsIn(uint lengthBytes)
    {
        if (!IsRelative || lengthBytes < RelativeBytes)
            return false;
        return SidFits(Owner, lengthBytes) && SidFits(Group, lengthBytes)
            && AclFits(Sacl, lengthBytes) && AclFits(Dacl, lengthBytes);
    }

    /// <summary>Length of the parts without the head, each rounded up to four. Units: bytes.</summary>
    internal int PartsBytes() =>
        SidBytes(Owner) + SidBytes(Group) + AclBytes(Sacl) + AclBytes(Dacl);

    internal static int SidBytes(nuint sid) => sid == 0 ? 0 : (SidText.LengthAt(sid) + 3) & ~3;

    internal static int AclBytes(nuint acl) => acl == 0 ? 0 : (GuestMemory.Read<ushort>(acl + 2) + 3) & ~3;

    private static nuint At(nuint address, uint offset) => offset == 0 ? 0 : address + offset;

    private bool SidFits(nuint sid, uint length) =>
        sid == 0 || (Room(sid, length) is var room && room >= SidText.HeaderBytes && SidText.IsValid(sid,
            room));

    private bool AclFits(nuint acl, uint length) =>
        acl == 0 || (Room(acl, length) is var room && room >= AclView.HeaderBytes
            && AclView.Read(acl, room) is not null);

    // Parts may not lie in the head, as Windows checks too.
    private int Room(nuint part, uint length)
    {
        var offset = part - Address;
        return offset < RelativeBytes || offset > length ? 0 : (int)Math.Min(length - offset, int.MaxValue);
    }
}
