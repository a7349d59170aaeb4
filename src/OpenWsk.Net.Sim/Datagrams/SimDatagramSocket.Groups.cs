// Part of SimDatagramSocket: membership of multicast groups, and which packets the socket takes by its
// address. Membership belongs to a group on an interface. It knows nothing about the way of packets to the
// host.
// Divergence from Windows: one adapter stands for all, so a group joined on any address of it is the same
// one.
using System.Buffers.Binary;
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Datagrams;

internal sealed partial class SimDatagramSocket
{
    // struct ip_mreq: group, interface address. struct ipv6_mreq: group, interface index.
    private const int MreqBytesV4 = 8;
    private const int MreqBytesV6 = 20;

    private readonly List<(EndpointAddress Group, uint Interface)> _memberships = [];

    /// <summary>How well the socket's address fits a packet to one host; 0 for not at all.</summary>
    public int RankOf(in EndpointAddress destination) =>
        _bound.Family == 0 ? 0 : SimHost.RankOf(_bound, _isBoundDual, destination);

    /// <summary>Whether the socket takes the packets of a protocol.</summary>
    public bool TakesProtocol(byte protocol) => IsRaw && (_protocol == protocol || _protocol == IPPROTO_IP);

    /// <summary>Whether the socket takes a packet to several hosts.</summary>
    public bool TakesFromGroup(in EndpointAddress destination, uint interfaceIndex, bool isOwn)
    {
        if (_bound.Family == 0 || (!IsRaw && _bound.Port != destination.Port))
            return false;
        var isOfFamily = _bound.Family == destination.Family || _isBoundDual;
        if (!isOfFamily || !IsAddressFor(destination, interfaceIndex))
            return false;
        if (!AddressKinds.IsMulticast(destination))
            return true;

        // Windows asks the receiver whether it wants what its own host sends; others ask the sender.
        var wantsOwn = Option(destination.IsV6, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP) != 0;
        return IsMember(destination, interfaceIndex) && (!isOwn || wantsOwn);
    }

    /// <summary>Whether the socket has joined the group on the interface.</summary>
    public bool IsMember(in EndpointAddress group, uint interfaceIndex) =>
        _memberships.Contains((group.WithoutPort(), interfaceIndex));

    // On Windows a socket that is bound to one address hears the groups and broadcasts of that interface.
    private bool IsAddressFor(in EndpointAddress destination, uint interfaceIndex)
    {
        var own = _bound.WithoutPort();
        return own.IsWildcard || own == destination.WithoutPort() || _host.InterfaceOf(own) == interfaceIndex;
    }

    private static bool IsMembership(uint level, uint name) =>
        (level == IPPROTO_IP && name is IP_ADD_MEMBERSHIP or IP_DROP_MEMBERSHIP)
        || (level == IPPROTO_IPV6 && name is IPV6_ADD_MEMBERSHIP or IPV6_DROP_MEMBERSHIP);

    private NTSTATUS ChangeMembership(uint level, uint name, ReadOnlySpan<byte> value)
    {
        var isV6 = level == IPPROTO_IPV6;
        if (isV6 && _family != AF_INET6)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        if (value.Length != (isV6 ? MreqBytesV6 : MreqBytesV4))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var group = EndpointAddress.From(new IPAddress(value[..(isV6 ? 16 : 4)]), 0);
        var interfaceIndex = isV6
            ? BinaryPrimitives.ReadUInt32LittleEndian(value[16..])
            : InterfaceOf(BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
        if (interfaceIndex == 0)
            interfaceIndex = _host.DefaultInterface(group.Family);
        if (!AddressKinds.IsMulticast(group))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (interfaceIndex > AddressKinds.AdapterInterface)
            return NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
        var membership = (AddressKinds.Plain(group), interfaceIndex);
        return name == IP_ADD_MEMBERSHIP ? Join(membership) : Leave(membership);
    }

    private uint InterfaceOf(uint v4Bits) =>
        v4Bits >> 24 == 0 ? v4Bits : _host.InterfaceOf(AddressKinds.FromV4Bits(v4Bits));

    private NTSTATUS Join((EndpointAddress Group, uint Interface) membership)
    {
        if (_memberships.Contains(membership))
            return NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS;
        _memberships.Add(membership);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS Leave((EndpointAddress Group, uint Interface) membership) =>
        _memberships.Remove(membership)
            ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
}
