// Security identifiers as drivers make and compare them: Rtl…Sid. Identifiers of the guest are checked before
// they are followed. It knows nothing about who they are.
using OpenWsk.Abi;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>SID routines of ntoskrnl.</summary>
public static class SidRoutines
{
    private const int CountOffset = 1;
    private const int AuthorityOffset = 2;

    /// <summary>Length that a SID with so many subauthorities needs. Units: bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlLengthRequiredSid(Executive executive, uint SubAuthorityCount) =>
        unchecked(SidText.HeaderBytes + (4 * SubAuthorityCount));

    /// <summary>Length of a SID. Units: bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlLengthSid(Executive executive, nuint Sid) => (uint)SidText.LengthAt(Sid);

    /// <summary>Whether a SID's head is one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlValidSid(Executive executive, nuint Sid) =>
        SidText.IsValid(Sid) ? (byte)1 : (byte)0;

    /// <summary>Begins a SID; the caller fills in the subauthorities.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for more than fifteen.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlInitializeSid(
        Executive executive, nuint Sid, nuint IdentifierAuthority, byte SubAuthorityCount)
    {
        if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        GuestMemory.Write(Sid, (byte)SID_REVISION);
        GuestMemory.Write(Sid + CountOffset, SubAuthorityCount);
        GuestMemory.Span(IdentifierAuthority, 6).CopyToGuest(GuestMemory.Span(Sid + AuthorityOffset, 6));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes a SID with its subauthorities, which follow as arguments.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for more than fifteen.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlInitializeSidEx(
        Executive executive, nuint Sid, nuint IdentifierAuthority, byte SubAuthorityCount, VaList arguments)
    {
        var status = RtlInitializeSid(executive, Sid, IdentifierAuthority, SubAuthorityCount);
        for (var i = 0; status.IsSuccess() && i < SubAuthorityCount; i++)
            GuestMemory.Write(Sid + (nuint)SidText.LengthOf(i), (uint)arguments.Next());
        return status;
    }

    /// <summary>Place of a subauthority.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlSubAuthoritySid(Executive executive, nuint Sid, uint SubAuthority) =>
        Sid + SidText.HeaderBytes + (4 * (nuint)SubAuthority);

    /// <summary>Place of the number of subauthorities.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlSubAuthorityCountSid(Executive executive, nuint Sid) => Sid + CountOffset;

    /// <summary>Place of the authority.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlIdentifierAuthoritySid(Executive executive, nuint Sid) => Sid + AuthorityOffset;

    /// <summary>Copies a SID.</summary>
    /// <remarks>Errors: STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_SID.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlCopySid(
        Executive executive, uint DestinationSidLength, nuint DestinationSid, nuint SourceSid)
    {
        if (!SidText.IsValid(SourceSid))
            return NTSTATUS.STATUS_INVALID_SID;
        var length = SidText.LengthAt(SourceSid);
        if (length > DestinationSidLength)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        GuestMemory.Span(SourceSid, length).CopyToGuest(GuestMemory.Span(DestinationSid, length));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Whether two SIDs are the same.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlEqualSid(Executive executive, nuint Sid1, nuint Sid2) =>
        IsEqual(Sid1, Sid2, 0) ? (byte)1 : (byte)0;

    /// <summary>Whether two SIDs are the same but for their last subauthority.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlEqualPrefixSid(Executive executive, nuint Sid1, nuint Sid2) =>
        IsEqual(Sid1, Sid2, GuestMemory.Read<byte>(Sid1 + CountOffset) == 0 ? 0 : 4) ? (byte)1 : (byte)0;

    /// <summary>Writes a SID as text.</summary>
    /// <remarks>
    /// Owns: with AllocateDestinationString the caller frees the string with RtlFreeUnicodeString.
    /// Errors: STATUS_INVALID_SID; STATUS_BUFFER_OVERFLOW when the text does not fit; STATUS_NO_MEMORY.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlConvertSidToUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> UnicodeString,
        nuint Sid,
        byte AllocateDestinationString) =>
        SidText.Read(Sid) is { } text
            ? UnicodeText.Put(executive, UnicodeString, text, AllocateDestinationString != 0)
            : NTSTATUS.STATUS_INVALID_SID;

    private static bool IsEqual(nuint left, nuint right, int lessBytes)
    {
        if (GuestMemory.Read<ushort>(left) != GuestMemory.Read<ushort>(right))
            return false;
        var length = SidText.LengthAt(left) - lessBytes;
        return GuestMemory.Span(left, length).SequenceEqual(GuestMemory.Span(right, length));
    }
}
