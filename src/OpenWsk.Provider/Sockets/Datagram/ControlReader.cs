// Reads the control objects that a client sends datagrams with (ControlInfo of WskSendTo and
// WskSendMessages): every length is checked before it is used. It knows nothing about what a transport does
// with them. The other direction: ControlInformation.cs.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>Control objects of a send.</summary>
internal ref struct ControlReader(ReadOnlySpan<byte> control, ushort family, bool isUdp)
{
    private readonly ReadOnlySpan<byte> _control = control;
    private DatagramControl _result;

    /// <summary>What is wrong, after STATUS_INVALID_PARAMETER.</summary>
    public string? Problem { get; private set; }

    /// <summary>
    /// Reads all objects; of two of a kind the later one holds. STATUS_INVALID_PARAMETER for a length or a
    /// value that cannot be; STATUS_NOT_SUPPORTED for an object that is unknown.
    /// </summary>
    public NTSTATUS Read(out DatagramControl result)
    {
        var left = _control;
        result = default;
        // Less than a header at the end is padding: WSA_CMSG_NXTHDR sees no object there.
        while (left.Length >= ControlWriter.HeaderBytes)
        {
            var header = MemoryMarshal.Read<CMSGHDR>(left);
            if (header.cmsg_len < ControlWriter.HeaderBytes || header.cmsg_len > (nuint)left.Length)
                return Refuse($"cmsg_len {header.cmsg_len} with {left.Length} bytes left");
            var status = ReadObject(header, left[ControlWriter.HeaderBytes..(int)header.cmsg_len]);
            if (!status.IsSuccess())
                return status;
            left = left[(int)nuint.Min(ControlWriter.Align(header.cmsg_len), (nuint)left.Length)..];
        }
        if (left.Length == _control.Length && left.Length != 0)
            return Refuse($"{left.Length} bytes hold no CMSGHDR");
        result = _result;
        return STATUS_SUCCESS;
    }

    private NTSTATUS ReadObject(in CMSGHDR header, ReadOnlySpan<byte> data)
    {
        var type = (uint)header.cmsg_type;
        switch ((uint)header.cmsg_level)
        {
            // A dual-stack socket sends IPv4, too.
            case IPPROTO_IP when type == IP_PKTINFO:
                return ReadPacketInfo(data, addressBytes: 4);
            case IPPROTO_IPV6 when type == IPV6_PKTINFO && family == AF_INET6:
                return ReadPacketInfo(data, addressBytes: 16);
            case IPPROTO_IP when type == IP_TOS:
            case IPPROTO_IPV6 when type == IPV6_TCLASS && family == AF_INET6:
                return ReadTrafficClass(data);
            case IPPROTO_IP when type == IP_ECN:
            case IPPROTO_IPV6 when type == IPV6_ECN && family == AF_INET6:
                return ReadEcn(data);
            case IPPROTO_IP when type == IP_HOPLIMIT:
            case IPPROTO_IPV6 when type == IPV6_HOPLIMIT && family == AF_INET6:
                return ReadHopLimit(data);
            case IPPROTO_UDP when type == UDP_SEND_MSG_SIZE && isUdp:
                return ReadSegmentBytes(data);
            case IPPROTO_IPV6 when family == AF_INET:
                return Refuse($"an object of level {header.cmsg_level} on an AF_INET socket");
            default:
                return STATUS_NOT_SUPPORTED;
        }
    }

    // IN_PKTINFO and IN6_PKTINFO: the address, then the interface index.
    private NTSTATUS ReadPacketInfo(ReadOnlySpan<byte> data, int addressBytes)
    {
        if (data.Length != addressBytes + sizeof(uint))
            return Refuse($"packet information of {data.Length} bytes");
        var index = MemoryMarshal.Read<uint>(data[addressBytes..]);
        var source = EndpointAddress.From(data[..addressBytes], addressBytes == 16 ? index : 0);
        if (!source.IsV6 && family == AF_INET6 && !source.IsWildcard)
        {
            Span<byte> mapped = stackalloc byte[16];
            source.WriteV6(mapped);
            source = EndpointAddress.From(mapped);
        }
        // The wildcard leaves the choice to routing.
        _result = _result with
        {
            Source = source.IsWildcard ? default : source,
            InterfaceIndex = index,
        };
        return STATUS_SUCCESS;
    }

    private NTSTATUS ReadTrafficClass(ReadOnlySpan<byte> data)
    {
        if (!TryReadInt(data, byte.MaxValue, out var value))
            return Refuse("a traffic class that is no INT of 0 to 255");
        _result = _result with { TrafficClass = (byte)(value & ~3) };
        if ((value & 3) != 0)
            _result = _result with { Ecn = (byte)(value & 3) };
        return STATUS_SUCCESS;
    }

    private NTSTATUS ReadEcn(ReadOnlySpan<byte> data)
    {
        if (!TryReadInt(data, 3, out var value))
            return Refuse("an ECN codepoint that is no INT of 0 to 3");
        _result = _result with { Ecn = (byte)value };
        return STATUS_SUCCESS;
    }

    private NTSTATUS ReadHopLimit(ReadOnlySpan<byte> data)
    {
        if (!TryReadInt(data, byte.MaxValue, out var value))
            return Refuse("a hop limit that is no INT of 0 to 255");
        _result = _result with { HopLimit = (byte)value };
        return STATUS_SUCCESS;
    }

    private NTSTATUS ReadSegmentBytes(ReadOnlySpan<byte> data)
    {
        if (!TryReadInt(data, ushort.MaxValue, out var value))
            return Refuse("a UDP_SEND_MSG_SIZE that is no DWORD of 0 to 65535");
        _result = _result with { SegmentBytes = (int)value };
        return STATUS_SUCCESS;
    }

    private static bool TryReadInt(ReadOnlySpan<byte> data, uint max, out uint value)
    {
        value = data.Length == sizeof(uint) ? MemoryMarshal.Read<uint>(data) : uint.MaxValue;
        return value <= max;
    }

    private NTSTATUS Refuse(string problem)
    {
        Problem = problem;
        return STATUS_INVALID_PARAMETER;
    }
}
