// The IPv4 header that raw sockets receive and, with IP_HDRINCL, send (RFC 791), and the UDP header in
// front of the payload that a raw socket sees of UDP (RFC 768). It knows nothing about options and
// fragments.
using System.Buffers.Binary;
using System.Net;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim.Datagrams;

/// <summary>Writes and reads headers of packets for raw sockets.</summary>
internal static class IpHeader
{
    public const int BytesV4 = 20;
    public const int BytesV6 = 40;
    public const int UdpBytes = 8;

    /// <summary>The packet's payload behind an IPv4 header.</summary>
    public static byte[] Prepend(RawPacket packet)
    {
        var bytes = new byte[BytesV4 + packet.Payload.Length];
        bytes[0] = 0x45;
        bytes[1] = packet.TrafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)bytes.Length);
        bytes[8] = packet.HopLimit;
        bytes[9] = packet.Protocol;
        packet.Source.ToIPAddress().TryWriteBytes(bytes.AsSpan(12), out _);
        packet.Destination.ToIPAddress().TryWriteBytes(bytes.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(10), Checksum(bytes.AsSpan(0, BytesV4)));
        packet.Payload.Span.CopyTo(bytes.AsSpan(BytesV4));
        return bytes;
    }

    /// <summary>Takes the IPv4 header off a payload and into the packet; false when it is none.</summary>
    public static bool TryRead(ref RawPacket packet)
    {
        var bytes = packet.Payload.Span;
        if (bytes.Length < BytesV4 || bytes[0] >> 4 != 4)
            return false;
        var headerBytes = (bytes[0] & 0x0F) * 4;
        if (headerBytes < BytesV4 || headerBytes > bytes.Length)
            return false;
        var source = new IPAddress(bytes.Slice(12, 4));
        packet = packet with
        {
            Source = source.Equals(IPAddress.Any) ? packet.Source : EndpointAddress.From(source, 0),
            Destination = EndpointAddress.From(new IPAddress(bytes.Slice(16, 4)), 0),
            TrafficClass = bytes[1],
            HopLimit = bytes[8],
            Protocol = bytes[9],
            Payload = packet.Payload[headerBytes..],
        };
        return true;
    }

    /// <summary>A datagram as the IP packet that it travels in.</summary>
    public static RawPacket Packet(UdpDatagram datagram, byte protocol)
    {
        var bytes = new byte[UdpBytes + datagram.Payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, datagram.Source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), datagram.Destination.Port);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)bytes.Length);
        datagram.Payload.Span.CopyTo(bytes.AsSpan(UdpBytes));
        return new RawPacket(datagram.Source.WithoutPort(), datagram.Destination.WithoutPort())
        {
            Protocol = protocol,
            Payload = bytes,
            HopLimit = datagram.HopLimit,
            TrafficClass = datagram.TrafficClass,
        };
    }

    /// <summary>The Internet checksum (RFC 1071).</summary>
    public static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        for (var i = 0; i + 1 < bytes.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        if (bytes.Length % 2 != 0)
            sum += (uint)bytes[^1] << 8;
        while (sum > 0xFFFF)
            sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
