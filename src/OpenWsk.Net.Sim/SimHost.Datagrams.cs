// Part of SimHost: datagrams and raw packets find their sockets here. One to this host alone goes to the
// socket whose address fits best; one to a group or to everybody goes to all that want it. It knows nothing
// about queues.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Datagrams;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

public sealed partial class SimHost
{
    /// <summary>Whether raw sockets can be made here; otherwise access is denied.</summary>
    public bool AllowsRawSockets { get; set; } = true;

    /// <summary>
    /// Whether sockets are told that nobody took a datagram (STATUS_PORT_UNREACHABLE) without asking for it
    /// by
    /// IP_RECVERR.
    /// </summary>
    public bool TellsPortUnreachable { get; set; }

    internal PortTable DatagramPorts { get; } = new();

    internal List<SimDatagramSocket> DatagramSockets { get; } = [];

    /// <summary>Whether a packet to a group or to everybody on the link concerns this host.</summary>
    internal bool Hears(Packet packet, bool isOwn)
    {
        var interfaceIndex = InterfaceFor(packet, isOwn);
        if (!AddressKinds.IsMulticast(packet.Destination))
            return IsOnLinkOf(packet.Source) && (IsBroadcast(packet.Destination) || isOwn);
        return DatagramSockets.Exists(socket => socket.IsMember(packet.Destination, interfaceIndex));
    }

    private void Receive(UdpDatagram datagram)
    {
        var isOwn = IsOwn(datagram);
        const byte udp = (byte)WskConstants.IPPROTO_UDP;
        if (DatagramSockets.Exists(socket => socket.TakesProtocol(udp)))
            ReceiveRaw(IpHeader.Packet(datagram, udp), isOwn);
        var info = InfoOf(datagram, isOwn);
        if (info.IsBroadcast || info.IsMulticast)
        {
            foreach (var socket in GroupSockets(datagram, info.InterfaceIndex, isOwn))
            {
                if (!socket.IsRaw)
                    socket.Deliver(datagram, datagram.Payload, info);
            }
            return;
        }
        if (FindSocket(datagram.Destination) is { } taker)
            taker.Deliver(datagram, datagram.Payload, info);
        else if (!datagram.Source.IsWildcard)
            Send(new PortUnreachableNotice(datagram));
    }

    private void Receive(PortUnreachableNotice notice) =>
        FindSocket(notice.Destination)?.OnPortUnreachable(notice.Destination.IsV6);

    private void ReceiveRaw(RawPacket packet, bool isOwn)
    {
        var info = InfoOf(packet, isOwn);
        ReadOnlyMemory<byte>? bytes = null;
        foreach (var socket in DatagramSockets)
        {
            if (!socket.TakesProtocol(packet.Protocol))
                continue;
            var takes = info.IsBroadcast || info.IsMulticast
                ? socket.TakesFromGroup(packet.Destination, info.InterfaceIndex, isOwn)
                : socket.RankOf(packet.Destination) > 0;
            if (!takes)
                continue;

            // As on every system: the IPv4 header is part of what a raw socket receives, that of IPv6 is not.
            bytes ??= packet.Destination.IsV6 ? packet.Payload : IpHeader.Prepend(packet);
            socket.Deliver(packet, bytes.Value, info);
        }
    }

    // Among sockets that fit equally well the one that was made first.
    private SimDatagramSocket? FindSocket(in EndpointAddress destination)
    {
        SimDatagramSocket? found = null;
        var rank = 0;
        foreach (var socket in DatagramSockets)
        {
            var its = socket.IsRaw ? 0 : socket.RankOf(destination);
            if (its <= rank)
                continue;
            found = socket;
            rank = its;
        }
        return found;
    }

    private List<SimDatagramSocket> GroupSockets(Packet packet, uint interfaceIndex, bool isOwn)
    {
        var destination = packet.Destination;
        return DatagramSockets.FindAll(socket => socket.TakesFromGroup(destination, interfaceIndex, isOwn));
    }

    private DatagramInfo InfoOf(Packet packet, bool isOwn) => new()
    {
        InterfaceIndex = InterfaceFor(packet, isOwn),
        IsBroadcast = IsBroadcast(packet.Destination),
        IsMulticast = AddressKinds.IsMulticast(packet.Destination),
    };

    private bool IsOwn(Packet packet) => Owns(packet.Source.WithoutPort());

    // What stays in the host goes by the loopback interface, except that a group is that of an interface.
    private uint InterfaceFor(Packet packet, bool isOwn)
    {
        var isGroup = AddressKinds.IsMulticast(packet.Destination) || IsBroadcast(packet.Destination);
        var isLoopback = isGroup ? packet.Source.IsLoopback : isOwn;
        return isLoopback ? AddressKinds.LoopbackInterface : AddressKinds.AdapterInterface;
    }
}
