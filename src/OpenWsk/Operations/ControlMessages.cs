// Control information of datagrams as the sequence of CMSGHDRs that WSK takes and gives: a header of 16
// bytes, the data, padding to 8. Written for one family, read for both. It knows nothing about buffers'
// owners.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>Reads and writes control messages.</summary>
internal static class ControlMessages
{
    private const int HeaderBytes = 16;
    private const int Alignment = 8;

    /// <summary>Writes what is there of a control information.</summary>
    /// <returns>The length of the sequence. Units: bytes.</returns>
    public static int Write(Span<byte> destination, in WskControlInfo control, ushort family)
    {
        var (isV6, length) = (family == AF_INET6, 0);
        var level = isV6 ? IPPROTO_IPV6 : IPPROTO_IP;
        if (control.LocalAddress.Family != 0 || control.InterfaceIndex != 0)
            WritePacketInfo(Next(destination, ref length, level, isV6), control, isV6);
        if (control.HopLimit is { } hopLimit)
            WriteNumber(
                destination, ref length, level, isV6 ? IPV6_HOPLIMIT : IP_HOPLIMIT, hopLimit);
        if (control.TrafficClass is { } trafficClass)
            WriteNumber(destination, ref length, level, isV6 ? IPV6_TCLASS : IP_TOS, trafficClass);
        if (control.Ecn is { } ecn)
            WriteNumber(destination, ref length, level, isV6 ? IPV6_ECN : IP_ECN, (int)ecn);
        if (control.SegmentBytes != 0)
            WriteNumber(destination, ref length, IPPROTO_UDP, UDP_SEND_MSG_SIZE, control.SegmentBytes);
        return length;
    }

    /// <summary>Reads a sequence; what is not known or does not fit is passed over.</summary>
    public static WskControlInfo Read(ReadOnlySpan<byte> source)
    {
        var control = default(WskControlInfo);
        while (source.Length >= HeaderBytes)
        {
            ref readonly var header = ref MemoryMarshal.AsRef<CMSGHDR>(source);
            if (header.cmsg_len < HeaderBytes || header.cmsg_len > (nuint)source.Length)
                break;
            var length = (int)header.cmsg_len;
            control = Apply(
                control, (uint)header.cmsg_level, (uint)header.cmsg_type, source[HeaderBytes..length]);
            source = source[Math.Min(Align(length), source.Length)..];
        }
        return control;
    }

    private static WskControlInfo Apply(
        in WskControlInfo control, uint level, uint type, ReadOnlySpan<byte> data)
    {
        if (level == IPPROTO_IP && type == IP_PKTINFO && data.Length >= 8)
            return WithPacketInfo(control, data[..4], data[4..]);
        if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO && data.Length >= 20)
            return WithPacketInfo(control, data[..16], data[16..]);
        if (data.Length < sizeof(int))
            return control;
        var number = BinaryPrimitives.ReadInt32LittleEndian(data);
        return (level, type) switch
        {
            (IPPROTO_IP, IP_HOPLIMIT) or (IPPROTO_IPV6, IPV6_HOPLIMIT) =>
                control with { HopLimit = (byte)number },
            (IPPROTO_IP, IP_TOS) or (IPPROTO_IPV6, IPV6_TCLASS) =>
                control with { TrafficClass = (byte)number },
            (IPPROTO_IP, IP_ECN) or (IPPROTO_IPV6, IPV6_ECN) =>
                control with { Ecn = (WskEcn)(number & 3) },
            (IPPROTO_UDP, UDP_COALESCED_INFO) => control with { SegmentBytes = number },
            _ => control,
        };
    }

    private static WskControlInfo WithPacketInfo(
        in WskControlInfo control, ReadOnlySpan<byte> address, ReadOnlySpan<byte> index) =>
        control with
        {
            LocalAddress = EndpointAddress.From(address),
            InterfaceIndex = BinaryPrimitives.ReadUInt32LittleEndian(index),
        };

    private static int Align(int length) => (length + Alignment - 1) & ~(Alignment - 1);

    private static Span<byte> Next(Span<byte> destination, ref int length, uint level, bool isV6) =>
        Begin(destination, ref length, level, isV6 ? IPV6_PKTINFO : IP_PKTINFO, isV6 ? 20 : 8);

    private static void WritePacketInfo(Span<byte> data, in WskControlInfo control, bool isV6)
    {
        data.Clear();
        var addressBytes = isV6 ? 16 : 4;
        if (control.LocalAddress.Family != 0)
        {
            // The last four bytes of the IPv6 form are the IPv4 address.
            Span<byte> bytes = stackalloc byte[16];
            control.LocalAddress.WriteV6(bytes);
            bytes[^addressBytes..].CopyTo(data);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(data[addressBytes..], control.InterfaceIndex);
    }

    private static void WriteNumber(
        Span<byte> destination, ref int length, uint level, uint type, int number) =>
        BinaryPrimitives.WriteInt32LittleEndian(
            Begin(destination, ref length, level, type, sizeof(int)), number);

    private static Span<byte> Begin(
        Span<byte> destination, ref int length, uint level, uint type, int dataBytes)
    {
        var at = destination[length..];
        MemoryMarshal.AsRef<CMSGHDR>(at) = new CMSGHDR
        {
            cmsg_len = (nuint)(HeaderBytes + dataBytes),
            cmsg_level = (int)level,
            cmsg_type = (int)type,
        };
        length += Align(HeaderBytes + dataBytes);
        return at.Slice(HeaderBytes, dataBytes);
    }
}
