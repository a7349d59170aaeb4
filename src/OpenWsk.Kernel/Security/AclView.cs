// An access control list in guest memory as entries, read once with every length checked. It knows nothing
// about what entries grant: AccessCheck.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>One entry of a list.</summary>
/// <param name="Type">ACCESS_ALLOWED_ACE_TYPE and its like.</param>
/// <param name="Flags">Inheritance flags.</param>
/// <param name="Mask">The rights.</param>
/// <param name="Sid">Whom it is about; empty for a type without a SID at the usual place.</param>
public readonly record struct AclEntry(uint Type, byte Flags, uint Mask, string Sid);

/// <summary>Reads lists.</summary>
public static class AclView
{
    internal const int HeaderBytes = 8;
    internal const int EntryHeaderBytes = 4;

    // Header and mask stand before the SID of allowing, denying and auditing entries.
    internal const int SidOffset = 8;
    private const byte RevisionMin = 2;
    private const byte RevisionMax = 4;

    /// <summary>The entries in order; null when the list is malformed or longer than its room.</summary>
    public static IReadOnlyList<AclEntry>? Read(nuint acl, int roomBytes = int.MaxValue)
    {
        if (!HasHeader(acl, roomBytes))
            return null;
        var size = GuestMemory.Read<ushort>(acl + 2);
        var count = GuestMemory.Read<ushort>(acl + 4);
        var entries = new List<AclEntry>();
        var at = HeaderBytes;
        for (var i = 0; i < count; i++)
        {
            if (at + EntryHeaderBytes > size || !TryReadEntry(acl + (nuint)at, size - at, out var entry))
                return null;
            entries.Add(entry);
            at += GuestMemory.Read<ushort>(acl + (nuint)at + 2);
        }
        return entries;
    }

    /// <summary>
    /// The place of an entry and how far all entries before it reach; false when there is no such entry.
    /// </summary>
    internal static bool TryLocate(nuint acl, uint index, out int offset)
    {
        offset = HeaderBytes;
        var size = GuestMemory.Read<ushort>(acl + 2);
        if (index > GuestMemory.Read<ushort>(acl + 4))
            return false;
        for (var i = 0u; i < index; i++)
        {
            if (offset + EntryHeaderBytes > size)
                return false;
            var length = GuestMemory.Read<ushort>(acl + (nuint)offset + 2);
            if (length < EntryHeaderBytes || offset + length > size)
                return false;
            offset += length;
        }
        return true;
    }

    internal static bool HasHeader(nuint acl, int roomBytes = int.MaxValue) =>
        acl != 0 && roomBytes >= HeaderBytes
        && GuestMemory.Read<byte>(acl) is >= RevisionMin and <= RevisionMax
        && GuestMemory.Read<ushort>(acl + 2) is var size && size >= HeaderBytes && size <= roomBytes;

    private static bool TryReadEntry(nuint ace, int roomBytes, out AclEntry entry)
    {
        uint type = GuestMemory.Read<byte>(ace);
        var length = GuestMemory.Read<ushort>(ace + 2);
        entry = new AclEntry(type, GuestMemory.Read<byte>(ace + 1), 0, "");
        if (length < EntryHeaderBytes || length > roomBytes)
            return false;
        if (type is not (ACCESS_ALLOWED_ACE_TYPE or ACCESS_DENIED_ACE_TYPE or SYSTEM_AUDIT_ACE_TYPE))
            return true;
        if (length < SidOffset + SidText.HeaderBytes
            || SidText.Read(ace + SidOffset, length - SidOffset) is not { } sid)
            return false;
        entry = entry with { Mask = GuestMemory.Read<uint>(ace + 4), Sid = sid };
        return true;
    }
}
