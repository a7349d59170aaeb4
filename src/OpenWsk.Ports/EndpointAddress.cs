// An IPv4 or IPv6 address with port, as a value that every layer can pass around without guest memory.
// It converts from and to SOCKADDR in guest memory and to text; it knows nothing about routing.
using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>A transport address. Port in host order; IPv6 parts are zero for IPv4.</summary>
public readonly record struct EndpointAddress
{
    private readonly UInt128 _bits;

    private EndpointAddress(ushort family, UInt128 bits, ushort port, uint flowInfo, uint scopeId)
    {
        Family = family;
        _bits = bits;
        Port = port;
        FlowInfo = flowInfo;
        ScopeId = scopeId;
    }

    /// <summary>AF_INET or AF_INET6; 0 for a default value.</summary>
    public ushort Family { get; }

    /// <summary>Port in host order.</summary>
    public ushort Port { get; }

    /// <summary>IPv6 flow information as it stands in sin6_flowinfo.</summary>
    public uint FlowInfo { get; }

    /// <summary>IPv6 scope (interface index).</summary>
    public uint ScopeId { get; }

    public bool IsV6 => Family == WskConstants.AF_INET6;

    /// <summary>True for 0.0.0.0 and ::.</summary>
    public bool IsWildcard => _bits == UInt128.Zero;

    /// <summary>True for 127.0.0.0/8 and ::1.</summary>
    public bool IsLoopback => IsV6 ? _bits == UInt128.One : Family != 0 && (uint)_bits >> 24 == 127;

    /// <summary>True for ::ffff:0:0/96, the IPv6 form of an IPv4 address.</summary>
    public bool IsV4Mapped => IsV6 && _bits >> 32 == 0xFFFF;

    /// <summary>Bytes of the SOCKADDR of a family: 16, 28, or 0 for a family that is neither.</summary>
    public static int SockaddrBytes(ushort family) => family switch
    {
        WskConstants.AF_INET => 16,
        WskConstants.AF_INET6 => 28,
        _ => 0,
    };

    public static EndpointAddress Wildcard(ushort family, ushort port = 0) =>
        new(family, UInt128.Zero, port, 0, 0);

    public static EndpointAddress From(IPEndPoint endpoint) => From(endpoint.Address, (ushort)endpoint.Port);

    public static EndpointAddress From(IPAddress address, ushort port)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4
            ? new(WskConstants.AF_INET, BinaryPrimitives.ReadUInt32BigEndian(bytes), port, 0, 0)
            : new(
                WskConstants.AF_INET6,
                BinaryPrimitives.ReadUInt128BigEndian(bytes),
                port,
                0,
                (uint)address.ScopeId);
    }

    /// <summary>An address without port from its 4 or 16 bytes in network order.</summary>
    public static EndpointAddress From(ReadOnlySpan<byte> bytes, uint scopeId = 0) => bytes.Length == 4
        ? new(WskConstants.AF_INET, BinaryPrimitives.ReadUInt32BigEndian(bytes), 0, 0, 0)
        : new(WskConstants.AF_INET6, BinaryPrimitives.ReadUInt128BigEndian(bytes), 0, 0, scopeId);

    /// <summary>An IPv6 address from its parts, the address as 16 bytes in network order.</summary>
    public static EndpointAddress FromV6(
        ReadOnlySpan<byte> address, ushort port, uint flowInfo, uint scopeId) =>
        new(WskConstants.AF_INET6, BinaryPrimitives.ReadUInt128BigEndian(address), port, flowInfo, scopeId);

    /// <summary>
    /// Reads the SOCKADDR at an address; false when its family is neither AF_INET nor AF_INET6.
    /// </summary>
    public static bool TryRead(GuestPtr<SOCKADDR> source, out EndpointAddress address)
    {
        var family = source.Value.sa_family;
        if (family == WskConstants.AF_INET)
        {
            ref var v4 = ref source.As<SOCKADDR_IN>().Value;
            address = new(
                family, BinaryPrimitives.ReverseEndianness(v4.sin_addr.S_addr), Swap(v4.sin_port), 0, 0);
            return true;
        }
        if (family == WskConstants.AF_INET6)
        {
            ref var v6 = ref source.As<SOCKADDR_IN6>().Value;
            var bits = BinaryPrimitives.ReadUInt128BigEndian(GuestMemory.Span(source.Address + 8, 16));
            address = new(family, bits, Swap(v6.sin6_port), v6.sin6_flowinfo, v6.sin6_scope_id);
            return true;
        }
        address = default;
        return false;
    }

    /// <summary>Writes the SOCKADDR of the family; the destination has room for it.</summary>
    public void Write(GuestPtr<SOCKADDR> destination)
    {
        if (Family == WskConstants.AF_INET)
        {
            destination.As<SOCKADDR_IN>().Value = new SOCKADDR_IN
            {
                sin_family = Family,
                sin_port = Swap(Port),
                sin_addr = new IN_ADDR { S_addr = BinaryPrimitives.ReverseEndianness((uint)_bits) },
            };
            return;
        }
        ref var v6 = ref destination.As<SOCKADDR_IN6>().Value;
        v6.sin6_family = Family;
        v6.sin6_port = Swap(Port);
        v6.sin6_flowinfo = FlowInfo;
        v6.sin6_scope_id = ScopeId;
        BinaryPrimitives.WriteUInt128BigEndian(GuestMemory.Span(destination.Address + 8, 16), _bits);
    }

    /// <summary>Writes the 16 bytes of the address in network order, an IPv4 one in its IPv6 form.</summary>
    public void WriteV6(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(
        bytes, IsV6 ? _bits : _bits | ((UInt128)0xFFFF << 32));

    /// <summary>
    /// Whether both name one host, whatever their ports; a scope that one of them leaves open matches.
    /// </summary>
    public bool IsSameHost(in EndpointAddress other) =>
        Family == other.Family && _bits == other._bits
        && (ScopeId == other.ScopeId || ScopeId == 0 || other.ScopeId == 0);

    /// <summary>Writes the address alone in network order, 4 or 16 bytes, and returns how many.</summary>
    public int WriteBytes(Span<byte> destination)
    {
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(destination, _bits);
            return 16;
        }
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_bits);
        return 4;
    }

    public EndpointAddress WithPort(ushort port) => new(Family, _bits, port, FlowInfo, ScopeId);

    /// <summary>The address part only, with port and flow information cleared.</summary>
    public EndpointAddress WithoutPort() => new(Family, _bits, 0, 0, ScopeId);

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _bits);
        return IsV6 ? new IPAddress(bytes, ScopeId) : new IPAddress(bytes[12..]);
    }

    public IPEndPoint ToIPEndPoint() => new(ToIPAddress(), Port);

    public override string ToString() => Family == 0 ? "none" : ToIPEndPoint().ToString();

    private static ushort Swap(ushort value) => BinaryPrimitives.ReverseEndianness(value);
}
