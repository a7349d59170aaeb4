// Part of SimStreamSocket: options and what they set in the connection. It knows nothing about which of
// them a WSK client may use when.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim;

internal sealed partial class SimStreamSocket
{
    // Below one segment (RFC 9293 section 3.7.1) a connection would hardly move; above this the window cannot
    // be told (RFC 7323 section 2.3).
    private const uint BufferBytesMin = 536;
    private const uint BufferBytesMax = 1 << 30;
    private const long SecondNs = 1_000_000_000;

    public nuint ReceiveBacklogBytes => (nuint)(_connection?.AvailableBytes ?? 0);

    public nuint IdealSendBacklogBytes =>
        (nuint)(_connection?.IdealSendBacklogBytes
            ?? BufferBytes(SO_SNDBUF, TcpDefaults.SendBufferBytes));

    private bool IsKeepAlive => Options.IsOn(SOL_SOCKET, SO_KEEPALIVE);

    /// <summary>
    /// What the options mean for a connection. What goes over IPv4 has the options of IPv4, on an IPv6
    /// socket too.
    /// </summary>
    public TcpSettings SettingsFor(bool isV6) => new()
    {
        ReceiveBufferBytes = BufferBytes(SO_RCVBUF, TcpDefaults.ReceiveBufferBytes),
        SendBufferBytes = BufferBytes(SO_SNDBUF, TcpDefaults.SendBufferBytes),
        HopLimit = (byte)(isV6 && _family == AF_INET6
            ? Options.Number(IPPROTO_IPV6, IPV6_UNICAST_HOPS)
            : Options.Number(IPPROTO_IP, IP_TTL)),
        TrafficClass = (byte)(isV6 && _family == AF_INET6
            ? Options.Number(IPPROTO_IPV6, IPV6_TCLASS)
            : Options.Number(IPPROTO_IP, IP_TOS)),
        KeepAliveIdleNs = IsKeepAlive ? Options.Number(IPPROTO_TCP, TCP_KEEPALIVE) * SecondNs : 0,
        KeepAliveIntervalNs = Options.Number(IPPROTO_TCP, TCP_KEEPINTVL) * SecondNs,
        KeepAliveProbesMax = (int)Options.Number(IPPROTO_TCP, TCP_KEEPCNT),
    };

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value)
    {
        if (_isClosed)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        var status = Options.Set(level, name, value, _bound.Family != 0);
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        _listener?.ApplyOptions();
        _connection?.Apply(SettingsFor(_connection.Local.IsV6));
        return NTSTATUS.STATUS_SUCCESS;
    }

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        bytes = 0;
        return _failure != NTSTATUS.STATUS_SUCCESS ? _failure : Options.Get(level, name, value, out bytes);
    }

    // Whether the interface that the socket is to use (IP_UNICAST_IF, in network order; IPV6_UNICAST_IF)
    // leads to the peer: the loopback interface to this host, the adapter anywhere, others nowhere.
    private bool IsOnInterface(in EndpointAddress peer)
    {
        var index = peer.IsV6
            ? Options.NumberIfSet(IPPROTO_IPV6, IPV6_UNICAST_IF) ?? 0
            : BinaryPrimitives.ReverseEndianness(Options.Number(IPPROTO_IP, IP_UNICAST_IF));
        return index is 0 or AddressKinds.AdapterInterface
            || (index == AddressKinds.LoopbackInterface && _host.Owns(peer));
    }

    private int BufferBytes(uint name, int unset) =>
        Options.NumberIfSet(SOL_SOCKET, name) is { } bytes
            ? (int)Math.Clamp(bytes, BufferBytesMin, BufferBytesMax)
            : unset;
}
