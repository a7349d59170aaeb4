// A security descriptor as a value: what the access check needs of it, read once from guest memory in
// absolute or self-relative form. Every read is bounded; a malformed descriptor is refused, not followed.
// It knows nothing about caching: see SecurityDescriptorCache.cs.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>One entry of a discretionary list: who, and whether allowed or denied.</summary>
public readonly record struct AccessEntry(bool IsAllowed, string Sid);

/// <summary>The access rules of a socket's local address.</summary>
public sealed class SecurityDescriptor
{
    private const ushort SelfRelative = 0x8000;
    private const ushort DaclPresent = 0x0004;
    private const byte AceAllowed = 0;
    private const byte AceDenied = 1;

    private SecurityDescriptor(IReadOnlyList<AccessEntry>? entries) => Entries = entries;

    /// <summary>
    /// OPEN-47: the default descriptor grants nobody, so the address is not shared (SD-17).
    /// </summary>
    public static SecurityDescriptor GrantsNobody { get; } = new([]);

    /// <summary>Entries in order; null is a NULL discretionary list, which grants everybody.</summary>
    public IReadOnlyList<AccessEntry>? Entries { get; }

    /// <summary>Reads a descriptor; null when it is malformed.</summary>
    public static SecurityDescriptor? Read(nuint address)
    {
        var control = GuestMemory.Read<ushort>(address + 2);
        if (GuestMemory.Read<byte>(address) != 1)
            return null;
        if ((control & DaclPresent) == 0)
            return new SecurityDescriptor(null);
        nuint dacl;
        if ((control & SelfRelative) != 0)
        {
            var offset = GuestMemory.Read<uint>(address + 16);
            dacl = offset == 0 ? 0 : address + offset;
        }
        else
        {
            dacl = GuestMemory.Read<nuint>(address + 32);
        }
        return dacl == 0 ? new SecurityDescriptor(null) : ReadAcl(dacl);
    }

    /// <summary>
    /// Whether a context may share: the first entry that names one of its SIDs decides; without one it may
    /// not. Divergence from Windows: the access mask of an entry is not compared, since the mask that address
    /// sharing asks for is documented nowhere.
    /// </summary>
    public bool Grants(IReadOnlySet<string> sids)
    {
        if (Entries is null)
            return true;
        foreach (var entry in Entries)
        {
            if (sids.Contains(entry.Sid))
                return entry.IsAllowed;
        }
        return false;
    }

    private static SecurityDescriptor? ReadAcl(nuint acl)
    {
        var size = GuestMemory.Read<ushort>(acl + 2);
        var count = GuestMemory.Read<ushort>(acl + 4);
        var entries = new List<AccessEntry>();
        var at = 8;
        for (var i = 0; i < count; i++)
        {
            if (at + 16 > size)
                return null;
            var type = GuestMemory.Read<byte>(acl + (nuint)at);
            var aceSize = GuestMemory.Read<ushort>(acl + (nuint)at + 2);
            if (aceSize < 16 || at + aceSize > size
                || ReadSid(acl + (nuint)at + 8, aceSize - 8) is not { } sid)
                return null;
            if (type is AceAllowed or AceDenied)
                entries.Add(new AccessEntry(type == AceAllowed, sid));
            at += aceSize;
        }
        return new SecurityDescriptor(entries);
    }

    private static string? ReadSid(nuint sid, int roomBytes)
    {
        var count = GuestMemory.Read<byte>(sid + 1);
        if (8 + 4 * count > roomBytes)
            return null;
        ulong authority = 0;
        for (var i = 2; i < 8; i++)
            authority = (authority << 8) | GuestMemory.Read<byte>(sid + (nuint)i);
        var parts = Enumerable.Range(0, count).Select(i => GuestMemory.Read<uint>(sid + 8 + (nuint)(4 * i)));
        return string.Join('-', ["S", "1", $"{authority}", .. parts.Select(p => $"{p}")]);
    }
}
