// The interfaces of a world's host as address and interface tables see them: who they are, which addresses
// they have, where routes lead. A transport that knows nothing of interfaces has none of this. It knows
// nothing
// about Windows' structures, nor about who is told of changes.
namespace OpenWsk.Ports;

/// <summary>One interface.</summary>
/// <param name="Index">Its index, from 1.</param>
/// <param name="Name">The system's name for it.</param>
/// <param name="InterfaceType">Its kind as IANA numbers them: 6 Ethernet, 24 loopback.</param>
/// <param name="Mtu">Units: bytes.</param>
/// <param name="PhysicalAddress">The link-layer address; empty when there is none.</param>
/// <param name="IsUp">Whether packets pass.</param>
/// <param name="SpeedBitsPerSecond">The link's speed; 0 when unknown.</param>
/// <param name="Counts">What has passed so far.</param>
public sealed record NetworkInterfaceInfo(
    uint Index,
    string Name,
    ushort InterfaceType,
    uint Mtu,
    ReadOnlyMemory<byte> PhysicalAddress,
    bool IsUp,
    ulong SpeedBitsPerSecond,
    InterfaceCounts Counts)
{
    /// <summary>IANA's number of loopback interfaces.</summary>
    public const ushort LoopbackType = 24;

    public bool IsLoopback => InterfaceType == LoopbackType;
}

/// <summary>What has passed an interface. Units: bytes and packets.</summary>
public readonly record struct InterfaceCounts(
    ulong BytesIn, ulong BytesOut, ulong PacketsIn, ulong PacketsOut);

/// <summary>One unicast address of an interface, port 0.</summary>
public readonly record struct InterfaceAddress(uint InterfaceIndex, EndpointAddress Address,
    byte PrefixLength);

/// <summary>One route; the next hop is the wildcard for what is on the link.</summary>
public readonly record struct InterfaceRoute(
    uint InterfaceIndex, EndpointAddress Prefix, byte PrefixLength, EndpointAddress NextHop, uint Metric);

/// <summary>The interfaces of a host.</summary>
public interface INetworkInterfaces
{
    /// <summary>Every interface, in the order of indexes.</summary>
    IReadOnlyList<NetworkInterfaceInfo> ListInterfaces();

    /// <summary>Every unicast address of both families.</summary>
    IReadOnlyList<InterfaceAddress> ListUnicast();

    /// <summary>Every unicast route of both families.</summary>
    IReadOnlyList<InterfaceRoute> ListRoutes();

    /// <summary>Says who is told, on the dispatcher, that any of these lists may have changed; null for
    /// nobody.
    /// </summary>
    void Watch(IInterfaceEvents? events);
}

/// <summary>Who is told of changes.</summary>
public interface IInterfaceEvents
{
    /// <summary>An interface, an address or a route may have come, gone or changed.</summary>
    void OnInterfacesChanged();
}
