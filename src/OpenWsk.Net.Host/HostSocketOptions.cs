// What .NET's sockets do not offer in a portable way, asked of Linux by its raw option numbers. On other
// systems each method says what it does instead. It knows nothing about streams or operations. Numbers:
// asm-generic/socket.h, linux/in.h and linux/tcp.h of the kernel's user headers.
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Raw socket options of Linux, with what stands in for them elsewhere.</summary>
internal static class HostSocketOptions
{
    private const int SolSocket = 1;
    private const int SoReuseAddr = 2;
    private const int SoError = 4;
    private const int SoReusePort = 15;
    private const int IpProtoIp = 0;
    private const int IpBindAddressNoPort = 24;
    private const int IpTos = 1;
    private const int IpTtlReceived = 12;
    private const int IpTosReceived = 13;
    private const int IpPktInfo = 8;
    private const int IpMtuDiscover = 10;
    private const int IpMtuDiscoverDont = 0;
    private const int IpMulticastAll = 49;
    private const int IpProtoIpv6 = 41;
    private const int Ipv6Only = 26;
    private const int Ipv6MulticastAll = 29;
    private const int Ipv6PktInfoReceived = 49;
    private const int Ipv6HopLimitReceived = 51;
    private const int Ipv6TrafficClassReceived = 66;
    private const int Ipv6TrafficClass = 67;
    private const int IpProtoTcp = 6;
    private const int TcpInfo = 11;

    private const byte TcpFinWait2 = 5;
    private const byte TcpTimeWait = 6;
    private const byte TcpClose = 7;

    /// <summary>Whether the raw options below exist.</summary>
    public static bool IsLinux { get; } = OperatingSystem.IsLinux();

    /// <summary>
    /// Makes a TCP socket. On Linux the protocol is left to the kernel (which takes TCP), because for
    /// ProtocolType.Tcp .NET sets SO_REUSEADDR before each bind, and then two sockets could share an address
    /// unasked.
    /// </summary>
    public static Socket CreateTcp(AddressFamily family) =>
        new(family, SocketType.Stream, IsLinux ? ProtocolType.Unspecified : ProtocolType.Tcp)
        {
            Blocking = false,
        };

    /// <summary>
    /// Whether others that also allow it may bind the address of this socket. On Linux this is SO_REUSEADDR
    /// at the moment of the second bind; elsewhere the option counts only before the socket's own bind.
    /// </summary>
    public static void SetReuse(Socket socket, bool isAllowed)
    {
        if (!IsLinux)
        {
            return;
        }
        SetInt(socket, SolSocket, SoReuseAddr, isAllowed ? 1 : 0);
    }

    /// <summary>
    /// Whether others that also allow it may bind and listen on the address of this socket, listener or not.
    /// On Linux SO_REUSEADDR does not go as far as that.
    /// </summary>
    public static void SetPortReuse(Socket socket, bool isAllowed)
    {
        if (IsLinux)
        {
            SetInt(socket, SolSocket, SoReusePort, isAllowed ? 1 : 0);
        }
    }

    /// <summary>
    /// Gives a new datagram socket Windows' defaults (no dual stack, no do-not-fragment bit, datagrams of a
    /// group only for those who joined it), and has the system tell all it knows about each datagram.
    /// </summary>
    public static void PrepareDatagram(Socket socket, bool isV6, bool isRaw)
    {
        if (isV6)
        {
            SetInt(socket, IpProtoIpv6, Ipv6PktInfoReceived, 1);
            SetInt(socket, IpProtoIpv6, Ipv6HopLimitReceived, 1);
            SetInt(socket, IpProtoIpv6, Ipv6TrafficClassReceived, 1);
            SetInt(socket, IpProtoIpv6, Ipv6MulticastAll, 0);
            if (isRaw)
            {
                // Linux' raw sockets of IPv6 know nothing of IPv4.
                return;
            }
            SetInt(socket, IpProtoIpv6, Ipv6Only, 1);
        }
        SetInt(socket, IpProtoIp, IpPktInfo, 1);
        SetInt(socket, IpProtoIp, IpTtlReceived, 1);
        SetInt(socket, IpProtoIp, IpTosReceived, 1);
        SetInt(socket, IpProtoIp, IpMulticastAll, 0);
        SetInt(socket, IpProtoIp, IpMtuDiscover, IpMtuDiscoverDont);
    }

    /// <summary>Whether an address is one of this host's: whether it can be bound.</summary>
    public static bool IsLocal(in EndpointAddress address)
    {
        var endpoint = address.WithPort(0).ToIPEndPoint();
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (address.IsV4Mapped)
            {
                socket.DualMode = true;
            }
            socket.Bind(endpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Ends listening, also for copies that other processes have; what waits is reset.</summary>
    public static void StopListening(Socket socket) => LinuxSockets.EndReceiving(socket.SafeHandle);

    /// <summary>
    /// How much the system takes for sending; what it adds for its own bookkeeping is left out.
    /// </summary>
    public static int SendBufferBytes(Socket socket)
    {
        if (!IsLinux)
        {
            return socket.SendBufferSize;
        }
        var doubled = LinuxOptions.Get(socket.SafeHandle, LinuxNumbers.SolSocket, LinuxNumbers.SoSendBuffer);
        return (doubled ?? 0) / 2;
    }

    /// <summary>TOS or traffic class of the socket, all eight bits.</summary>
    public static byte TrafficClass(Socket socket, bool isV6)
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        value.Clear();
        socket.GetRawSocketOption(isV6 ? IpProtoIpv6 : IpProtoIp, isV6 ? Ipv6TrafficClass : IpTos, value);
        return value[0];
    }

    /// <summary>Whether bind leaves the choice of a port to connect, which knows the peer.</summary>
    public static void SetPortDeferred(Socket socket, bool isDeferred) =>
        SetInt(socket, IpProtoIp, IpBindAddressNoPort, isDeferred ? 1 : 0);

    /// <summary>True when the peer's stack has acknowledged our FIN or the connection is gone.</summary>
    public static bool IsFinAcknowledged(Socket socket, out bool isGone)
    {
        if (!IsLinux)
        {
            isGone = false;
            return true;
        }

        // The first byte of struct tcp_info is tcpi_state; the kernel copies as much as the caller has room
        // for.
        Span<byte> state = stackalloc byte[1];
        socket.GetRawSocketOption(IpProtoTcp, TcpInfo, state);
        isGone = state[0] == TcpClose;
        return state[0] is TcpFinWait2 or TcpTimeWait or TcpClose;
    }

    /// <summary>True when the connection has ended in every direction, by a reset or otherwise.</summary>
    public static bool IsGone(Socket socket)
    {
        _ = IsFinAcknowledged(socket, out var isGone);
        return isGone;
    }

    /// <summary>The error that ended the connection, if any; the system forgets it by telling.</summary>
    public static SocketError TakeError(Socket socket)
    {
        if (!IsLinux)
        {
            return SocketError.Success;
        }
        Span<byte> error = stackalloc byte[sizeof(int)];
        socket.GetRawSocketOption(SolSocket, SoError, error);
        return BitConverter.ToInt32(error) switch
        {
            0 => SocketError.Success,
            Etimedout => SocketError.TimedOut,
            Ehostunreach => SocketError.HostUnreachable,
            Enetunreach => SocketError.NetworkUnreachable,
            _ => SocketError.ConnectionReset,
        };
    }

    private const int Enetunreach = 101;
    private const int Etimedout = 110;
    private const int Ehostunreach = 113;

    private static void SetInt(Socket socket, int level, int name, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(bytes, value);
        socket.SetRawSocketOption(level, name, bytes);
    }
}
