// Access control lists as drivers build and read them. A list's own length bounds everything; entries are
// never followed past it. It knows nothing about what entries grant: AccessCheck.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>List routines of ntoskrnl.</summary>
public static class AclRoutines
{
    private const uint EndOfList = uint.MaxValue;

    /// <summary>Begins an empty list.</summary>
    /// <remarks>
    /// Errors: STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_PARAMETER for another revision or too long a list.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlCreateAcl(Executive executive, nuint Acl, uint AclLength, uint AclRevision)
    {
        if (AclLength < AclView.HeaderBytes)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        if (AclRevision is < ACL_REVISION or > ACL_REVISION_DS || AclLength > ushort.MaxValue)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        GuestMemory.Write(Acl, new ACL
        {
            AclRevision = (byte)AclRevision,
            AclSize = (ushort)(AclLength & ~3u),
        });
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Adds an entry that allows.</summary>
    /// <remarks>
    /// Errors: STATUS_ALLOTTED_SPACE_EXCEEDED; STATUS_INVALID_ACL; STATUS_INVALID_SID;
    /// STATUS_REVISION_MISMATCH.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAddAccessAllowedAce(
        Executive executive, nuint Acl, uint AceRevision, uint AccessMask, nuint Sid) =>
        AddKnown(Acl, AceRevision, ACCESS_ALLOWED_ACE_TYPE, 0, AccessMask, Sid);

    /// <summary>Adds an entry that allows, with inheritance flags.</summary>
    /// <remarks>Errors: those of RtlAddAccessAllowedAce.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAddAccessAllowedAceEx(
        Executive executive, nuint Acl, uint AceRevision, uint AceFlags, uint AccessMask, nuint Sid) =>
        AddKnown(Acl, AceRevision, ACCESS_ALLOWED_ACE_TYPE, AceFlags, AccessMask, Sid);

    /// <summary>Adds an entry that denies.</summary>
    /// <remarks>Errors: those of RtlAddAccessAllowedAce.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAddAccessDeniedAce(
        Executive executive, nuint Acl, uint AceRevision, uint AccessMask, nuint Sid) =>
        AddKnown(Acl, AceRevision, ACCESS_DENIED_ACE_TYPE, 0, AccessMask, Sid);

    /// <summary>Adds an entry that denies, with inheritance flags.</summary>
    /// <remarks>Errors: those of RtlAddAccessAllowedAce.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAddAccessDeniedAceEx(
        Executive executive, nuint Acl, uint AceRevision, uint AceFlags, uint AccessMask, nuint Sid) =>
        AddKnown(Acl, AceRevision, ACCESS_DENIED_ACE_TYPE, AceFlags, AccessMask, Sid);

    /// <summary>Puts ready entries into a list, before the one with an index.</summary>
    /// <remarks>
    /// Errors: STATUS_INVALID_PARAMETER for damaged entries or a damaged list; STATUS_BUFFER_TOO_SMALL.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAddAce(
        Executive executive,
        nuint Acl,
        uint AceRevision,
        uint StartingAceIndex,
        nuint AceList,
        uint AceListLength)
    {
        if (!AclView.HasHeader(Acl) || AceListLength > ushort.MaxValue
            || CountEntries(AceList, (int)AceListLength) is not { } added
            || !AclView.TryLocate(Acl, GuestMemory.Read<ushort>(Acl + 4), out var end))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var size = GuestMemory.Read<ushort>(Acl + 2);
        if (end + AceListLength > size)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        var at = end;
        if (StartingAceIndex != EndOfList && !AclView.TryLocate(Acl, StartingAceIndex, out at))
            at = end;
        var list = GuestMemory.Span(Acl, size);
        list[at..end].CopyTo(list[(at + (int)AceListLength)..]);
        GuestMemory.Span(AceList, (int)AceListLength).CopyToGuest(list[at..]);
        GuestMemory.Write(Acl + 4, (ushort)(GuestMemory.Read<ushort>(Acl + 4) + added));
        GuestMemory.Write(Acl, Math.Max(GuestMemory.Read<byte>(Acl), (byte)AceRevision));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes an entry out.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such entry, or the list is
    /// damaged.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlDeleteAce(Executive executive, nuint Acl, uint AceIndex)
    {
        if (!TryFind(Acl, AceIndex, out var at)
            || !AclView.TryLocate(Acl, GuestMemory.Read<ushort>(Acl + 4), out var end))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var length = GuestMemory.Read<ushort>(Acl + (nuint)at + 2);
        var list = GuestMemory.Span(Acl, end);
        list[(at + length)..].CopyTo(list[at..]);
        list[(end - length)..].Clear();
        GuestMemory.Write(Acl + 4, (ushort)(GuestMemory.Read<ushort>(Acl + 4) - 1));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells where an entry is.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such entry, or the list is
    /// damaged.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlGetAce(Executive executive, nuint Acl, uint AceIndex, GuestPtr<nuint> Ace)
    {
        if (!TryFind(Acl, AceIndex, out var at))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Ace.Value = Acl + (nuint)at;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Replaces the generic rights of a mask by a kind's own.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlMapGenericMask(
        Executive executive, GuestPtr<uint> AccessMask, nuint GenericMapping) =>
        AccessMask.Value = Kernel.GenericMapping.At(GenericMapping).Map(AccessMask.Value);

    private static bool TryFind(nuint acl, uint index, out int offset)
    {
        offset = 0;
        return AclView.HasHeader(acl) && index < GuestMemory.Read<ushort>(acl + 4)
            && AclView.TryLocate(acl, index, out offset) && AclView.TryLocate(acl, index + 1, out _);
    }

    private static NTSTATUS AddKnown(
        nuint acl, uint revision, uint type, uint flags, uint mask, nuint sid)
    {
        if (!AclView.HasHeader(acl)
            || !AclView.TryLocate(acl, GuestMemory.Read<ushort>(acl + 4), out var end))
            return NTSTATUS.STATUS_INVALID_ACL;
        if (!SidText.IsValid(sid))
            return NTSTATUS.STATUS_INVALID_SID;
        if (revision is < ACL_REVISION or > ACL_REVISION_DS)
            return NTSTATUS.STATUS_REVISION_MISMATCH;
        var length = AclView.SidOffset + SidText.LengthAt(sid);
        if (end + length > GuestMemory.Read<ushort>(acl + 2))
            return NTSTATUS.STATUS_ALLOTTED_SPACE_EXCEEDED;
        var ace = acl + (nuint)end;
        GuestMemory.Write(
            ace, new ACE_HEADER { AceType = (byte)type, AceFlags = (byte)flags, AceSize = (ushort)length });
        GuestMemory.Write(ace + 4, mask);
        GuestMemory.Span(sid, length - AclView.SidOffset)
            .CopyToGuest(GuestMemory.Span(ace + AclView.SidOffset, length - AclView.SidOffset));
        GuestMemory.Write(acl + 4, (ushort)(GuestMemory.Read<ushort>(acl + 4) + 1));
        GuestMemory.Write(acl, Math.Max(GuestMemory.Read<byte>(acl), (byte)revision));
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static int? CountEntries(nuint list, int lengthBytes)
    {
        var count = 0;
        for (var at = 0; at < lengthBytes; count++)
        {
            if (lengthBytes - at < AclView.EntryHeaderBytes)
                return null;
            var length = GuestMemory.Read<ushort>(list + (nuint)at + 2);
            if (length < AclView.EntryHeaderBytes || length > lengthBytes - at)
                return null;
            at += length;
        }
        return count;
    }
}
