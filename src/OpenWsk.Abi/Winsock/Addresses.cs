// Socket addresses of ws2def.h, ws2ipdef.h and in6addr.h at their x64 layout; ports and IPv4 in network
// order. It knows nothing about parsing: see OpenWsk.Ports.EndpointAddress.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Abi;

/// <summary>Any socket address: the family and 14 bytes. 16 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct SOCKADDR
{
    [FieldOffset(0)] public ushort sa_family;
    [FieldOffset(2)] public SockaddrData sa_data;
}

/// <summary>The bytes behind the family of a SOCKADDR.</summary>
[InlineArray(14)]
public struct SockaddrData
{
    private byte _first;
}

/// <summary>An IPv4 address in network order. 4 bytes.</summary>
public struct IN_ADDR
{
    public uint S_addr;
}

/// <summary>An IPv6 address. 16 bytes, aligned to 2.</summary>
public struct IN6_ADDR
{
    public In6Words Word;
}

/// <summary>The eight words of an IPv6 address, in network order.</summary>
[InlineArray(8)]
public struct In6Words
{
    private ushort _first;
}

/// <summary>The unused end of a SOCKADDR_IN.</summary>
[InlineArray(8)]
public struct SinZero
{
    private byte _first;
}

/// <summary>An IPv4 socket address. 16 bytes.</summary>
public struct SOCKADDR_IN
{
    public ushort sin_family;
    public ushort sin_port;
    public IN_ADDR sin_addr;
    public SinZero sin_zero;
}

/// <summary>An IPv6 socket address. 28 bytes.</summary>
public struct SOCKADDR_IN6
{
    public ushort sin6_family;
    public ushort sin6_port;
    public uint sin6_flowinfo;
    public IN6_ADDR sin6_addr;
    public uint sin6_scope_id;
}

/// <summary>Room for any socket address. 128 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public struct SOCKADDR_STORAGE
{
    [FieldOffset(0)] public ushort ss_family;
    [FieldOffset(8)] public long __ss_align;
}

/// <summary>An IPv4 or an IPv6 socket address. 28 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 28)]
public struct SOCKADDR_INET
{
    [FieldOffset(0)] public SOCKADDR_IN Ipv4;
    [FieldOffset(0)] public SOCKADDR_IN6 Ipv6;
    [FieldOffset(0)] public ushort si_family;
}

/// <summary>A pointer to a socket address and its length. 16 bytes.</summary>
public struct SOCKET_ADDRESS
{
    public GuestPtr<SOCKADDR> lpSockaddr;
    public int iSockaddrLength;
}

/// <summary>A counted array of socket addresses; the array goes on behind the structure. 24 bytes.</summary>
public struct SOCKET_ADDRESS_LIST
{
    public int iAddressCount;
    public SOCKET_ADDRESS Address;
}
