// Which control objects a client has asked for, and how a received datagram is described by them: a sequence
// of CMSGHDR, each with its data, both padded to 8 bytes, as WSA_CMSG_* of ws2def.h walk it. It knows nothing
// about where the bytes go. The other direction: ControlReader.cs.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>Control objects that options switch on, of one level.</summary>
[Flags]
internal enum ControlObjects
{
    None = 0,

    /// <summary>IP_PKTINFO, IPV6_PKTINFO: destination address and interface.</summary>
    PacketInfo = 1,

    /// <summary>IP_RECVDSTADDR, IPV6_RECVDSTADDR: destination address.</summary>
    Destination = 2,

    /// <summary>IP_RECVIF, IPV6_RECVIF: interface.</summary>
    Interface = 4,

    /// <summary>IP_RECVTOS, IPV6_RECVTCLASS: the object is IP_TOS, IPV6_TCLASS.</summary>
    TrafficClass = 8,

    /// <summary>IP_ECN, IPV6_ECN: the two bits alone.</summary>
    Ecn = 16,

    /// <summary>IP_HOPLIMIT, IPV6_HOPLIMIT.</summary>
    HopLimit = 32,
}

/// <summary>What the client of one socket wants to be told with each datagram.</summary>
/// <param name="V4">Objects of level IPPROTO_IP.</param>
/// <param name="V6">Objects of level IPPROTO_IPV6.</param>
/// <param name="WantsSegmentBytes">UDP_COALESCED_INFO, where datagrams were joined.</param>
internal readonly record struct ControlWishes(
    ControlObjects V4, ControlObjects V6, bool WantsSegmentBytes)
{
    /// <summary>The wishes after an option was set, which may have nothing to do with them.</summary>
    public ControlWishes With(uint level, uint name, uint value)
    {
        if (level == IPPROTO_UDP && name == UDP_RECV_MAX_COALESCED_SIZE)
            return this with { WantsSegmentBytes = value != 0 };
        var one = level is IPPROTO_IP or IPPROTO_IPV6 ? ObjectOf(name) : ControlObjects.None;
        return level == IPPROTO_IP
            ? this with { V4 = value != 0 ? V4 | one : V4 & ~one }
            : this with { V6 = value != 0 ? V6 | one : V6 & ~one };
    }

    // Both levels use the same numbers.
    private static ControlObjects ObjectOf(uint name) => name switch
    {
        IP_PKTINFO => ControlObjects.PacketInfo,
        IP_RECVDSTADDR => ControlObjects.Destination,
        IP_RECVIF => ControlObjects.Interface,
        IP_RECVTOS => ControlObjects.TrafficClass,
        IP_ECN => ControlObjects.Ecn,
        IP_HOPLIMIT => ControlObjects.HopLimit,
        _ => ControlObjects.None,
    };
}

/// <summary>Writes control objects one behind the other.</summary>
internal ref struct ControlWriter(Span<byte> room)
{
    /// <summary>Bytes that all objects of one datagram take at most.</summary>
    public const int BytesMax = 256;

    /// <summary>Bytes of a CMSGHDR.</summary>
    public const int HeaderBytes = 16;

    private readonly Span<byte> _room = room;

    public int WrittenBytes { get; private set; }

    /// <summary>An object did not fit; it and those behind it are missing.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>Bytes up to where the next object begins.</summary>
    public static nuint Align(nuint lengthBytes) => (lengthBytes + 7) & ~(nuint)7;

    /// <summary>Describes a datagram, as far as the client wants it and the transport told it.</summary>
    public void Describe(in DatagramInfo info, in ControlWishes wishes)
    {
        // A dual-stack socket is told about IPv4 at the level that its client enabled.
        var isV4 = !info.Source.IsV6 || info.Source.IsV4Mapped;
        if (isV4)
            DescribeV4(info, wishes.V4);
        DescribeV6(info, isV4 ? info.Source.IsV6 ? wishes.V6 & ~wishes.V4 : 0 : wishes.V6);
        if (wishes.WantsSegmentBytes && info.SegmentBytes != 0)
            Add(IPPROTO_UDP, UDP_COALESCED_INFO, info.SegmentBytes);
    }

    private void DescribeV4(in DatagramInfo info, ControlObjects objects)
    {
        var address = default(IN_ADDR);
        if (info.Destination.Family != 0)
        {
            Span<byte> bytes = stackalloc byte[16];
            info.Destination.WriteV6(bytes);
            address = MemoryMarshal.Read<IN_ADDR>(bytes[12..]);
            if ((objects & ControlObjects.PacketInfo) != 0)
                Add(IPPROTO_IP, IP_PKTINFO, new IN_PKTINFO
                {
                    ipi_addr = address,
                    ipi_ifindex = info.InterfaceIndex,
                });
            if ((objects & ControlObjects.Destination) != 0)
                Add(IPPROTO_IP, IP_RECVDSTADDR, address);
        }
        DescribeRest(info, objects, IPPROTO_IP, IP_TOS);
    }

    private void DescribeV6(in DatagramInfo info, ControlObjects objects)
    {
        if (info.Destination.Family != 0)
        {
            Span<byte> bytes = stackalloc byte[16];
            info.Destination.WriteV6(bytes);
            var address = MemoryMarshal.Read<IN6_ADDR>(bytes);
            if ((objects & ControlObjects.PacketInfo) != 0)
                Add(IPPROTO_IPV6, IPV6_PKTINFO, new IN6_PKTINFO
                {
                    ipi6_addr = address,
                    ipi6_ifindex = info.InterfaceIndex,
                });
            if ((objects & ControlObjects.Destination) != 0)
                Add(IPPROTO_IPV6, IPV6_RECVDSTADDR, address);
        }
        DescribeRest(info, objects, IPPROTO_IPV6, IPV6_TCLASS);
    }

    // Both levels use the same numbers, but for the traffic class.
    private void DescribeRest(in DatagramInfo info, ControlObjects objects, uint level, uint trafficClass)
    {
        if ((objects & ControlObjects.Interface) != 0 && info.InterfaceIndex != 0)
            Add(level, IP_RECVIF, info.InterfaceIndex);
        if ((objects & ControlObjects.TrafficClass) != 0 && info.TrafficClass is { } traffic)
            Add(level, trafficClass, (int)traffic);
        if ((objects & ControlObjects.Ecn) != 0 && info.TrafficClass is { } ecn)
            Add(level, IP_ECN, ecn & 3);
        if ((objects & ControlObjects.HopLimit) != 0 && info.HopLimit is { } hops)
            Add(level, IP_HOPLIMIT, (int)hops);
    }

    private void Add<T>(uint level, uint type, T data)
        where T : unmanaged
    {
        var length = HeaderBytes + Unsafe.SizeOf<T>();
        var at = _room[WrittenBytes..];
        if (IsTruncated || length > at.Length)
        {
            IsTruncated = true;
            return;
        }
        MemoryMarshal.Write(at, new CMSGHDR
        {
            cmsg_len = (nuint)length,
            cmsg_level = (int)level,
            cmsg_type = (int)type,
        });
        MemoryMarshal.Write(at[HeaderBytes..], data);
        WrittenBytes += Math.Min((int)Align((nuint)length), at.Length);
    }
}
