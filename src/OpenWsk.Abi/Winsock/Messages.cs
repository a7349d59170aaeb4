// Name-resolution results and message headers of ws2def.h and ws2tcpip.h at their x64 layout.
// It knows nothing about look-ups or control data; addresses are in Addresses.cs.
namespace OpenWsk.Abi;

/// <summary>One result, or the hints, of a name look-up. 72 bytes.</summary>
public struct ADDRINFOEXW
{
    public int ai_flags;
    public int ai_family;
    public int ai_socktype;
    public int ai_protocol;
    public nuint ai_addrlen;
    public nuint ai_canonname;
    public GuestPtr<SOCKADDR> ai_addr;
    public nuint ai_blob;
    public nuint ai_bloblen;
    public GuestPtr<Guid> ai_provider;
    public GuestPtr<ADDRINFOEXW> ai_next;
}

/// <summary>Head of one control object; the data follows at 16. 16 bytes.</summary>
public struct CMSGHDR
{
    public nuint cmsg_len;
    public int cmsg_level;
    public int cmsg_type;
}

/// <summary>A flat buffer. 16 bytes.</summary>
public struct WSABUF
{
    public uint len;
    public nuint buf;
}

/// <summary>A message with address, buffers and control data. 56 bytes.</summary>
public struct WSAMSG
{
    public GuestPtr<SOCKADDR> name;
    public int namelen;
    public GuestPtr<WSABUF> lpBuffers;
    public uint dwBufferCount;
    public WSABUF Control;
    public uint dwFlags;
}

/// <summary>Destination address and interface of an IPv4 datagram. 8 bytes.</summary>
public struct IN_PKTINFO
{
    public IN_ADDR ipi_addr;
    public uint ipi_ifindex;
}

/// <summary>Destination address and interface of an IPv6 datagram. 20 bytes.</summary>
public struct IN6_PKTINFO
{
    public IN6_ADDR ipi6_addr;
    public uint ipi6_ifindex;
}
