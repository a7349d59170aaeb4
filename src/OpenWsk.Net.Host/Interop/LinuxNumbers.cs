// The numbers of Linux' socket options that Options/HostOptionTable.cs maps to, and of the few that are
// asked for elsewhere. From asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h, linux/udp.h and
// asm-generic/ioctls.h. They say nothing about who uses them.
namespace OpenWsk.Net.Host;

/// <summary>Levels and names of Linux' socket options.</summary>
internal static class LinuxNumbers
{
    public const int SolSocket = 1;
    public const int SoType = 3;
    public const int SoBroadcast = 6;
    public const int SoSendBuffer = 7;
    public const int SoReceiveBuffer = 8;
    public const int SoKeepAlive = 9;
    public const int SoNoCheck = 11;
    public const int SoAttachFilter = 26;
    public const int SoSendBufferForce = 32;
    public const int SoReceiveBufferForce = 33;
    public const int SoBindToInterface = 62;

    public const int Ip = 0;
    public const int IpTos = 1;
    public const int IpTtl = 2;
    public const int IpHeaderIncluded = 3;
    public const int IpOptions = 4;
    public const int IpMtuDiscover = 10;
    public const int IpReceiveErrors = 11;
    public const int IpMulticastInterface = 32;
    public const int IpMulticastTtl = 33;
    public const int IpMulticastLoop = 34;
    public const int IpAddMembership = 35;
    public const int IpDropMembership = 36;
    public const int IpUnicastInterface = 50;

    public const int Ipv6 = 41;
    public const int Ipv6UnicastHops = 16;
    public const int Ipv6MulticastInterface = 17;
    public const int Ipv6MulticastHops = 18;
    public const int Ipv6MulticastLoop = 19;
    public const int Ipv6AddMembership = 20;
    public const int Ipv6DropMembership = 21;
    public const int Ipv6Errors = 25;
    public const int Ipv6Only = 26;
    public const int Ipv6HeaderIncluded = 36;
    public const int Ipv6ReceiveRoutingHeader = 56;
    public const int Ipv6DontFragment = 62;
    public const int Ipv6TrafficClass = 67;
    public const int Ipv6UnicastInterface = 76;

    public const int Tcp = 6;
    public const int TcpNoDelay = 1;
    public const int TcpKeepIdle = 4;
    public const int TcpKeepInterval = 5;
    public const int TcpKeepCount = 6;
    public const int TcpQuickAck = 12;
    public const int TcpRepair = 19;
    public const int TcpRepairQueue = 20;
    public const int TcpFastOpen = 23;

    public const int Udp = 17;
    public const int UdpGro = 104;

    /// <summary>Bytes that can be read (FIONREAD).</summary>
    public const nuint AskReadable = 0x541B;

    /// <summary>Bytes that the peer has not acknowledged (SIOCOUTQ).</summary>
    public const nuint AskUnacknowledged = 0x5411;
}
