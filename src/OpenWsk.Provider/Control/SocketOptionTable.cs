// Every socket option that WSK or one of its clients names, as data. An option that is not here goes to the
// transport as it is (CTLS-09). It knows nothing about carrying them out: OptionControl.cs.
using System.Collections.Frozen;
using OpenWsk.Abi;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The table of socket options.</summary>
internal static class SocketOptionTable
{
    // OPEN-42: a stream socket has what either of its roles has.
    private const SocketCategories Listening = SocketCategories.Listen | SocketCategories.Stream;
    private const SocketCategories Connecting = SocketCategories.Connection | SocketCategories.Stream;

    // Options of WSK's own pages.
    private static readonly SocketOption[] s_wsk =
    [
        new(SOL_SOCKET, SO_BROADCAST, nameof(SO_BROADCAST), OptionType.Flag, SocketCategories.Datagram)
        {
            Default = 0,
        },
        new(SOL_SOCKET, SO_CONDITIONAL_ACCEPT, nameof(SO_CONDITIONAL_ACCEPT), OptionType.Flag, Listening)
        {
            Carrier = OptionCarrier.ConditionalAccept, Default = 0, IsBeforeBind = true,
            LateRule = "INSPECT-02", IsForFastPath = true,
        },
        new(
            SOL_SOCKET, SO_EXCLUSIVEADDRUSE, nameof(SO_EXCLUSIVEADDRUSE), OptionType.Flag,
            Listening | SocketCategories.Datagram | Connecting)
        {
            Carrier = OptionCarrier.Sharing, Default = 0, IsBeforeBind = true, LateRule = "CTLS-20",
            IsForFastPath = true,
        },
        new(SOL_SOCKET, SO_KEEPALIVE, nameof(SO_KEEPALIVE), OptionType.Flag, Listening | Connecting)
        {
            Default = 0, IsInherited = true,
        },
        new(
            SOL_SOCKET, SO_RCVBUF, nameof(SO_RCVBUF), OptionType.Number,
            Listening | SocketCategories.Datagram | Connecting)
        {
            IsInherited = true, IsForFastPath = true,
        },
        new(
            SOL_SOCKET, SO_REUSEADDR, nameof(SO_REUSEADDR), OptionType.Flag,
            Listening | SocketCategories.Datagram | Connecting)
        {
            Carrier = OptionCarrier.Sharing, Default = 0, IsBeforeBind = true, LateRule = "CTLS-22",
            IsForFastPath = true,
        },
        // WSK's own two never reach the transport, so its fast path does not limit them.
        new(
            SOL_SOCKET, SO_WSK_SECURITY, nameof(SO_WSK_SECURITY), OptionType.Descriptor,
            Listening | SocketCategories.Datagram | Connecting)
        {
            Carrier = OptionCarrier.Security, IsBeforeBind = true, LateRule = "CTLS-29", IsForFastPath = true,
        },
        new(
            SOL_SOCKET, SO_WSK_EVENT_CALLBACK, nameof(SO_WSK_EVENT_CALLBACK), OptionType.Events,
            SocketCategories.All)
        {
            Carrier = OptionCarrier.Callbacks, CanGet = false, IsForFastPath = true,
        },
    ];

    // Options of the transport, of any category: it decides, and it alone knows their defaults.
    private static readonly SocketOption[] s_transport =
    [
        Number(SOL_SOCKET, SO_SNDBUF, nameof(SO_SNDBUF)),
        Number(SOL_SOCKET, SO_PAUSE_ACCEPT, nameof(SO_PAUSE_ACCEPT)),
        Number(SOL_SOCKET, SO_COMPARTMENT_ID, nameof(SO_COMPARTMENT_ID)),
        Number(SOL_SOCKET, SO_RANDOMIZE_PORT, nameof(SO_RANDOMIZE_PORT)),
        Number(SOL_SOCKET, SO_PORT_SCALABILITY, nameof(SO_PORT_SCALABILITY)) with { IsForFastPath = true },
        Number(SOL_SOCKET, SO_REUSE_UNICASTPORT, nameof(SO_REUSE_UNICASTPORT)),
        Number(IPPROTO_TCP, TCP_NODELAY, nameof(TCP_NODELAY)),
        Number(IPPROTO_TCP, TCP_KEEPALIVE, nameof(TCP_KEEPALIVE)),
        Number(IPPROTO_TCP, TCP_FASTOPEN, nameof(TCP_FASTOPEN)),
        Number(IPPROTO_TCP, TCP_KEEPCNT, nameof(TCP_KEEPCNT)),
        Number(IPPROTO_TCP, TCP_KEEPINTVL, nameof(TCP_KEEPINTVL)),
        Number(IPPROTO_TCP, TCP_BSDURGENT, nameof(TCP_BSDURGENT)) with { IsForFastPath = true },
        Number(IPPROTO_IP, IP_HDRINCL, nameof(IP_HDRINCL)),
        Number(IPPROTO_IP, IP_TOS, nameof(IP_TOS)),
        Number(IPPROTO_IP, IP_TTL, nameof(IP_TTL)) with { IsForFastPath = true },
        Number(IPPROTO_IP, IP_DONTFRAGMENT, nameof(IP_DONTFRAGMENT)),
        Number(IPPROTO_IP, IP_PKTINFO, nameof(IP_PKTINFO)),
        Number(IPPROTO_IP, IP_UNICAST_IF, nameof(IP_UNICAST_IF)) with { IsForFastPath = true },
        Number(IPPROTO_IP, IP_RECVERR, nameof(IP_RECVERR)),
        Number(IPPROTO_IP, IP_RECVIF, nameof(IP_RECVIF)),
        Number(IPPROTO_IP, IP_RECVDSTADDR, nameof(IP_RECVDSTADDR)),
        Number(IPPROTO_IP, IP_RECVTOS, nameof(IP_RECVTOS)),
        Number(IPPROTO_IP, IP_RECVTTL, nameof(IP_RECVTTL)),
        Number(IPPROTO_IP, IP_ECN, nameof(IP_ECN)),
        Number(IPPROTO_IPV6, IPV6_HDRINCL, nameof(IPV6_HDRINCL)),
        Number(IPPROTO_IPV6, IPV6_UNICAST_HOPS, nameof(IPV6_UNICAST_HOPS)) with { IsForFastPath = true },
        Number(IPPROTO_IPV6, IPV6_DONTFRAG, nameof(IPV6_DONTFRAG)),
        Number(IPPROTO_IPV6, IPV6_PKTINFO, nameof(IPV6_PKTINFO)),
        new(IPPROTO_IPV6, IPV6_V6ONLY, nameof(IPV6_V6ONLY), OptionType.Flag, SocketCategories.All)
        {
            Default = 1, IsBeforeBind = true, IsForFastPath = true,
        },
        Number(IPPROTO_IPV6, IPV6_UNICAST_IF, nameof(IPV6_UNICAST_IF)) with { IsForFastPath = true },
        Number(IPPROTO_IPV6, IPV6_RTHDR, nameof(IPV6_RTHDR)),
        Number(IPPROTO_IPV6, IPV6_RECVERR, nameof(IPV6_RECVERR)),
        Number(IPPROTO_IPV6, IPV6_RECVIF, nameof(IPV6_RECVIF)),
        Number(IPPROTO_IPV6, IPV6_RECVDSTADDR, nameof(IPV6_RECVDSTADDR)),
        Number(IPPROTO_IPV6, IPV6_RECVTCLASS, nameof(IPV6_RECVTCLASS)),
        Number(IPPROTO_IPV6, IPV6_HOPLIMIT, nameof(IPV6_HOPLIMIT)),
        Number(IPPROTO_IPV6, IPV6_ECN, nameof(IPV6_ECN)),
        Number(IPPROTO_UDP, UDP_SEND_MSG_SIZE, nameof(UDP_SEND_MSG_SIZE)),
        Number(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, nameof(UDP_RECV_MAX_COALESCED_SIZE)),
    ];

    private static readonly FrozenDictionary<(uint, uint), SocketOption> s_byNumber =
        All.ToFrozenDictionary(o => (o.Level, o.Name));

    public static IEnumerable<SocketOption> All => s_wsk.Concat(s_transport);

    /// <summary>The option; one that nobody has described is bytes for the transport.</summary>
    public static SocketOption Find(uint level, uint name) =>
        s_byNumber.GetValueOrDefault((level, name))
            ?? new SocketOption(level, name, $"0x{name:x}", OptionType.Bytes, SocketCategories.All);

    private static SocketOption Number(uint level, uint name, string text) =>
        new(level, name, text, OptionType.Number, SocketCategories.All);
}
