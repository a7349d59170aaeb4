// The host's interfaces, addresses and routes at one moment, with the questions that netioapi asks of them.
// It
// knows nothing about guest memory.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>One look at the host.</summary>
internal sealed record HostTables(
    IReadOnlyList<NetworkInterfaceInfo> Interfaces,
    IReadOnlyList<InterfaceAddress> Unicast,
    IReadOnlyList<InterfaceRoute> Routes)
{
    /// <summary>What the transport tells now; a transport without interfaces has none.</summary>
    public static HostTables Take(ITransport transport) => transport.Interfaces is { } source
        ? new HostTables(source.ListInterfaces(), source.ListUnicast(), source.ListRoutes())
        : new HostTables([], [], []);

    /// <summary>The interface of a LUID, or of an index when there is no LUID.</summary>
    public NetworkInterfaceInfo? Find(ulong luid, uint index) => luid != 0
        ? Interfaces.FirstOrDefault(i => MibRows.LuidOf(i) == luid)
        : Interfaces.FirstOrDefault(i => i.Index == index);

    public IEnumerable<(InterfaceAddress Address, NetworkInterfaceInfo On)> UnicastOf(ushort family) =>
        from address in Unicast
        where Is(family, address.Address)
        join one in Interfaces on address.InterfaceIndex equals one.Index
        select (address, one);

    public IEnumerable<(InterfaceRoute Route, NetworkInterfaceInfo On)> RoutesOf(ushort family) =>
        from route in Routes
        where Is(family, route.Prefix)
        join one in Interfaces on route.InterfaceIndex equals one.Index
        select (route, one);

    /// <summary>Each interface with each family that it has an address of.</summary>
    public IEnumerable<(ushort Family, NetworkInterfaceInfo One)> FamiliesOf(ushort family) =>
        from one in Interfaces
        from each in (ushort[])[WskConstants.AF_INET, WskConstants.AF_INET6]
        where family is WskConstants.AF_UNSPEC || family == each
        where Unicast.Any(u => u.InterfaceIndex == one.Index && u.Address.Family == each)
        select (each, one);

    /// <summary>The route that a packet takes: the longest prefix, then the least metric.</summary>
    public InterfaceRoute? BestRoute(EndpointAddress destination, uint? interfaceIndex) =>
        Routes.Where(r => r.Prefix.Family == destination.Family
                && (interfaceIndex is null || r.InterfaceIndex == interfaceIndex) && Contains(r, destination))
            .OrderByDescending(r => r.PrefixLength).ThenBy(r => r.Metric)
            .Select(r => (InterfaceRoute?)r).FirstOrDefault();

    /// <summary>The address that a packet on a route comes from.</summary>
    public EndpointAddress? SourceFor(InterfaceRoute route, EndpointAddress destination)
    {
        var own = Unicast.Where(u => u.InterfaceIndex == route.InterfaceIndex
            && u.Address.Family == destination.Family).ToList();
        // An address of the destination's own net comes first, as every host does it.
        var near = own.Where(u => SharedBits(u.Address, destination) >= u.PrefixLength).ToList();
        return (near.Count != 0 ? near : own).OrderByDescending(u => SharedBits(u.Address, destination))
            .Select(u => (EndpointAddress?)u.Address).FirstOrDefault();
    }

    private static bool Is(ushort family, in EndpointAddress address) =>
        family == WskConstants.AF_UNSPEC || family == address.Family;

    private static bool Contains(InterfaceRoute route, EndpointAddress address) =>
        SharedBits(route.Prefix, address) >= route.PrefixLength;

    private static int SharedBits(EndpointAddress left, EndpointAddress right)
    {
        Span<byte> a = stackalloc byte[16];
        Span<byte> b = stackalloc byte[16];
        var count = left.WriteBytes(a);
        right.WriteBytes(b);
        for (var i = 0; i < count; i++)
        {
            if (a[i] != b[i])
                return (i * 8) + System.Numerics.BitOperations.LeadingZeroCount((uint)(a[i] ^ b[i])) - 24;
        }
        return count * 8;
    }
}
