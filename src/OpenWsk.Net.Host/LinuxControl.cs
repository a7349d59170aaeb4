// Control information of Linux' datagrams: what goes beside a datagram that is sent (source, interface, hop
// limit, traffic class, segmentation), and what came beside one that was received. A sequence of cmsghdr,
// each aligned to 8. It knows nothing about Windows' layouts. Numbers: linux/in.h, linux/in6.h, linux/udp.h.
using System.Runtime.InteropServices;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Writes and reads control information.</summary>
internal static class LinuxControl
{
    /// <summary>Room for all that is ever written or asked for. Units: bytes.</summary>
    public const int BytesMax = 256;

    private const int SolIp = 0;
    private const int SolIpv6 = 41;
    private const int SolUdp = 17;
    private const int IpTos = 1;
    private const int IpTtl = 2;
    private const int IpPktInfo = 8;
    private const int Ipv6PktInfo = 50;
    private const int Ipv6HopLimit = 52;
    private const int Ipv6TrafficClass = 67;
    private const int UdpSegment = 103;
    private const int UdpGro = 104;

    private const int HeaderBytes = 16;
    private const int PktInfoBytes = 12;
    private const int Pkt6InfoBytes = 20;

    /// <summary>Writes what a datagram wants and returns its bytes.</summary>
    /// <param name="isV6">Whether it leaves as IPv6; false also for a mapped destination.</param>
    /// <param name="trafficClass">All eight bits, or null.</param>
    public static ReadOnlySpan<byte> Write(
        in DatagramControl control, bool isV6, byte? trafficClass, int segmentBytes, Span<byte> destination)
    {
        var writer = new Writer(destination);
        if (control.Source.Family != 0 || control.InterfaceIndex != 0)
        {
            WritePacketInfo(ref writer, control, isV6);
        }
        if (control.HopLimit is { } hopLimit)
        {
            writer.Add(isV6 ? SolIpv6 : SolIp, isV6 ? Ipv6HopLimit : IpTtl, (int)hopLimit);
        }
        if (trafficClass is { } bits)
        {
            writer.Add(isV6 ? SolIpv6 : SolIp, isV6 ? Ipv6TrafficClass : IpTos, (int)bits);
        }
        if (segmentBytes > 0)
        {
            writer.Add(SolUdp, UdpSegment, (ushort)segmentBytes);
        }
        return writer.Written;
    }

    /// <summary>Adds to the info what the control information says.</summary>
    public static DatagramInfo Read(ReadOnlySpan<byte> control, in DatagramInfo before)
    {
        var info = before;
        while (control.Length >= HeaderBytes)
        {
            var bytes = (int)MemoryMarshal.Read<nuint>(control);
            var level = MemoryMarshal.Read<int>(control[8..]);
            var type = MemoryMarshal.Read<int>(control[12..]);
            if (bytes < HeaderBytes || bytes > control.Length)
            {
                break;
            }
            info = ReadOne(level, type, control[HeaderBytes..bytes], info);
            control = control[Math.Min((bytes + 7) & ~7, control.Length)..];
        }
        return info;
    }

    private static void WritePacketInfo(ref Writer writer, in DatagramControl control, bool isV6)
    {
        Span<byte> info = stackalloc byte[Pkt6InfoBytes];
        info.Clear();
        Span<byte> address = stackalloc byte[16];
        var length = control.Source.Family == 0 ? 0 : control.Source.WriteBytes(address);
        var index = control.InterfaceIndex;
        if (isV6)
        {
            // struct in6_pktinfo: address, index.
            address[..length].CopyTo(info);
            MemoryMarshal.Write(info[16..], index != 0 ? index : control.Source.ScopeId);
            writer.Add(SolIpv6, Ipv6PktInfo, info);
            return;
        }

        // struct in_pktinfo: index, source, destination. A mapped address ends in the one of IPv4.
        MemoryMarshal.Write(info, index);
        address[..length][^Math.Min(length, 4)..].CopyTo(info[4..]);
        writer.Add(SolIp, IpPktInfo, info[..PktInfoBytes]);
    }

    private static DatagramInfo ReadOne(int level, int type, ReadOnlySpan<byte> data, in DatagramInfo info) =>
        (level, type) switch
        {
            (SolIp, IpPktInfo) => ReadPacketInfo(data, info),
            (SolIp, IpTtl) => info with { HopLimit = data[0] },
            (SolIp, IpTos) => info with { TrafficClass = data[0] },
            (SolIpv6, Ipv6PktInfo) => ReadPacket6Info(data, info),
            (SolIpv6, Ipv6HopLimit) => info with { HopLimit = data[0] },
            (SolIpv6, Ipv6TrafficClass) => info with { TrafficClass = data[0] },
            (SolUdp, UdpGro) => info with { SegmentBytes = MemoryMarshal.Read<int>(data) },
            _ => info,
        };

    private static DatagramInfo ReadPacketInfo(ReadOnlySpan<byte> data, in DatagramInfo info)
    {
        var destination = data.Slice(8, 4);
        var isMulticast = destination[0] >> 4 == 14;

        // The system names the local address that stands for the destination; for one of its own they are
        // equal.
        var isBroadcast = !isMulticast && !destination.SequenceEqual(data.Slice(4, 4));
        return info with
        {
            // On a socket of IPv6 the mapped form comes as well, and it is the one that counts.
            Destination = info.Destination.IsV6 ? info.Destination : EndpointAddress.From(destination),
            InterfaceIndex = MemoryMarshal.Read<uint>(data),
            IsMulticast = isMulticast,
            IsBroadcast = isBroadcast,
        };
    }

    private static DatagramInfo ReadPacket6Info(ReadOnlySpan<byte> data, in DatagramInfo info)
    {
        var index = MemoryMarshal.Read<uint>(data[16..]);
        var isLinkLocal = data[0] == 0xFE && (data[1] & 0xC0) == 0x80;
        var isMulticast = data[0] == 0xFF;
        var address = data[..16];
        return info with
        {
            Destination = EndpointAddress.From(address, isLinkLocal || isMulticast ? index : 0),
            InterfaceIndex = index,
            IsMulticast = isMulticast || info.IsMulticast,
        };
    }

    private ref struct Writer(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _destination[.._length];

        public void Add<T>(int level, int type, T value)
            where T : unmanaged
        {
            Span<byte> data = stackalloc byte[sizeof(int)];
            MemoryMarshal.Write(data, value);
            Add(level, type, data[..(value is ushort ? sizeof(ushort) : sizeof(int))]);
        }

        public void Add(int level, int type, scoped ReadOnlySpan<byte> data)
        {
            var space = (HeaderBytes + data.Length + 7) & ~7;
            var target = _destination.Slice(_length, space);
            target.Clear();
            MemoryMarshal.Write(target, (nuint)(HeaderBytes + data.Length));
            MemoryMarshal.Write(target[8..], level);
            MemoryMarshal.Write(target[12..], type);
            data.CopyTo(target[HeaderBytes..]);
            _length += space;
        }
    }
}
