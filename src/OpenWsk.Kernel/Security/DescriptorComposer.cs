// Lays the parts of a descriptor out in self-relative form: owner, group, system list, discretionary list. It
// knows nothing about where the parts come from.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>Makes self-relative descriptors.</summary>
internal static class DescriptorComposer
{
    /// <summary>The self-relative form of a descriptor whose parts are well formed.</summary>
    public static byte[] From(DescriptorView view) => Compose(
        view.Control, SidAt(view.Owner), SidAt(view.Group), AclAt(view.Sacl), AclAt(view.Dacl));

    /// <summary>A descriptor of parts; null for a part that is not there.</summary>
    public static byte[] Compose(ushort control, byte[]? owner, byte[]? group, byte[]? sacl, byte[]? dacl)
    {
        var bytes = new List<byte>(new byte[DescriptorView.RelativeBytes]);
        var offsets = new uint[4];
        byte[]?[] parts = [owner, group, sacl, dacl];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is not { } part)
                continue;
            offsets[i] = (uint)bytes.Count;
            bytes.AddRange(part);
            while (bytes.Count % 4 != 0)
                bytes.Add(0);
        }
        var head = new SECURITY_DESCRIPTOR_RELATIVE
        {
            Revision = (byte)SECURITY_DESCRIPTOR_REVISION,
            Control = (ushort)(control | SE_SELF_RELATIVE),
            Owner = offsets[0],
            Group = offsets[1],
            Sacl = offsets[2],
            Dacl = offsets[3],
        };
        var all = bytes.ToArray();
        System.Runtime.InteropServices.MemoryMarshal.Write(all, in head);
        return all;
    }

    /// <summary>A list of entries that allow.</summary>
    public static byte[] AclOf(IEnumerable<AclEntry> entries)
    {
        var bytes = new List<byte>(new byte[AclView.HeaderBytes]);
        var count = 0;
        foreach (var entry in entries)
        {
            var sid = SidText.Bytes(entry.Sid);
            bytes.AddRange([(byte)entry.Type, entry.Flags]);
            bytes.AddRange(BitConverter.GetBytes((ushort)(AclView.SidOffset + sid.Length)));
            bytes.AddRange(BitConverter.GetBytes(entry.Mask));
            bytes.AddRange(sid);
            count++;
        }
        var all = bytes.ToArray();
        var head = new ACL
        {
            AclRevision = (byte)ACL_REVISION,
            AclSize = (ushort)all.Length,
            AceCount = (ushort)count,
        };
        System.Runtime.InteropServices.MemoryMarshal.Write(all, in head);
        return all;
    }

    public static byte[]? SidAt(nuint sid) =>
        sid == 0 ? null : GuestMemory.Span(sid, SidText.LengthAt(sid)).ToArray();

    public static byte[]? AclAt(nuint acl) =>
        acl == 0 ? null : GuestMemory.Span(acl, GuestMemory.Read<ushort>(acl + 2)).ToArray();
}
