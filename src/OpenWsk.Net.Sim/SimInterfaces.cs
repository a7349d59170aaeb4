// The interfaces of one simulated host: loopback and one adapter, whose routes lead to the networks of its
// addresses and, for everything else, to the simulated network. It knows nothing about packets.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A simulated host's interfaces.</summary>
internal sealed class SimInterfaces(SimHost host) : INetworkInterfaces
{
    private const ushort Ethernet = 6;
    private const uint LoopbackMtu = 65536;
    private const uint AdapterMtu = 1500;
    private const ulong AdapterSpeed = 1_000_000_000;
    private IInterfaceEvents? _events;

    public IReadOnlyList<NetworkInterfaceInfo> ListInterfaces() =>
    [
        new(AddressKinds.LoopbackInterface, "lo", NetworkInterfaceInfo.LoopbackType, LoopbackMtu,
            ReadOnlyMemory<byte>.Empty, true, 0, default),
        new(AddressKinds.AdapterInterface, "eth0", Ethernet, AdapterMtu,
            new byte[] { 2, 0, 0, 0, 0, 1 }, true, AdapterSpeed, default),
    ];

    public IReadOnlyList<InterfaceAddress> ListUnicast() =>
    [
        new(AddressKinds.LoopbackInterface, SimHost.Loopback(WskConstants.AF_INET), 8),
        new(AddressKinds.LoopbackInterface, SimHost.Loopback(WskConstants.AF_INET6), 128),
        .. host.PrefixedAddresses.Select(
            a => new InterfaceAddress(AddressKinds.AdapterInterface, a.Address, (byte)a.PrefixLength)),
    ];

    public IReadOnlyList<InterfaceRoute> ListRoutes()
    {
        var routes = new List<InterfaceRoute>();
        foreach (var one in ListUnicast())
        {
            var any = EndpointAddress.Wildcard(one.Address.Family);
            routes.Add(new(one.InterfaceIndex, NetworkOf(one), one.PrefixLength, any, 256));
        }
        foreach (var family in (ushort[])[WskConstants.AF_INET, WskConstants.AF_INET6])
        {
            // Whoever has no host's address is reached all the same, so the default route is on the link.
            if (host.HasFamily(family))
                routes.Add(new(AddressKinds.AdapterInterface, EndpointAddress.Wildcard(family), 0,
                    EndpointAddress.Wildcard(family), 281));
        }
        return routes;
    }

    public void Watch(IInterfaceEvents? events) => _events = events;

    internal void TellChanged() => _events?.OnInterfacesChanged();

    private static EndpointAddress NetworkOf(InterfaceAddress one)
    {
        var bytes = one.Address.ToIPAddress().GetAddressBytes();
        for (var bit = (int)one.PrefixLength; bit < bytes.Length * 8; bit++)
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return EndpointAddress.From(new IPAddress(bytes), 0);
    }
}
