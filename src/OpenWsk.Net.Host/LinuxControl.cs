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

    /// <summary>What the control information says, with what is known beside it.</summary>
    public static DatagramInfo Read(ReadOnlySpan<byte> control, in EndpointAddress source, bool isTruncated)
    {
        var reader = new Reader();
        while (control.Length >= HeaderBytes)
        {
            var bytes = (int)MemoryMarshal.Read<nuint>(control);
            if (bytes < HeaderBytes || bytes > control.Length)
            {
                break;
            }
            reader.Add(
                MemoryMarshal.Read<int>(control[8..]),
                MemoryMarshal.Read<int>(control[12..]),
                control[HeaderBytes..bytes]);
            control = control[Math.Min((bytes + 7) & ~7, control.Length)..];
        }
        return new DatagramInfo
        {
            Source = source,
            IsTruncated = isTruncated,
            Destination = reader.Destination,
            InterfaceIndex = reader.InterfaceIndex,
            HopLimit = reader.HopLimit,
            TrafficClass = reader.TrafficClass,
            SegmentBytes = reader.SegmentBytes,
            IsMulticast = reader.IsMulticast,
            IsBroadcast = reader.IsBroadcast,
        };
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

    // What has been read so far; one piece of it after the other is cheaper than a new info for each.
    private struct Reader
    {
        public EndpointAddress Destination;
        public uint InterfaceIndex;
        public byte? HopLimit;
        public byte? TrafficClass;
        public int SegmentBytes;
        public bool IsMulticast;
        public bool IsBroadcast;

        public void Add(int level, int type, ReadOnlySpan<byte> data)
        {
            switch (level, type)
            {
                case (SolIp, IpPktInfo):
                    AddPacketInfo(data);
                    break;
                case (SolIpv6, Ipv6PktInfo):
                    AddPacket6Info(data);
                    break;
                case (SolIp, IpTtl):
                case (SolIpv6, Ipv6HopLimit):
                    HopLimit = data[0];
                    break;
                case (SolIp, IpTos):
                case (SolIpv6, Ipv6TrafficClass):
                    TrafficClass = data[0];
                    break;
                case (SolUdp, UdpGro):
                    SegmentBytes = MemoryMarshal.Read<int>(data);
                    break;
                default:
                    break;
            }
        }

        private void AddPacketInfo(ReadOnlySpan<byte> data)
        {
            var destination = data.Slice(8, 4);
            IsMulticast = destination[0] >> 4 == 14;

            // The system names the local address that stands for the destination; for one of its own they
            // are equal.
            IsBroadcast = !IsMulticast && !destination.SequenceEqual(data.Slice(4, 4));
            InterfaceIndex = MemoryMarshal.Read<uint>(data);

            // On a socket of IPv6 the mapped form comes as well, and it is the one that counts.
            if (!Destination.IsV6)
            {
                Destination = EndpointAddress.From(destination);
            }
        }

        private void AddPacket6Info(ReadOnlySpan<byte> data)
        {
            var isLinkLocal = data[0] == 0xFE && (data[1] & 0xC0) == 0x80;
            var isMulticast = data[0] == 0xFF;
            InterfaceIndex = MemoryMarshal.Read<uint>(data[16..]);
            Destination = EndpointAddress.From(data[..16], isLinkLocal || isMulticast ? InterfaceIndex : 0);
            IsMulticast |= isMulticast;
        }
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
