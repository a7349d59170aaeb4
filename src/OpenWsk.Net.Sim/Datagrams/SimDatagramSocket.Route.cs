// Part of SimDatagramSocket: which way a send goes and with what in its IP headers, from the destination, the
// send's control information and the socket's options. It knows nothing about the bytes.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Datagrams;

internal sealed partial class SimDatagramSocket
{
    private NTSTATUS FindRoute(in EndpointAddress wanted, in DatagramControl control, out DatagramRoute route)
    {
        route = default;
        if (wanted.Family != _family)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var destination = AddressKinds.Plain(_options.IsDual ? AddressKinds.Unmapped(wanted) : wanted);
        if (destination.IsWildcard || (!IsRaw && destination.Port == 0))
            return NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
        var isMulticast = AddressKinds.IsMulticast(destination);
        var isBroadcast = _host.IsBroadcast(destination);
        if (isBroadcast && !_options.IsOn(SOL_SOCKET, SO_BROADCAST))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        var interfaceIndex = InterfaceIndex(control, destination.IsV6, isMulticast);
        if (interfaceIndex > AddressKinds.AdapterInterface)
            return NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
        var status = isMulticast || isBroadcast
            ? FindGroupSource(control, destination, interfaceIndex, out var source)
            : FindSource(control, destination, interfaceIndex, out source);
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        route = new DatagramRoute(
            source.WithPort(IsRaw ? (ushort)0 : _bound.Port),
            IsRaw ? destination.WithoutPort() : destination,
            HopLimit(control, destination.IsV6, isMulticast),
            TrafficClass(control, destination.IsV6),
            Option(destination.IsV6, IP_DONTFRAGMENT, IPV6_DONTFRAG) != 0);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS FindSource(in DatagramControl control, in EndpointAddress destination,
        uint interfaceIndex, out EndpointAddress source)
    {
        var kind = _host.Network.FindRoute(_host, destination).Kind;
        if (!_host.TrySelectSource(destination, out source))
            return NTSTATUS.STATUS_NETWORK_UNREACHABLE;
        if (kind == SimNetwork.RouteKind.Unreachable)
            return NTSTATUS.STATUS_HOST_UNREACHABLE;
        var isLocal = _host.Owns(destination);
        if (interfaceIndex == AddressKinds.LoopbackInterface && !isLocal)
            return NTSTATUS.STATUS_NETWORK_UNREACHABLE;
        var status = ChooseSource(control, destination, ref source);
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        return source.IsLoopback && !isLocal
            ? NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT
            : NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS FindGroupSource(in DatagramControl control, in EndpointAddress destination,
        uint interfaceIndex, out EndpointAddress source)
    {
        source = SimHost.Loopback(destination.Family);
        if (interfaceIndex != AddressKinds.LoopbackInterface
            && !_host.TryFindAdapterAddress(destination.Family, out source)
            && interfaceIndex == AddressKinds.AdapterInterface)
            return NTSTATUS.STATUS_NETWORK_UNREACHABLE;
        if (source.Family == 0)
            source = SimHost.Loopback(destination.Family);
        return ChooseSource(control, destination, ref source);
    }

    // The control information's source comes before the bound address, and that before routing.
    private NTSTATUS ChooseSource(in DatagramControl control, in EndpointAddress destination,
        ref EndpointAddress source)
    {
        if (control.Source.Family != 0 && !control.Source.IsWildcard)
        {
            source = AddressKinds.Plain(AddressKinds.Unmapped(control.Source)).WithoutPort();
            return source.Family == destination.Family && _host.Owns(source)
                ? NTSTATUS.STATUS_SUCCESS
                : NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
        }
        if (_bound.IsWildcard || AddressKinds.IsMulticast(_bound))
            return _bound.Family == destination.Family || _isBoundDual
                ? NTSTATUS.STATUS_SUCCESS
                : NTSTATUS.STATUS_NETWORK_UNREACHABLE;
        source = _bound.WithoutPort();
        if (source.Family != destination.Family)
            return NTSTATUS.STATUS_NETWORK_UNREACHABLE;

        // The address may have gone since.
        return _host.Owns(source) ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
    }

    private uint InterfaceIndex(in DatagramControl control, bool isV6, bool isMulticast)
    {
        if (control.InterfaceIndex != 0)
            return control.InterfaceIndex;
        if (isV6)
            return _options.Number(IPPROTO_IPV6, isMulticast ? IPV6_MULTICAST_IF : IPV6_UNICAST_IF);
        var value = BinaryPrimitives.ReverseEndianness(
            _options.Number(IPPROTO_IP, isMulticast ? IP_MULTICAST_IF : IP_UNICAST_IF));

        // In IPv4 both are in network order, and the one for groups may be an address instead of an index.
        return value >> 24 == 0 ? value : _host.InterfaceOf(AddressKinds.FromV4Bits(value));
    }

    private byte HopLimit(in DatagramControl control, bool isV6, bool isMulticast) =>
        control.HopLimit ?? (byte)(isMulticast
            ? Option(isV6, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS)
            : Option(isV6, IP_TTL, IPV6_UNICAST_HOPS));

    private byte TrafficClass(in DatagramControl control, bool isV6)
    {
        var own = (byte)Option(isV6, IP_TOS, IPV6_TCLASS);
        var trafficClass = (control.TrafficClass ?? own) & 0xFC;
        return (byte)(trafficClass | (control.Ecn ?? own) & 0x03);
    }

    private uint Option(bool isV6, uint nameV4, uint nameV6) =>
        isV6 ? _options.Number(IPPROTO_IPV6, nameV6) : _options.Number(IPPROTO_IP, nameV4);
}
