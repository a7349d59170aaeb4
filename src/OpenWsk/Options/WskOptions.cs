// The named socket options, in one place: what they mean, which sockets take them, when, and in which units.
// Everything else goes by number: WskSocket.Control.cs. It knows nothing about which transport has which.
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>
/// Options for <see cref="WskSocket.SetOptionAsync{T}(WskOption{T}, T, CancellationToken)"/>.
/// </summary>
public static class WskOptions
{
    /// <summary>SO_KEEPALIVE: connections send keep-alives. Listeners pass it on. Default: false.</summary>
    public static WskOption<bool> KeepAlive { get; } = Flag(nameof(SO_KEEPALIVE), SOL_SOCKET, SO_KEEPALIVE);

    /// <summary>TCP_KEEPALIVE: idle time before the first keep-alive. Units: seconds.</summary>
    public static WskOption<int> KeepAliveSeconds { get; } =
        Number(nameof(TCP_KEEPALIVE), IPPROTO_TCP, TCP_KEEPALIVE);

    /// <summary>TCP_KEEPINTVL: time between keep-alives without an answer. Units: seconds.</summary>
    public static WskOption<int> KeepAliveIntervalSeconds { get; } =
        Number(nameof(TCP_KEEPINTVL), IPPROTO_TCP, TCP_KEEPINTVL);

    /// <summary>TCP_KEEPCNT: keep-alives without an answer that end the connection.</summary>
    public static WskOption<int> KeepAliveCount { get; } =
        Number(nameof(TCP_KEEPCNT), IPPROTO_TCP, TCP_KEEPCNT);

    /// <summary>TCP_NODELAY: small sends do not wait for more data.</summary>
    public static WskOption<bool> NoDelay { get; } = Flag(nameof(TCP_NODELAY), IPPROTO_TCP, TCP_NODELAY);

    /// <summary>
    /// SO_RCVBUF: how much may arrive before it is taken. Listeners pass it on. Units: bytes.
    /// </summary>
    public static WskOption<int> ReceiveBufferSize { get; } =
        Number(nameof(SO_RCVBUF), SOL_SOCKET, SO_RCVBUF);

    /// <summary>SO_SNDBUF: how much the transport takes ahead of the network. Units: bytes.</summary>
    public static WskOption<int> SendBufferSize { get; } = Number(nameof(SO_SNDBUF), SOL_SOCKET, SO_SNDBUF);

    /// <summary>SO_REUSEADDR: always share the local address. Before the bind. Default: false.</summary>
    public static WskOption<bool> ReuseAddress { get; } =
        Flag(nameof(SO_REUSEADDR), SOL_SOCKET, SO_REUSEADDR);

    /// <summary>
    /// SO_EXCLUSIVEADDRUSE: never share the local address. Before the bind. Default: false.
    /// </summary>
    public static WskOption<bool> ExclusiveAddressUse { get; } =
        Flag(nameof(SO_EXCLUSIVEADDRUSE), SOL_SOCKET, SO_EXCLUSIVEADDRUSE);

    /// <summary>
    /// SO_CONDITIONAL_ACCEPT: a listener's requests are inspected. Before the bind. Default: false.
    /// </summary>
    /// <remarks>
    /// <see cref="WskListenOptions.Inspect"/> sets it. Without a delegate that judges, every request is
    /// rejected.
    /// </remarks>
    public static WskOption<bool> ConditionalAccept { get; } =
        Flag(nameof(SO_CONDITIONAL_ACCEPT), SOL_SOCKET, SO_CONDITIONAL_ACCEPT);

    /// <summary>SO_BROADCAST: a datagram socket may send to broadcast addresses. Default: false.</summary>
    public static WskOption<bool> Broadcast { get; } = Flag(nameof(SO_BROADCAST), SOL_SOCKET, SO_BROADCAST);

    /// <summary>
    /// IPV6_V6ONLY: an AF_INET6 socket does not serve IPv4 as well. Before the bind. Default: true.
    /// </summary>
    public static WskOption<bool> V6Only { get; } = Flag(nameof(IPV6_V6ONLY), IPPROTO_IPV6, IPV6_V6ONLY);

    /// <summary>IP_TTL, IPV6_UNICAST_HOPS: the hop limit of unicast packets, 1 to 255.</summary>
    public static WskOption<int> TimeToLive { get; } =
        Number("IP_TTL", IPPROTO_IP, IP_TTL, IPPROTO_IPV6, IPV6_UNICAST_HOPS);

    /// <summary>IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS: the hop limit of multicast packets.</summary>
    public static WskOption<int> MulticastTimeToLive { get; } =
        Number("IP_MULTICAST_TTL", IPPROTO_IP, IP_MULTICAST_TTL, IPPROTO_IPV6, IPV6_MULTICAST_HOPS);

    /// <summary>
    /// IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP: what is sent to a group is received here too.
    /// </summary>
    public static WskOption<bool> MulticastLoop { get; } =
        Flag("IP_MULTICAST_LOOP", IPPROTO_IP, IP_MULTICAST_LOOP, IPPROTO_IPV6, IPV6_MULTICAST_LOOP);

    /// <summary>IP_DONTFRAGMENT, IPV6_DONTFRAG: packets are not fragmented on the way.</summary>
    public static WskOption<bool> DontFragment { get; } =
        Flag("IP_DONTFRAGMENT", IPPROTO_IP, IP_DONTFRAGMENT, IPPROTO_IPV6, IPV6_DONTFRAG);

    /// <summary>IP_TOS, IPV6_TCLASS: the type of service or traffic class of what is sent.</summary>
    public static WskOption<int> TrafficClass { get; } =
        Number("IP_TOS", IPPROTO_IP, IP_TOS, IPPROTO_IPV6, IPV6_TCLASS);

    /// <summary>
    /// IP_PKTINFO, IPV6_PKTINFO: received datagrams tell which address they were sent to and which interface
    /// they came by.
    /// </summary>
    public static WskOption<bool> PacketInfo { get; } =
        Flag("IP_PKTINFO", IPPROTO_IP, IP_PKTINFO, IPPROTO_IPV6, IPV6_PKTINFO);

    /// <summary>IP_HOPLIMIT, IPV6_HOPLIMIT: received datagrams tell their TTL or hop limit.</summary>
    public static WskOption<bool> ReceiveHopLimit { get; } =
        Flag("IP_HOPLIMIT", IPPROTO_IP, IP_HOPLIMIT, IPPROTO_IPV6, IPV6_HOPLIMIT);

    /// <summary>
    /// IP_RECVTOS, IPV6_RECVTCLASS: received datagrams tell their type of service or traffic class.
    /// </summary>
    public static WskOption<bool> ReceiveTrafficClass { get; } =
        Flag("IP_RECVTOS", IPPROTO_IP, IP_RECVTOS, IPPROTO_IPV6, IPV6_RECVTCLASS);

    /// <summary>IP_ECN, IPV6_ECN: received datagrams tell their ECN codepoint.</summary>
    public static WskOption<bool> Ecn { get; } = Flag("IP_ECN", IPPROTO_IP, IP_ECN, IPPROTO_IPV6, IPV6_ECN);

    /// <summary>
    /// UDP_SEND_MSG_SIZE: each send is cut into datagrams of this length; 0 for no cutting. Units: bytes.
    /// </summary>
    public static WskOption<int> SegmentSize { get; } =
        Number(nameof(UDP_SEND_MSG_SIZE), IPPROTO_UDP, UDP_SEND_MSG_SIZE);

    /// <summary>
    /// UDP_RECV_MAX_COALESCED_SIZE: datagrams of one sender may be received as one, up to this length; 0 for
    /// never. Units: bytes.
    /// </summary>
    public static WskOption<int> CoalescedSizeMax { get; } =
        Number(nameof(UDP_RECV_MAX_COALESCED_SIZE), IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE);

    /// <summary>IP_HDRINCL, IPV6_HDRINCL: what a raw socket sends begins with the IP header.</summary>
    public static WskOption<bool> HeaderIncluded { get; } =
        Flag("IP_HDRINCL", IPPROTO_IP, IP_HDRINCL, IPPROTO_IPV6, IPV6_HDRINCL);

    /// <summary>Makes a descriptor of a 0/1 option that is not in the list.</summary>
    public static WskOption<bool> Flag(string name, uint level, uint number) =>
        Flag(name, level, number, level, number);

    /// <summary>Makes a descriptor of a ULONG option that is not in the list.</summary>
    public static WskOption<int> Number(string name, uint level, uint number) =>
        Number(name, level, number, level, number);

    private static WskOption<bool> Flag(
        string name, uint level, uint number, uint levelV6, uint numberV6) =>
        new(name, level, number, levelV6, numberV6, static isOn => isOn ? 1u : 0u, static v => v != 0);

    private static WskOption<int> Number(
        string name, uint level, uint number, uint levelV6, uint numberV6) =>
        new(name, level, number, levelV6, numberV6, static v => (uint)v, static v => (int)v);
}
