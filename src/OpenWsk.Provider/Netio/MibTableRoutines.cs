// Tables and entries of the host's addresses, interfaces and routes, as netioapi.h has them. It knows nothing
// about changes: MibNotifyRoutines.cs. Next: HostTables.cs, which has the answers.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Table routines of NETIO.SYS.</summary>
public static class MibTableRoutines
{
    /// <summary>Makes a table of unicast addresses.</summary>
    /// <remarks>
    /// Owns: the caller frees it with FreeMibTable. Errors: STATUS_NOT_FOUND when there is none;
    /// STATUS_INVALID_PARAMETER for another family.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetUnicastIpAddressTable(
        WskProvider provider, ushort Family, GuestPtr<nuint> Table) =>
        Give(provider, Family, Table, t => t.UnicastOf(Family),
            static (ref MIB_UNICASTIPADDRESS_ROW row, (InterfaceAddress Address,
                NetworkInterfaceInfo On) a) =>
                MibRows.Fill(ref row, a.Address, a.On));

    /// <summary>Fills a row that has an address and an interface.</summary>
    /// <remarks>Errors: STATUS_NOT_FOUND; STATUS_INVALID_PARAMETER without an interface.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetUnicastIpAddressEntry(
        WskProvider provider, GuestPtr<MIB_UNICASTIPADDRESS_ROW> Row)
    {
        if (Row.IsNull || Row.Value is { InterfaceLuid: 0, InterfaceIndex: 0 }
            || !EndpointAddress.TryRead(Row.As<SOCKADDR>(), out var wanted))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var tables = HostTables.Take(provider.Transport);
        if (tables.Find(Row.Value.InterfaceLuid, Row.Value.InterfaceIndex) is not { } on)
            return NTSTATUS.STATUS_NOT_FOUND;
        foreach (var address in tables.Unicast)
        {
            if (address.InterfaceIndex != on.Index || !address.Address.IsSameHost(wanted))
                continue;
            MibRows.Fill(ref Row.Value, address, on);
            return NTSTATUS.STATUS_SUCCESS;
        }
        return NTSTATUS.STATUS_NOT_FOUND;
    }

    /// <summary>Makes a table of interfaces.</summary>
    /// <remarks>Owns: the caller frees it with FreeMibTable.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetIfTable2(WskProvider provider, GuestPtr<nuint> Table) =>
        Give(provider, WskConstants.AF_UNSPEC, Table, t => t.Interfaces,
            static (ref MIB_IF_ROW2 row, NetworkInterfaceInfo one) => MibRows.Fill(ref row, one));

    /// <summary>Makes a table of interfaces; the level makes no difference here.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for an unknown level.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetIfTable2Ex(WskProvider provider, int Level, GuestPtr<nuint> Table) =>
        Level is 0 or 1 ? GetIfTable2(provider, Table) : NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>Fills a row that has a LUID or an index.</summary>
    /// <remarks>Errors: STATUS_NOT_FOUND; STATUS_INVALID_PARAMETER with neither.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetIfEntry2(WskProvider provider, GuestPtr<MIB_IF_ROW2> Row)
    {
        if (Row.IsNull || Row.Value is { InterfaceLuid: 0, InterfaceIndex: 0 })
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (Find(provider, Row.Value.InterfaceLuid, Row.Value.InterfaceIndex) is not { } one)
            return NTSTATUS.STATUS_NOT_FOUND;
        MibRows.Fill(ref Row.Value, one);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>GetIfEntry2 with a level, which makes no difference here.</summary>
    /// <remarks>Errors: those of GetIfEntry2.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetIfEntry2Ex(WskProvider provider, int Level, GuestPtr<MIB_IF_ROW2> Row) =>
        Level is 0 or 1 or 2 ? GetIfEntry2(provider, Row) : NTSTATUS.STATUS_INVALID_PARAMETER;

    /// <summary>Makes a table of interfaces by family.</summary>
    /// <remarks>Owns: the caller frees it with FreeMibTable. Errors: those of the other tables.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetIpInterfaceTable(WskProvider provider, ushort Family, GuestPtr<nuint> Table) =>
        Give(provider, Family, Table, t => t.FamiliesOf(Family),
            static (ref MIB_IPINTERFACE_ROW row, (ushort Family, NetworkInterfaceInfo One) i) =>
                MibRows.Fill(ref row, i.Family, i.One));

    /// <summary>Fills a row that has a family and an interface.</summary>
    /// <remarks>Errors: STATUS_NOT_FOUND; STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetIpInterfaceEntry(WskProvider provider, GuestPtr<MIB_IPINTERFACE_ROW> Row)
    {
        if (Row.IsNull || Row.Value is { InterfaceLuid: 0, InterfaceIndex: 0 }
            || Row.Value.Family is not (WskConstants.AF_INET or WskConstants.AF_INET6))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var tables = HostTables.Take(provider.Transport);
        if (tables.Find(Row.Value.InterfaceLuid, Row.Value.InterfaceIndex) is not { } one
            || !tables.FamiliesOf(Row.Value.Family).Any(i => i.One.Index == one.Index))
            return NTSTATUS.STATUS_NOT_FOUND;
        MibRows.Fill(ref Row.Value, Row.Value.Family, one);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes a table of routes.</summary>
    /// <remarks>Owns: the caller frees it with FreeMibTable. Errors: those of the other tables.</remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetIpForwardTable2(WskProvider provider, ushort Family, GuestPtr<nuint> Table) =>
        Give(provider, Family, Table, t => t.RoutesOf(Family),
            static (ref MIB_IPFORWARD_ROW2 row, (InterfaceRoute Route, NetworkInterfaceInfo On) r) =>
                MibRows.Fill(ref row, r.Route, r.On));

    /// <summary>Tells the route to an address and the address that packets on it come from.</summary>
    /// <remarks>
    /// Errors: STATUS_NETWORK_UNREACHABLE without a route; STATUS_NOT_FOUND for an unknown interface;
    /// STATUS_INVALID_PARAMETER.
    /// </remarks>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS GetBestRoute2(
        WskProvider provider,
        GuestPtr<ulong> InterfaceLuid,
        uint InterfaceIndex,
        GuestPtr<SOCKADDR> SourceAddress,
        GuestPtr<SOCKADDR> DestinationAddress,
        uint AddressSortOptions,
        GuestPtr<MIB_IPFORWARD_ROW2> BestRoute,
        GuestPtr<SOCKADDR_INET> BestSourceAddress)
    {
        if (DestinationAddress.IsNull || BestRoute.IsNull || BestSourceAddress.IsNull
            || !EndpointAddress.TryRead(DestinationAddress, out var destination))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var tables = HostTables.Take(provider.Transport);
        var luid = InterfaceLuid.IsNull ? 0 : InterfaceLuid.Value;
        uint? index = null;
        if (luid != 0 || InterfaceIndex != 0)
        {
            if (tables.Find(luid, InterfaceIndex) is not { } wanted)
                return NTSTATUS.STATUS_NOT_FOUND;
            index = wanted.Index;
        }
        if (tables.BestRoute(destination, index) is not { } route
            || tables.Find(0, route.InterfaceIndex) is not { } on)
            return NTSTATUS.STATUS_NETWORK_UNREACHABLE;
        var source = tables.SourceFor(route, destination);
        if (!SourceAddress.IsNull && EndpointAddress.TryRead(SourceAddress, out var asked)
            && !asked.IsWildcard)
            source = asked;
        if (source is not { } from)
            return NTSTATUS.STATUS_NETWORK_UNREACHABLE;
        MibRows.Fill(ref BestRoute.Value, route, on);
        BestSourceAddress.Value = MibRows.Socket(from);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Makes a table of neighbours, of which none are known.</summary>
    /// <remarks>Errors: STATUS_NOT_FOUND; STATUS_INVALID_PARAMETER for another family.</remarks>
    [Export(Libraries.Netio, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "STATUS_NOT_FOUND: neighbours are the host's own business")]
    public static NTSTATUS GetIpNetTable2(WskProvider provider, ushort Family, GuestPtr<nuint> Table)
    {
        if (Table.IsNull
            || Family is not (WskConstants.AF_UNSPEC or WskConstants.AF_INET or WskConstants.AF_INET6))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Table.Value = 0;
        return NTSTATUS.STATUS_NOT_FOUND;
    }

    /// <summary>Fills the row of a neighbour, of which none are known.</summary>
    /// <remarks>Errors: STATUS_NOT_FOUND; STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Netio, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "STATUS_NOT_FOUND: neighbours are the host's own business")]
    public static NTSTATUS GetIpNetEntry2(WskProvider provider, nuint Row) =>
        Row == 0 ? NTSTATUS.STATUS_INVALID_PARAMETER : NTSTATUS.STATUS_NOT_FOUND;

    /// <summary>Frees a table.</summary>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void FreeMibTable(WskProvider provider, nuint Memory)
    {
        if (Memory != 0 && !provider.MibTables.TryFree(Memory))
            throw provider.Executive.BugCheck(
                BugCheckCode.BAD_POOL_CALLER, $"FreeMibTable: 0x{(ulong)Memory:x} is no table");
    }

    /// <summary>Sets a row's fields to "unchanged".</summary>
    [Export(Libraries.Netio, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static void InitializeIpInterfaceEntry(WskProvider provider, GuestPtr<MIB_IPINTERFACE_ROW> Row)
    {
        // Numbers are set to all ones and switches to a value that is none, so that a later call of
        // SetIpInterfaceEntry would leave them as they are.
        GuestMemory.Span(Row.Address, System.Runtime.CompilerServices.Unsafe.SizeOf<MIB_IPINTERFACE_ROW>())
            .Fill(byte.MaxValue);
        Row.Value.Family = WskConstants.AF_UNSPEC;
        Row.Value.InterfaceLuid = 0;
        Row.Value.InterfaceIndex = 0;
    }

    internal static NetworkInterfaceInfo? Find(WskProvider provider, ulong luid, uint index) =>
        HostTables.Take(provider.Transport).Find(luid, index);

    internal static bool IsFamily(ushort family) =>
        family is WskConstants.AF_UNSPEC or WskConstants.AF_INET or WskConstants.AF_INET6;

    private static NTSTATUS Give<TRow, TSource>(
        WskProvider provider,
        ushort family,
        GuestPtr<nuint> place,
        Func<HostTables, IEnumerable<TSource>> rows,
        FillRow<TRow, TSource> fill)
        where TRow : unmanaged
    {
        if (place.IsNull || !IsFamily(family))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        place.Value = 0;
        var sources = rows(HostTables.Take(provider.Transport)).ToList();
        if (sources.Count == 0)
            return NTSTATUS.STATUS_NOT_FOUND;
        place.Value = provider.MibTables.Make(sources, fill);
        return NTSTATUS.STATUS_SUCCESS;
    }
}
