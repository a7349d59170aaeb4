// Every option of the simulated sockets with Windows' default, greatest value and the sockets that have it.
// It knows nothing about effects: the sockets read the values that they act on from SocketOptions.
// Memberships of groups are no values and are not here; SimDatagramSocket.Groups.cs has them.
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Options;

/// <summary>What is known of one option.</summary>
/// <param name="Kinds">Sockets that have it.</param>
/// <param name="Default">Value of a socket on which it was never set.</param>
/// <param name="Max">Greatest value; 1 for a flag, for which every other value but 0 counts as 1.</param>
internal sealed record SocketOption(SocketKinds Kinds, uint Default, uint Max)
{
    /// <summary>Least value.</summary>
    public uint Min { get; init; }

    /// <summary>Whether it can be set only before the socket is bound.</summary>
    public bool IsEarly { get; init; }

    /// <summary>Whether IPv6 sockets do not have it.</summary>
    public bool IsV4Only { get; init; }

    /// <summary>Greatest length of an option that is a row of bytes; 0 for one that is a ULONG.</summary>
    public int BytesMax { get; init; }
}

/// <summary>The options by level and name.</summary>
internal static class OptionTable
{
    private const uint BufferBytes = 65_536;
    private const uint BufferBytesMax = int.MaxValue;
    private const int IpOptionsBytesMax = 40;

    private static readonly Dictionary<(uint Level, uint Name), SocketOption> s_options = new()
    {
        [(SOL_SOCKET, SO_KEEPALIVE)] = Flag(SocketKinds.Stream),
        [(SOL_SOCKET, SO_RCVBUF)] = new(SocketKinds.All, BufferBytes, BufferBytesMax),
        [(SOL_SOCKET, SO_SNDBUF)] = new(SocketKinds.All, BufferBytes, BufferBytesMax),
        [(SOL_SOCKET, SO_BROADCAST)] = Flag(SocketKinds.Messages),
        [(SOL_SOCKET, SO_PORT_SCALABILITY)] = Flag(SocketKinds.All) with { IsEarly = true },
        [(SOL_SOCKET, SO_RANDOMIZE_PORT)] = Flag(SocketKinds.All) with { IsEarly = true },
        [(SOL_SOCKET, SO_REUSE_UNICASTPORT)] = Flag(SocketKinds.All) with { IsEarly = true },
        [(SOL_SOCKET, SO_PAUSE_ACCEPT)] = Flag(SocketKinds.Stream),

        // Compartment 1 is the one that every system has.
        [(SOL_SOCKET, SO_COMPARTMENT_ID)] = new(SocketKinds.All, 1, 1) { Min = 1 },

        [(IPPROTO_TCP, TCP_NODELAY)] = Flag(SocketKinds.Stream),
        [(IPPROTO_TCP, TCP_KEEPALIVE)] = Stream(7200, uint.MaxValue / 1000),
        [(IPPROTO_TCP, TCP_KEEPINTVL)] = Stream(1, uint.MaxValue / 1000),
        [(IPPROTO_TCP, TCP_KEEPCNT)] = Stream(10, 255),
        [(IPPROTO_TCP, TCP_FASTOPEN)] = Flag(SocketKinds.Stream),
        [(IPPROTO_TCP, TCP_BSDURGENT)] = Flag(SocketKinds.Stream) with { Default = 1 },

        [(IPPROTO_IP, IP_OPTIONS)] =
            new(SocketKinds.All, 0, 0) { BytesMax = IpOptionsBytesMax },
        [(IPPROTO_IP, IP_HDRINCL)] = Flag(SocketKinds.Raw),
        [(IPPROTO_IP, IP_TOS)] = new(SocketKinds.All, 0, 255),
        [(IPPROTO_IP, IP_TTL)] = HopLimit(SocketKinds.All),
        [(IPPROTO_IP, IP_MULTICAST_IF)] = new(SocketKinds.Messages, 0, uint.MaxValue),
        [(IPPROTO_IP, IP_MULTICAST_TTL)] = new(SocketKinds.Messages, 1, 255),
        [(IPPROTO_IP, IP_MULTICAST_LOOP)] = Flag(SocketKinds.Messages) with { Default = 1 },
        [(IPPROTO_IP, IP_DONTFRAGMENT)] = Flag(SocketKinds.All),
        [(IPPROTO_IP, IP_PKTINFO)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IP, IP_HOPLIMIT)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IP, IP_RECVIF)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IP, IP_RECVDSTADDR)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IP, IP_UNICAST_IF)] = new(SocketKinds.All, 0, uint.MaxValue),
        [(IPPROTO_IP, IP_RECVTOS)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IP, IP_ECN)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IP, IP_RECVERR)] = Flag(SocketKinds.Messages),

        [(IPPROTO_IPV6, IPV6_HDRINCL)] = Flag(SocketKinds.Raw),
        [(IPPROTO_IPV6, IPV6_UNICAST_HOPS)] = HopLimit(SocketKinds.All),
        [(IPPROTO_IPV6, IPV6_MULTICAST_IF)] = new(SocketKinds.Messages, 0, uint.MaxValue),
        [(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)] = new(SocketKinds.Messages, 1, 255),
        [(IPPROTO_IPV6, IPV6_MULTICAST_LOOP)] = Flag(SocketKinds.Messages) with { Default = 1 },
        [(IPPROTO_IPV6, IPV6_DONTFRAG)] = Flag(SocketKinds.All),
        [(IPPROTO_IPV6, IPV6_PKTINFO)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_HOPLIMIT)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_RECVIF)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_RECVDSTADDR)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_V6ONLY)] = Flag(SocketKinds.All) with { Default = 1, IsEarly = true },
        [(IPPROTO_IPV6, IPV6_UNICAST_IF)] = new(SocketKinds.All, 0, uint.MaxValue),
        [(IPPROTO_IPV6, IPV6_RTHDR)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_TCLASS)] = new(SocketKinds.All, 0, 255),
        [(IPPROTO_IPV6, IPV6_RECVTCLASS)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_ECN)] = Flag(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_RECVERR)] = Flag(SocketKinds.Messages),

        // UDP over IPv6 has no datagrams without a checksum (RFC 8200 section 8.1).
        [(IPPROTO_UDP, UDP_NOCHECKSUM)] = Flag(SocketKinds.Datagram) with { IsV4Only = true },
        [(IPPROTO_UDP, UDP_SEND_MSG_SIZE)] = new(SocketKinds.Datagram, 0, ushort.MaxValue),
        [(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE)] = new(SocketKinds.Datagram, 0, ushort.MaxValue),
    };

    /// <summary>The option, when a socket of the kind and family has it; otherwise null.</summary>
    public static SocketOption? Find(SocketKinds kind, ushort family, uint level, uint name)
    {
        // An IPv6 socket may carry IPv4, so it has the options of both; the other way there is nothing.
        if (level == IPPROTO_IPV6 && family != AF_INET6)
            return null;
        return s_options.TryGetValue((level, name), out var option)
            && (option.Kinds & kind) != 0
            && !(option.IsV4Only && family == AF_INET6)
            ? option
            : null;
    }

    private static SocketOption Flag(SocketKinds kinds) => new(kinds, 0, 1);

    private static SocketOption Stream(uint value, uint max) =>
        new(SocketKinds.Stream, value, max) { Min = 1 };

    private static SocketOption HopLimit(SocketKinds kinds) =>
        new(kinds, Packet.HopLimitDefault, 255) { Min = 1 };
}
