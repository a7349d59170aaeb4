// Part of SimDatagramSocket: from a send operation to packets. The way is settled once for all messages of an
// operation (DatagramRoute), then each message is gathered and sent. It knows nothing about links.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Datagrams;

internal sealed partial class SimDatagramSocket
{
    // What is left of an IP packet of 65535 bytes (RFC 791) or an IPv6 payload of as many (RFC 8200).
    private const int UdpBytesMaxV4 = 65_507;
    private const int UdpBytesMaxV6 = 65_527;
    private const int RawBytesMaxV4 = 65_515;
    private const int RawBytesMaxV6 = 65_535;

    public bool Send(SendOperation operation)
    {
        operation.Status = SendMessages(operation);
        return true;
    }

    private NTSTATUS SendMessages(SendOperation operation)
    {
        var status = CheckUsable();
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        status = FindRoute(operation.Destination, operation.Control, out var route);
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        var segmentBytes = SegmentBytes(operation.Control);
        var segment = 0;
        for (var message = 0; message < operation.MessageCount; message++)
        {
            var bytes = Gather(operation, ref segment, operation.MessageEnd(message));
            status = SendMessage(route, bytes, segmentBytes);
            if (status != NTSTATUS.STATUS_SUCCESS)
                return status;
        }
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS SendMessage(in DatagramRoute route, ReadOnlyMemory<byte> bytes, int segmentBytes)
    {
        var pieceBytes = segmentBytes == 0 ? bytes.Length : Math.Min(segmentBytes, bytes.Length);
        if (pieceBytes > BytesMax(route))
            return NTSTATUS.STATUS_INVALID_BUFFER_SIZE;
        do
        {
            var piece = bytes[..Math.Min(pieceBytes, bytes.Length)];
            bytes = bytes[piece.Length..];
            var status = Transmit(route, piece);
            if (status != NTSTATUS.STATUS_SUCCESS)
                return status;
        }
        while (!bytes.IsEmpty);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS Transmit(in DatagramRoute route, ReadOnlyMemory<byte> bytes)
    {
        if (!IsRaw)
        {
            _host.Send(new UdpDatagram(route.Source, route.Destination)
            {
                Payload = bytes,
                HopLimit = route.HopLimit,
                TrafficClass = route.TrafficClass,
            });
            return NTSTATUS.STATUS_SUCCESS;
        }
        var packet = new RawPacket(route.Source, route.Destination)
        {
            Protocol = _protocol,
            Payload = bytes,
            HopLimit = route.HopLimit,
            TrafficClass = route.TrafficClass,
        };
        if (IsHeaderIncluded(route) && !IpHeader.TryRead(ref packet))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        _host.Send(packet);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static byte[] Gather(SendOperation operation, ref int segment, int end)
    {
        var length = 0;
        for (var i = segment; i < end; i++)
            length += operation.Segment(i).Length;
        var bytes = new byte[length];
        for (var filled = 0; segment < end; segment++)
        {
            var source = operation.Segment(segment).Span;
            source.CopyTo(bytes.AsSpan(filled));
            filled += source.Length;
        }
        return bytes;
    }

    private int SegmentBytes(in DatagramControl control)
    {
        if (IsRaw)
            return 0;
        return control.SegmentBytes != 0
            ? control.SegmentBytes
            : (int)_options.Number(IPPROTO_UDP, UDP_SEND_MSG_SIZE);
    }

    private int BytesMax(in DatagramRoute route)
    {
        var isV6 = route.Destination.IsV6;
        var protocolMax = IsRaw
            ? isV6 ? RawBytesMaxV6 : RawBytesMaxV4
            : isV6 ? UdpBytesMaxV6 : UdpBytesMaxV4;
        if (IsHeaderIncluded(route))
            protocolMax += IpHeader.BytesV4;
        return route.IsWhole ? Math.Min(protocolMax, WholeBytesMax(route)) : protocolMax;
    }

    private int WholeBytesMax(in DatagramRoute route)
    {
        var headerBytes = (route.Destination.IsV6 ? IpHeader.BytesV6 : IpHeader.BytesV4)
            + (IsRaw ? 0 : IpHeader.UdpBytes);
        return _host.Network.MtuBytes(_host, route.Destination) - headerBytes;
    }

    // IPPROTO_RAW says by itself that the header comes along.
    private bool IsHeaderIncluded(in DatagramRoute route) => IsRaw && !route.Destination.IsV6
        && (_protocol == IPPROTO_RAW || _options.IsOn(IPPROTO_IP, IP_HDRINCL));
}
