// A security descriptor as a value: what the access check needs of it, read once from guest memory in
// absolute or self-relative form by the kernel's views, which refuse what is malformed.
// It knows nothing about caching: see SecurityDescriptorCache.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>One entry of a discretionary list: who, and whether allowed or denied.</summary>
public readonly record struct AccessEntry(bool IsAllowed, string Sid);

/// <summary>The access rules of a socket's local address.</summary>
public sealed class SecurityDescriptor
{
    private const uint AllowedAce = WdmConstants.ACCESS_ALLOWED_ACE_TYPE;

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
        if (DescriptorView.Read(address) is not { } view)
            return null;
        if (view.Dacl == 0)
            return new SecurityDescriptor(null);
        return AclView.Read(view.Dacl) is { } entries
            ? new SecurityDescriptor(
                [.. entries.Where(Decides).Select(e => new AccessEntry(e.Type == AllowedAce, e.Sid))])
            : null;
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

    private static bool Decides(AclEntry entry) =>
        entry.Type is AllowedAce or WdmConstants.ACCESS_DENIED_ACE_TYPE;
}
