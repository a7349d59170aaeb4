// The ways between an interface's LUID, index, GUID, alias and name. It knows nothing about addresses.
// Next: HostTables.cs, which has the interfaces.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Conversion routines of NETIO.SYS.</summary>
public static class InterfaceNameRoutines
{
    private const ushort Ethernet = 6;

    /// <summary>Tells the index of a LUID.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such interface.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceLuidToIndex(
        WskProvider provider, GuestPtr<ulong> InterfaceLuid, GuestPtr<uint> InterfaceIndex)
    {
        if (InterfaceIndex.IsNull || OfLuid(provider, InterfaceLuid) is not { } one)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        InterfaceIndex.Value = one.Index;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the LUID of an index.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such interface.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceIndexToLuid(
        WskProvider provider, uint InterfaceIndex, GuestPtr<ulong> InterfaceLuid) =>
        Put(InterfaceLuid, MibTableRoutines.Find(provider, 0, InterfaceIndex));

    /// <summary>Tells the GUID of a LUID.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such interface.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceLuidToGuid(
        WskProvider provider, GuestPtr<ulong> InterfaceLuid, GuestPtr<Guid> InterfaceGuid)
    {
        if (InterfaceGuid.IsNull || OfLuid(provider, InterfaceLuid) is not { } one)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        InterfaceGuid.Value = MibRows.GuidOf(one);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Tells the LUID of a GUID.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such interface.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceGuidToLuid(
        WskProvider provider, GuestPtr<Guid> InterfaceGuid, GuestPtr<ulong> InterfaceLuid)
    {
        if (InterfaceGuid.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var wanted = InterfaceGuid.Value;
        return Put(InterfaceLuid, All(provider).FirstOrDefault(i => MibRows.GuidOf(i) == wanted));
    }

    /// <summary>Tells the alias of a LUID: the name that people use.</summary>
    /// <remarks>Units: characters. Errors: STATUS_INVALID_PARAMETER; STATUS_NO_MEMORY when it does not fit.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceLuidToAlias(
        WskProvider provider, GuestPtr<ulong> InterfaceLuid, nuint InterfaceAlias, nuint Length) =>
        Put(InterfaceAlias, Length, OfLuid(provider, InterfaceLuid)?.Name);

    /// <summary>Tells the LUID of an alias.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such interface.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceAliasToLuid(
        WskProvider provider, nuint InterfaceAlias, GuestPtr<ulong> InterfaceLuid) =>
        Put(InterfaceLuid, Named(provider, InterfaceAlias, i => i.Name));

    /// <summary>Tells the system's name of a LUID, such as ethernet_2.</summary>
    /// <remarks>Units: characters. Errors: STATUS_INVALID_PARAMETER; STATUS_NO_MEMORY when it does not fit.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceLuidToNameW(
        WskProvider provider, GuestPtr<ulong> InterfaceLuid, nuint InterfaceName, nuint Length) =>
        Put(InterfaceName, Length, OfLuid(provider, InterfaceLuid) is { } one ? SystemName(one) : null);

    /// <summary>Tells the LUID of a system's name.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such interface.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ConvertInterfaceNameToLuidW(
        WskProvider provider, nuint InterfaceName, GuestPtr<ulong> InterfaceLuid) =>
        Put(InterfaceLuid, Named(provider, InterfaceName, SystemName));

    private static string SystemName(NetworkInterfaceInfo one) => one.InterfaceType switch
    {
        Ethernet => $"ethernet_{one.Index}",
        NetworkInterfaceInfo.LoopbackType => $"loopback_{one.Index}",
        _ => $"iftype{one.InterfaceType}_{one.Index}",
    };

    private static IReadOnlyList<NetworkInterfaceInfo> All(WskProvider provider) =>
        HostTables.Take(provider.Transport).Interfaces;

    private static NetworkInterfaceInfo? OfLuid(WskProvider provider, GuestPtr<ulong> luid) =>
        luid.IsNull || luid.Value == 0 ? null : MibTableRoutines.Find(provider, luid.Value, 0);

    private static NetworkInterfaceInfo? Named(
        WskProvider provider, nuint name, Func<NetworkInterfaceInfo, string> nameOf)
    {
        if (name == 0)
            return null;
        var wanted = GuestMemory.WideZ(name).ToString();
        return All(provider).FirstOrDefault(
            i => nameOf(i).Equals(wanted, StringComparison.OrdinalIgnoreCase));
    }

    private static NTSTATUS Put(GuestPtr<ulong> place, NetworkInterfaceInfo? one)
    {
        if (place.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        place.Value = one is null ? 0 : MibRows.LuidOf(one);
        return one is null ? NTSTATUS.STATUS_INVALID_PARAMETER : NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS Put(nuint place, nuint roomChars, string? text)
    {
        if (place == 0 || text is null)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (roomChars <= (nuint)text.Length)
            return NTSTATUS.STATUS_NO_MEMORY;
        var room = GuestMemory.Chars(place, text.Length + 1);
        text.CopyTo(room);
        room[^1] = '\0';
        return NTSTATUS.STATUS_SUCCESS;
    }
}
