// What SeQueryInformationToken tells, laid out as ntifs.h has it: structures with the SIDs behind them, in
// one
// block of pool. It knows nothing about who asks.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Answers about a token.</summary>
internal static class TokenInformation
{
    /// <summary>SYSTEM_LUID, the logon session of the system.</summary>
    public const uint SystemLogon = 0x3E7;

    private const uint PoolTag = 0x6B546553; // 'SeTk'
    private const int User = 1;
    private const int Groups = 2;
    private const int Privileges = 3;
    private const int Owner = 4;
    private const int PrimaryGroup = 5;
    private const int Statistics = 10;
    private const int SessionId = 12;
    private const int IntegrityLevel = 25;
    private const int StatisticsBytes = 56;

    // SE_GROUP_MANDATORY, ENABLED_BY_DEFAULT, ENABLED; SE_PRIVILEGE_ENABLED_BY_DEFAULT, ENABLED.
    private const uint GroupAttributes = 7;
    private const uint PrivilegeAttributes = 3;

    // SECURITY_MANDATORY_SYSTEM_RID and SECURITY_MANDATORY_MEDIUM_RID.
    private const uint SystemIntegrity = 0x4000;
    private const uint MediumIntegrity = 0x2000;

    public static NTSTATUS Query(Executive executive, AccessToken token, int kind, nuint place)
    {
        switch (kind)
        {
            case SessionId:
                GuestMemory.Write(place, 0u);
                return NTSTATUS.STATUS_SUCCESS;
            case IntegrityLevel:
                GuestMemory.Write(place, token.IsAdmin ? SystemIntegrity : MediumIntegrity);
                return NTSTATUS.STATUS_SUCCESS;
            case User:
                return WithSids(executive, place, [token.User], 0, true);
            case Groups:
                return WithSids(executive, place, token.Groups, 8, true);
            case Owner:
                return WithSids(executive, place, [token.Owner], 0, false);
            case PrimaryGroup:
                return WithSids(executive, place, [token.User], 0, false);
            case Privileges:
                return WithPrivileges(executive, place, token);
            case Statistics:
                return WithStatistics(executive, place, token);
            default:
                return NTSTATUS.STATUS_INVALID_INFO_CLASS;
        }
    }

    // Addresses of SIDs, each with attributes when asked; a count stands before them when there is a head.
    private static NTSTATUS WithSids(
        Executive executive, nuint place, IReadOnlyList<string> sids, int headBytes, bool hasAttributes)
    {
        var step = hasAttributes ? 16 : 8;
        var bytes = sids.Select(SidText.Bytes).ToList();
        var block = Allocate(executive, headBytes + (sids.Count * step) + bytes.Sum(b => b.Length));
        if (block == 0)
            return NTSTATUS.STATUS_INSUFFICIENT_RESOURCES;
        if (headBytes != 0)
            GuestMemory.Write(block, (uint)sids.Count);
        var entry = block + (nuint)headBytes;
        var sid = entry + (nuint)(sids.Count * step);
        foreach (var one in bytes)
        {
            GuestMemory.Write(entry, sid);
            if (hasAttributes)
                GuestMemory.Write(entry + 8, headBytes == 0 ? 0 : GroupAttributes);
            one.CopyToGuest(GuestMemory.Span(sid, one.Length));
            entry += (nuint)step;
            sid += (nuint)one.Length;
        }
        GuestMemory.Write(place, block);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS WithPrivileges(Executive executive, nuint place, AccessToken token)
    {
        var block = Allocate(executive, 4 + (token.Privileges.Count * 12));
        if (block == 0)
            return NTSTATUS.STATUS_INSUFFICIENT_RESOURCES;
        GuestMemory.Write(block, (uint)token.Privileges.Count);
        var entry = block + 4;
        foreach (var privilege in token.Privileges.Order())
        {
            GuestMemory.Write(entry, (ulong)privilege);
            GuestMemory.Write(entry + 8, PrivilegeAttributes);
            entry += 12;
        }
        GuestMemory.Write(place, block);
        return NTSTATUS.STATUS_SUCCESS;
    }

    // TOKEN_STATISTICS: id, logon session, expiration, type, level, ..., counts of groups and privileges.
    private static NTSTATUS WithStatistics(Executive executive, nuint place, AccessToken token)
    {
        var block = Allocate(executive, StatisticsBytes);
        if (block == 0)
            return NTSTATUS.STATUS_INSUFFICIENT_RESOURCES;
        GuestMemory.Write(block + 8, (ulong)SystemLogon);
        GuestMemory.Write(block + 16, long.MaxValue);
        GuestMemory.Write(block + 24, 1u);
        GuestMemory.Write(block + 40, (uint)token.Groups.Count);
        GuestMemory.Write(block + 44, (uint)token.Privileges.Count);
        GuestMemory.Write(place, block);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static nuint Allocate(Executive executive, int lengthBytes) =>
        executive.Pool.Allocate((nuint)lengthBytes, PoolTag, isPaged: true, isZeroed: true);
}
