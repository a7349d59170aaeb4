// Whether a token may do what it asks with an object: the order of Windows' own check: privileges, the
// owner's
// rights, then the entries of the discretionary list in order, each deciding the rights that are still open.
// It knows nothing about guest memory but through its views. Next: SeAccessRoutines.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>What the generic rights mean for a kind of object.</summary>
public readonly record struct GenericMapping(uint Read, uint Write, uint Execute, uint All)
{
    /// <summary>The mapping at an address.</summary>
    public static GenericMapping At(nuint address) => new(
        GuestMemory.Read<uint>(address), GuestMemory.Read<uint>(address + 4),
        GuestMemory.Read<uint>(address + 8), GuestMemory.Read<uint>(address + 12));

    /// <summary>The mask with the kind's own rights in place of the generic ones.</summary>
    public uint Map(uint mask)
    {
        if ((mask & GENERIC_READ) != 0)
            mask |= Read;
        if ((mask & GENERIC_WRITE) != 0)
            mask |= Write;
        if ((mask & GENERIC_EXECUTE) != 0)
            mask |= Execute;
        if ((mask & GENERIC_ALL) != 0)
            mask |= All;
        return mask & ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
    }
}

/// <summary>Evaluates discretionary lists.</summary>
public static class AccessCheck
{
    internal const uint SecurityPrivilege = 8;
    internal const uint TakeOwnershipPrivilege = 9;
    private const string OwnerRights = "S-1-3-4";
    private const byte InheritOnly = 0x08;

    /// <summary>Whether the rights are granted; the granted ones are told.</summary>
    /// <remarks>
    /// Errors: STATUS_ACCESS_DENIED; STATUS_PRIVILEGE_NOT_HELD for ACCESS_SYSTEM_SECURITY.
    /// Divergence from Windows: object-type entries, conditions, integrity labels and restricted tokens are
    /// not evaluated; entries of those types grant and deny nothing.
    /// </remarks>
    public static NTSTATUS Evaluate(
        DescriptorView descriptor,
        AccessToken token,
        uint desired,
        uint previous,
        GenericMapping mapping,
        out uint granted)
    {
        granted = 0;
        var wantsMaximum = (desired & MAXIMUM_ALLOWED) != 0;
        var wanted = mapping.Map(desired & ~MAXIMUM_ALLOWED) & ~previous;
        var given = previous;
        if ((wanted & ACCESS_SYSTEM_SECURITY) != 0)
        {
            if (!token.Privileges.Contains(SecurityPrivilege))
                return NTSTATUS.STATUS_PRIVILEGE_NOT_HELD;
            given |= ACCESS_SYSTEM_SECURITY;
        }
        if (((wanted & WRITE_OWNER) != 0 || wantsMaximum)
            && token.Privileges.Contains(TakeOwnershipPrivilege))
            given |= WRITE_OWNER;
        var isOpen = !descriptor.HasDacl || descriptor.Dacl == 0;
        if (isOpen)
        {
            given |= wanted | (wantsMaximum ? mapping.All : 0);
        }
        else
        {
            if (AclView.Read(descriptor.Dacl) is not { } entries)
                return NTSTATUS.STATUS_ACCESS_DENIED;
            given |= Walk(descriptor, entries, token, wantsMaximum ? uint.MaxValue : wanted & ~given,
                mapping);
        }
        if ((wanted & ~given) != 0 || (wantsMaximum && given == 0))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        granted = wantsMaximum ? given : (given & (wanted | previous));
        return NTSTATUS.STATUS_SUCCESS;
    }

    // Each right is decided by the first entry that names it.
    private static uint Walk(
        DescriptorView descriptor,
        IReadOnlyList<AclEntry> entries,
        AccessToken token,
        uint open,
        GenericMapping mapping)
    {
        var isOwner = descriptor.Owner != 0 && SidText.Read(descriptor.Owner) is { } owner
            && token.Has(owner);
        var given = 0u;
        if (isOwner && !entries.Any(e => e.Sid == OwnerRights && (e.Flags & InheritOnly) == 0))
        {
            given = (READ_CONTROL | WRITE_DAC) & open;
            open &= ~given;
        }
        foreach (var entry in entries)
        {
            var applies = (entry.Flags & InheritOnly) == 0
                && (token.Has(entry.Sid) || (isOwner && entry.Sid == OwnerRights));
            if (!applies)
                continue;
            var rights = mapping.Map(entry.Mask) & open;
            if (entry.Type == ACCESS_ALLOWED_ACE_TYPE)
                given |= rights;
            if (entry.Type is ACCESS_ALLOWED_ACE_TYPE or ACCESS_DENIED_ACE_TYPE)
                open &= ~rights;
        }
        return given;
    }
}
