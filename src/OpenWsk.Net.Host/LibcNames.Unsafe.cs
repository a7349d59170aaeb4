// The system's names through the C library of Linux, glibc's or musl's: getaddrinfo and getnameinfo ask hosts
// file, name servers and services file as the machine is set up. Both are thread-safe, which getservbyname is
// not; so services go through them too. It knows nothing about threads. Constants are those of netdb.h.
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>getaddrinfo and getnameinfo.</summary>
internal sealed unsafe class LibcNames : ISystemNames
{
    private const int FamilyV4 = 2;
    private const int FamilyV6 = 10;
    private const int Stream = 1;
    private const int Datagram = 2;
    private const int CanonicalNameFlag = 2;
    private const int HostRequiredFlag = 8;
    private const int DatagramFlag = 16;
    private const int HostBytesMax = 1025;
    private const int ServiceBytesMax = 64;
    private const int SockaddrV4Bytes = 16;
    private const int SockaddrV6Bytes = 28;

    public SocketError FindAddresses(
        string host, ushort family, bool wantsCanonicalName, List<EndpointAddress> addresses,
        out string? canonicalName)
    {
        canonicalName = null;
        var hints = new Interop.AddressInfo
        {
            Flags = wantsCanonicalName ? CanonicalNameFlag : 0,
            Family = ToSystem(family),
            SocketType = Stream,
        };
        Interop.AddressInfo* list = null;
        var error = Interop.getaddrinfo(host, null, &hints, &list);
        if (error != 0)
            return ToError(error);
        if (list->CanonicalName is not null)
            canonicalName = Text(list->CanonicalName);
        // Sound until the list is freed: nothing of it is kept.
        for (var at = list; at is not null; at = at->Next)
        {
            var address = Read(new ReadOnlySpan<byte>(at->Address, (int)at->AddressBytes));
            if (address.Family != 0 && !addresses.Contains(address))
                addresses.Add(address);
        }
        Interop.freeaddrinfo(list);
        return addresses.Count == 0 ? SocketError.NoData : SocketError.Success;
    }

    public SocketError FindHost(in EndpointAddress address, out string? name)
    {
        Span<byte> sockaddr = stackalloc byte[SockaddrV6Bytes];
        var bytes = Write(address, sockaddr);
        var host = stackalloc byte[HostBytesMax];
        fixed (byte* source = sockaddr)
        {
            var error = Interop.getnameinfo(source, bytes, host, HostBytesMax, null, 0, HostRequiredFlag);
            name = error == 0 ? Text(host) : null;
            return error == 0 ? SocketError.Success : ToError(error);
        }
    }

    public ushort FindPort(string service, bool isDatagram)
    {
        var hints = new Interop.AddressInfo
        {
            Family = FamilyV4,
            SocketType = isDatagram ? Datagram : Stream,
        };
        Interop.AddressInfo* list = null;
        if (Interop.getaddrinfo(null, service, &hints, &list) != 0)
            return 0;
        var port = Read(new ReadOnlySpan<byte>(list->Address, (int)list->AddressBytes)).Port;
        Interop.freeaddrinfo(list);
        return port;
    }

    public string? FindService(ushort port, bool isDatagram)
    {
        Span<byte> sockaddr = stackalloc byte[SockaddrV6Bytes];
        var bytes = Write(EndpointAddress.Wildcard(WskConstants.AF_INET, port), sockaddr);
        var service = stackalloc byte[ServiceBytesMax];
        fixed (byte* source = sockaddr)
        {
            var flags = isDatagram ? DatagramFlag : 0;
            if (Interop.getnameinfo(source, bytes, null, 0, service, ServiceBytesMax, flags) != 0)
                return null;
        }
        // The number stands for a port that has no name.
        var name = Text(service);
        return name == port.ToString(CultureInfo.InvariantCulture) ? null : name;
    }

    // The host's own name often has no domain; then the name that it stands for says it.
    public string FindDomain()
    {
        var name = Dns.GetHostName();
        if (!name.Contains('.', StringComparison.Ordinal))
        {
            FindAddresses(name, 0, wantsCanonicalName: true, [], out var canonicalName);
            name = canonicalName ?? "";
        }
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? "" : name[(dot + 1)..];
    }

    private static int ToSystem(ushort family) => family switch
    {
        WskConstants.AF_INET => FamilyV4,
        WskConstants.AF_INET6 => FamilyV6,
        _ => 0,
    };

    // sockaddr_in and sockaddr_in6 of Linux: the family in host order, everything else as on Windows.
    private static EndpointAddress Read(ReadOnlySpan<byte> sockaddr)
    {
        var family = MemoryMarshal.Read<ushort>(sockaddr);
        var port = BinaryPrimitives.ReadUInt16BigEndian(sockaddr[2..]);
        return family switch
        {
            FamilyV4 => EndpointAddress.From(new IPAddress(sockaddr[4..8]), port),
            FamilyV6 => EndpointAddress.From(
                new IPAddress(sockaddr[8..24], MemoryMarshal.Read<uint>(sockaddr[24..])), port),
            _ => default,
        };
    }

    private static uint Write(in EndpointAddress address, Span<byte> sockaddr)
    {
        sockaddr.Clear();
        MemoryMarshal.Write(sockaddr, (ushort)ToSystem(address.Family));
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], address.Port);
        address.ToIPAddress().TryWriteBytes(sockaddr[(address.IsV6 ? 8 : 4)..], out _);
        if (address.IsV6)
            MemoryMarshal.Write(sockaddr[24..], address.ScopeId);
        return address.IsV6 ? SockaddrV6Bytes : (uint)SockaddrV4Bytes;
    }

    private static string Text(byte* text) =>
        Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    private static SocketError ToError(int error) => error switch
    {
        // EAI_NONAME, EAI_NODATA, EAI_ADDRFAMILY, EAI_SERVICE.
        -2 or -5 or -9 or -8 => SocketError.HostNotFound,
        // EAI_AGAIN: no server answered.
        -3 => SocketError.TryAgain,
        // EAI_FAIL; getaddrinfo says so too of names that no server takes.
        -4 => SocketError.NoRecovery,
        // EAI_FAMILY.
        -6 => SocketError.AddressFamilyNotSupported,
        // EAI_MEMORY.
        -10 => SocketError.NoBufferSpaceAvailable,
        _ => SocketError.SocketError,
    };
}
