// What an address is good for, as bits tell: a group, a broadcast, a link-local one, the IPv6 form of an
// IPv4 address. EndpointAddress keeps values and knows nothing about these; which addresses a host has is
// SimHost's.
using System.Buffers.Binary;
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>Kinds of addresses and the ways from one kind to another.</summary>
internal static class AddressKinds
{
    /// <summary>Interface index of every host's loopback interface, 1 as on Windows.</summary>
    public const uint LoopbackInterface = 1;

    /// <summary>Interface index of every host's one network adapter.</summary>
    public const uint AdapterInterface = 2;

    public static bool IsMulticast(in EndpointAddress address) => address.IsV6
        ? HighBits(address) >> 120 == 0xFF
        : address.Family != 0 && V4Bits(address) >> 28 == 0xE;

    public static bool IsLimitedBroadcast(in EndpointAddress address) =>
        address.Family == WskConstants.AF_INET && V4Bits(address) == uint.MaxValue;

    /// <summary>The address of a peer as an IPv4 socket would name it; others stay as they are.</summary>
    public static EndpointAddress Unmapped(in EndpointAddress address) => address.IsV4Mapped
        ? EndpointAddress.From(address.ToIPAddress().MapToIPv4(), address.Port)
        : address;

    /// <summary>The address as a dual-stack socket tells it: IPv4 in its IPv6 form.</summary>
    public static EndpointAddress Mapped(in EndpointAddress address) =>
        address.Family == WskConstants.AF_INET
            ? EndpointAddress.From(address.ToIPAddress().MapToIPv6(), address.Port)
            : address;

    /// <summary>
    /// The form that lookups use: no flow label; a scope for link-local addresses alone, the adapter where
    /// none
    /// is given.
    /// </summary>
    public static EndpointAddress Plain(in EndpointAddress address)
    {
        var plain = address.WithoutPort().WithPort(address.Port);
        if (!address.IsV6)
            return plain;
        var isScoped = HighBits(address) >> 118 == 0x3FA;
        var scope = !isScoped ? 0 : address.ScopeId == 0 ? AdapterInterface : address.ScopeId;
        if (scope == address.ScopeId)
            return plain;
        var bytes = address.ToIPAddress().GetAddressBytes();
        return EndpointAddress.From(new IPAddress(bytes, scope), address.Port);
    }

    /// <summary>The last address of the range that a prefix length names: the broadcast address.</summary>
    public static EndpointAddress LastOf(in EndpointAddress address, int prefixLength)
    {
        var mask = prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength);
        return FromV4Bits(V4Bits(address) | ~mask);
    }

    /// <summary>The IPv4 address of these bits, in host order.</summary>
    public static EndpointAddress FromV4Bits(uint bits)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, bits);
        return EndpointAddress.From(new IPAddress(bytes), 0);
    }

    private static uint V4Bits(in EndpointAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.ToIPAddress().TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static UInt128 HighBits(in EndpointAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.ToIPAddress().TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
