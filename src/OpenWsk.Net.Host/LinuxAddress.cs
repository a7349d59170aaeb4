// Socket addresses as Linux lays them out (linux/in.h, linux/in6.h), written and read without allocating. It
// knows nothing about guest memory; Windows' layouts are EndpointAddress' own.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>sockaddr_in and sockaddr_in6 of Linux.</summary>
internal static class LinuxAddress
{
    /// <summary>Room for either. Units: bytes.</summary>
    public const int BytesMax = 28;

    private const ushort AfInet = 2;
    private const ushort AfInet6 = 10;
    private const int BytesV4 = 16;

    /// <summary>Linux' number of a family.</summary>
    public static int FamilyOf(ushort family) => family == WskConstants.AF_INET6 ? AfInet6 : AfInet;

    /// <summary>Writes an address and returns its bytes.</summary>
    public static ReadOnlySpan<byte> Write(in EndpointAddress address, ushort port, Span<byte> destination)
    {
        destination.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], port);
        if (!address.IsV6)
        {
            MemoryMarshal.Write(destination, AfInet);
            address.WriteBytes(destination[4..]);
            return destination[..BytesV4];
        }
        MemoryMarshal.Write(destination, AfInet6);
        var flowInfo = address.FlowInfo;
        MemoryMarshal.Write(destination[4..], flowInfo);
        address.WriteBytes(destination[8..]);
        var scopeId = address.ScopeId;
        MemoryMarshal.Write(destination[24..], scopeId);
        return destination[..BytesMax];
    }

    /// <summary>Reads an address; family 0 when there is none.</summary>
    public static EndpointAddress Read(ReadOnlySpan<byte> source)
    {
        if (source.Length < BytesV4)
        {
            return default;
        }
        var port = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        return MemoryMarshal.Read<ushort>(source) == AfInet
            ? EndpointAddress.From(source.Slice(4, 4)).WithPort(port)
            : EndpointAddress.FromV6(
                source.Slice(8, 16),
                port,
                MemoryMarshal.Read<uint>(source[4..]),
                MemoryMarshal.Read<uint>(source[24..]));
    }
}
