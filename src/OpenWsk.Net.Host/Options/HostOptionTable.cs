// Every option of Winsock that sockets of this host have, with Windows' default where the system's own does
// not show, and the option of Linux that carries it out. Options without one are remembered only: what they
// ask for is always so here, or has no counterpart. It knows nothing about single sockets: HostOptions.cs.
// Memberships and rows of bytes are HostOptions.Bytes.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Host.Options;

/// <summary>The options by level and name.</summary>
internal static class HostOptionTable
{
    private static readonly Dictionary<(uint Level, uint Name), HostOption> s_options = new()
    {
        [(SOL_SOCKET, SO_KEEPALIVE)] =
            Flag(SocketKinds.Stream, LinuxNumbers.SolSocket, LinuxNumbers.SoKeepAlive) with
            {
                Companions = [TCP_KEEPALIVE, TCP_KEEPINTVL, TCP_KEEPCNT],
            },
        [(SOL_SOCKET, SO_RCVBUF)] =
            Buffer(LinuxNumbers.SoReceiveBuffer, LinuxNumbers.SoReceiveBufferForce),
        [(SOL_SOCKET, SO_SNDBUF)] = Buffer(LinuxNumbers.SoSendBuffer, LinuxNumbers.SoSendBufferForce),
        [(SOL_SOCKET, SO_BROADCAST)] =
            Flag(SocketKinds.Messages, LinuxNumbers.SolSocket, LinuxNumbers.SoBroadcast),
        [(SOL_SOCKET, SO_PORT_SCALABILITY)] = Remembered(SocketKinds.All) with { IsEarly = true },
        [(SOL_SOCKET, SO_RANDOMIZE_PORT)] = Remembered(SocketKinds.All) with { IsEarly = true },
        [(SOL_SOCKET, SO_REUSE_UNICASTPORT)] = Remembered(SocketKinds.All) with { IsEarly = true },

        // SystemListener.cs acts on it.
        [(SOL_SOCKET, SO_PAUSE_ACCEPT)] = Remembered(SocketKinds.Stream),

        // Compartment 1 is the one that every system has.
        [(SOL_SOCKET, SO_COMPARTMENT_ID)] = Remembered(SocketKinds.All) with { Default = 1, Min = 1 },

        [(IPPROTO_TCP, TCP_NODELAY)] = Flag(SocketKinds.Stream, LinuxNumbers.Tcp, LinuxNumbers.TcpNoDelay),
        [(IPPROTO_TCP, TCP_KEEPALIVE)] = KeepAlive(LinuxNumbers.TcpKeepIdle, 7200, 32_767),
        [(IPPROTO_TCP, TCP_KEEPINTVL)] = KeepAlive(LinuxNumbers.TcpKeepInterval, 1, 32_767),
        [(IPPROTO_TCP, TCP_KEEPCNT)] = KeepAlive(LinuxNumbers.TcpKeepCount, 10, 127) with { Max = 255 },
        [(IPPROTO_TCP, TCP_FASTOPEN)] = Remembered(SocketKinds.Stream) with { Apply = AllowFastOpen },
        [(IPPROTO_TCP, TCP_BSDURGENT)] = Remembered(SocketKinds.Stream) with { Default = 1 },

        [(IPPROTO_IP, IP_HDRINCL)] =
            Flag(SocketKinds.Raw, LinuxNumbers.Ip, LinuxNumbers.IpHeaderIncluded),
        [(IPPROTO_IP, IP_TOS)] = Number(SocketKinds.All, LinuxNumbers.Ip, LinuxNumbers.IpTos, 255),
        [(IPPROTO_IP, IP_TTL)] =
            Number(SocketKinds.All, LinuxNumbers.Ip, LinuxNumbers.IpTtl, 255) with { Min = 1 },
        [(IPPROTO_IP, IP_MULTICAST_IF)] =
            new(SocketKinds.Messages) { Max = uint.MaxValue, Apply = HostOptions.SetMulticastInterface },
        [(IPPROTO_IP, IP_MULTICAST_TTL)] =
            Number(SocketKinds.Messages, LinuxNumbers.Ip, LinuxNumbers.IpMulticastTtl, 255),

        // Divergence from Windows: there the receiver says whether it wants what its own host sends.
        [(IPPROTO_IP, IP_MULTICAST_LOOP)] =
            Flag(SocketKinds.Messages, LinuxNumbers.Ip, LinuxNumbers.IpMulticastLoop) with { Default = 1 },
        [(IPPROTO_IP, IP_DONTFRAGMENT)] = new(SocketKinds.All) { Apply = SetDontFragment },
        [(IPPROTO_IP, IP_PKTINFO)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IP, IP_HOPLIMIT)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IP, IP_RECVIF)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IP, IP_RECVDSTADDR)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IP, IP_UNICAST_IF)] =
            UnicastInterface(LinuxNumbers.Ip, LinuxNumbers.IpUnicastInterface, isNetworkOrder: true),
        [(IPPROTO_IP, IP_RECVTOS)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IP, IP_ECN)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IP, IP_RECVERR)] =
            Flag(SocketKinds.Messages, LinuxNumbers.Ip, LinuxNumbers.IpReceiveErrors),

        [(IPPROTO_IPV6, IPV6_HDRINCL)] =
            Flag(SocketKinds.Raw, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6HeaderIncluded),
        [(IPPROTO_IPV6, IPV6_UNICAST_HOPS)] =
            Number(SocketKinds.All, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6UnicastHops, 255) with { Min = 1 },
        [(IPPROTO_IPV6, IPV6_MULTICAST_IF)] = new(SocketKinds.Messages)
        {
            Max = uint.MaxValue,
            Apply = Int(LinuxNumbers.Ipv6, LinuxNumbers.Ipv6MulticastInterface),
        },
        [(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)] =
            Number(SocketKinds.Messages, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6MulticastHops, 255),
        [(IPPROTO_IPV6, IPV6_MULTICAST_LOOP)] =
            Flag(SocketKinds.Messages, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6MulticastLoop) with
            {
                Default = 1,
            },
        [(IPPROTO_IPV6, IPV6_DONTFRAG)] =
            Flag(SocketKinds.All, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6DontFragment),
        [(IPPROTO_IPV6, IPV6_PKTINFO)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_HOPLIMIT)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_RECVIF)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_RECVDSTADDR)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_V6ONLY)] =
            Flag(SocketKinds.Stream | SocketKinds.Datagram, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6Only) with
            {
                Default = 1,
                IsEarly = true,
            },
        [(IPPROTO_IPV6, IPV6_UNICAST_IF)] =
            UnicastInterface(LinuxNumbers.Ipv6, LinuxNumbers.Ipv6UnicastInterface, isNetworkOrder: false),
        [(IPPROTO_IPV6, IPV6_RTHDR)] =
            Flag(SocketKinds.Messages, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6ReceiveRoutingHeader),
        [(IPPROTO_IPV6, IPV6_TCLASS)] =
            Number(SocketKinds.All, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6TrafficClass, 255),
        [(IPPROTO_IPV6, IPV6_RECVTCLASS)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_ECN)] = Remembered(SocketKinds.Messages),
        [(IPPROTO_IPV6, IPV6_RECVERR)] =
            Flag(SocketKinds.Messages, LinuxNumbers.Ipv6, LinuxNumbers.Ipv6Errors),

        [(IPPROTO_UDP, UDP_NOCHECKSUM)] =
            Flag(SocketKinds.Datagram, LinuxNumbers.SolSocket, LinuxNumbers.SoNoCheck) with
            {
                IsV4Only = true,
            },

        // HostDatagram.Send.cs and HostDatagram.Receive.cs act on these.
        [(IPPROTO_UDP, UDP_SEND_MSG_SIZE)] = Remembered(SocketKinds.Datagram) with { Max = ushort.MaxValue },
        [(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE)] = new(SocketKinds.Datagram)
        {
            Max = ushort.MaxValue,
            Apply = static (socket, value) =>
                LinuxOptions.Set(socket, LinuxNumbers.Udp, LinuxNumbers.UdpGro, value == 0 ? 0 : 1),
        },
    };

    /// <summary>The option, when a socket of the kind and family has it; otherwise null.</summary>
    public static HostOption? Find(SocketKinds kind, ushort family, uint level, uint name)
    {
        // An IPv6 socket may carry IPv4, so it has the options of both; the other way there is nothing.
        if (level == IPPROTO_IPV6 && family != AF_INET6)
        {
            return null;
        }
        return s_options.TryGetValue((level, name), out var option)
            && (option.Kinds & kind) != 0
            && !(option.IsV4Only && family != AF_INET)
            ? option
            : null;
    }

    private static HostOption Remembered(SocketKinds kinds) => new(kinds);

    private static HostOption Flag(SocketKinds kinds, int level, int name) =>
        new(kinds) { Apply = Int(level, name) };

    private static HostOption Number(SocketKinds kinds, int level, int name, uint max) => new(kinds)
    {
        Max = max,
        Apply = Int(level, name),
        Ask = socket => (uint?)LinuxOptions.Get(socket, level, name),
    };

    private static ApplyOption Int(int level, int name) =>
        (socket, value) => LinuxOptions.Set(socket, level, name, (int)value);

    // Linux keeps and reports the double of what it is told, for its own bookkeeping (socket(7)). The forced
    // form goes beyond the limit that the administrator set, for those who may.
    private static HostOption Buffer(int name, int forcedName) => new(SocketKinds.All)
    {
        Default = 65_536,
        Max = int.MaxValue,
        Apply = (socket, value) =>
            LinuxOptions.Set(socket, LinuxNumbers.SolSocket, forcedName, (int)value) == Errno.None
                ? Errno.None
                : LinuxOptions.Set(socket, LinuxNumbers.SolSocket, name, (int)value),
        Ask = socket => (uint?)(LinuxOptions.Get(socket, LinuxNumbers.SolSocket, name) / 2),
    };

    // Divergence from Windows: what is beyond Linux' limits (32767 s, 127 probes) is taken for the limit.
    private static HostOption KeepAlive(int name, uint windowsDefault, uint limit) => new(SocketKinds.Stream)
    {
        Default = windowsDefault,
        Min = 1,
        Max = uint.MaxValue / 1000,
        Apply = (socket, value) =>
            LinuxOptions.Set(socket, LinuxNumbers.Tcp, name, (int)Math.Min(value, limit)),
    };

    // Linux chooses the interface of a TCP connection by the device that it is bound to.
    private static HostOption UnicastInterface(int level, int name, bool isNetworkOrder) =>
        new(SocketKinds.All)
        {
            Max = uint.MaxValue,
            Apply = (socket, value) =>
                HostOptions.SetUnicastInterface(socket, level, name, value, isNetworkOrder),
        };

    private static Errno SetDontFragment(System.Net.Sockets.SafeSocketHandle socket, uint value)
    {
        const int dont = 0;
        const int always = 2;
        return LinuxOptions.Set(
            socket, LinuxNumbers.Ip, LinuxNumbers.IpMtuDiscover, value == 0 ? dont : always);
    }

    // Linux takes it for a listener's, before it listens or after; elsewhere there is nothing to tell: data
    // goes with the SYN only when somebody connects with data.
    private static Errno AllowFastOpen(System.Net.Sockets.SafeSocketHandle socket, uint value)
    {
        const int queueMax = 128;
        _ = LinuxOptions.Set(socket, LinuxNumbers.Tcp, LinuxNumbers.TcpFastOpen, value == 0 ? 0 : queueMax);
        return Errno.None;
    }
}
