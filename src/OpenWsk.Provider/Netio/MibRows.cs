// Makes netioapi's rows of what the host's interfaces are. What Linux has no word for gets the value that an
// ordinary interface of Windows has. It knows nothing about tables: see MibTables.cs.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Rows and interface identifiers.</summary>
internal static class MibRows
{
    private const ushort Ethernet = 6;
    private const uint Infinite = uint.MaxValue;

    // The values of NL_*_ORIGIN, NL_DAD_STATE, NL_ROUTE_*, IF_OPER_STATUS and their like (nldef.h, ifdef.h).
    private const int OriginManual = 1;
    private const int OriginWellKnown = 2;
    private const int DadPreferred = 4;
    private const int ProtocolNetMgmt = 3;
    private const int Up = 1;
    private const int Down = 2;
    private const int Connected = 1;
    private const int Disconnected = 2;
    private const int AccessLoopback = 1;
    private const int AccessBroadcast = 2;
    private const int MediumEthernet = 0;
    private const int MediumLoopback = 17;
    private const int PhysicalUnspecified = 0;
    private const int Dedicated = 1;
    private const byte HardwareAndConnector = 0x05;
    private const byte NotMediaConnected = 0x10;
    private const uint MetricLoopback = 75;
    private const uint MetricEthernet = 25;

    /// <summary>NET_LUID: the type in the upper 16 bits, the index in the 24 below.</summary>
    public static ulong LuidOf(NetworkInterfaceInfo one) =>
        ((ulong)one.InterfaceType << 48) | ((ulong)(one.Index & 0xFF_FFFF) << 24);

    /// <summary>A GUID of its own for each interface, the same for each run.</summary>
    public static Guid GuidOf(NetworkInterfaceInfo one) => new(
        one.Index, one.InterfaceType, 0x4F57, 0x80, 0x6E, 0x65, 0x74, 0x69, 0x6F, 0x00, 0x01);

    public static void Fill(ref MIB_UNICASTIPADDRESS_ROW row, InterfaceAddress address,
        NetworkInterfaceInfo on)
    {
        var isOwn = on.IsLoopback;
        row = new MIB_UNICASTIPADDRESS_ROW
        {
            Address = Socket(address.Address),
            InterfaceLuid = LuidOf(on),
            InterfaceIndex = on.Index,
            PrefixOrigin = isOwn ? OriginWellKnown : OriginManual,
            SuffixOrigin = isOwn ? OriginWellKnown : OriginManual,
            ValidLifetime = Infinite,
            PreferredLifetime = Infinite,
            OnLinkPrefixLength = address.PrefixLength,
            DadState = DadPreferred,
            ScopeId = address.Address.ScopeId,
        };
    }

    public static void Fill(ref MIB_IPFORWARD_ROW2 row, InterfaceRoute route, NetworkInterfaceInfo on) =>
        row = new MIB_IPFORWARD_ROW2
        {
            InterfaceLuid = LuidOf(on),
            InterfaceIndex = on.Index,
            DestinationPrefix = new IP_ADDRESS_PREFIX
            {
                Prefix = Socket(route.Prefix),
                PrefixLength = route.PrefixLength,
            },
            NextHop = Socket(route.NextHop),
            ValidLifetime = Infinite,
            PreferredLifetime = Infinite,
            Metric = route.Metric,
            Protocol = ProtocolNetMgmt,
            Loopback = on.IsLoopback ? (byte)1 : (byte)0,
            Immortal = 1,
        };

    public static void Fill(ref MIB_IPINTERFACE_ROW row, ushort family, NetworkInterfaceInfo one)
    {
        row = new MIB_IPINTERFACE_ROW
        {
            Family = family,
            InterfaceLuid = LuidOf(one),
            InterfaceIndex = one.Index,
            MaxReassemblySize = ushort.MaxValue,
            UseAutomaticMetric = 1,
            UseNeighborUnreachabilityDetection = one.IsLoopback ? (byte)0 : (byte)1,
            DadTransmits = one.IsLoopback ? 0u : family == WskConstants.AF_INET6 ? 1u : 3u,
            BaseReachableTime = 30_000,
            RetransmitTime = 1_000,
            Metric = one.IsLoopback ? MetricLoopback : MetricEthernet,
            NlMtu = one.Mtu,
            Connected = one.IsUp ? (byte)1 : (byte)0,
            SupportsNeighborDiscovery = one.IsLoopback ? (byte)0 : (byte)1,
            ReachableTime = 30_000,
        };
        for (var scope = 0; scope < 16; scope++)
            row.ZoneIndices[scope] = scope is 0 or 1 or 2 ? one.Index : 1;
    }

    public static void Fill(ref MIB_IF_ROW2 row, NetworkInterfaceInfo one)
    {
        row = new MIB_IF_ROW2
        {
            InterfaceLuid = LuidOf(one),
            InterfaceIndex = one.Index,
            InterfaceGuid = GuidOf(one),
            Mtu = one.Mtu,
            Type = one.InterfaceType,
            MediaType = one.IsLoopback ? MediumLoopback : MediumEthernet,
            PhysicalMediumType = PhysicalUnspecified,
            AccessType = one.IsLoopback ? AccessLoopback : AccessBroadcast,
            OperStatus = one.IsUp ? Up : Down,
            AdminStatus = Up,
            MediaConnectState = one.IsUp ? Connected : Disconnected,
            ConnectionType = Dedicated,
            TransmitLinkSpeed = one.SpeedBitsPerSecond,
            ReceiveLinkSpeed = one.SpeedBitsPerSecond,
            InOctets = one.Counts.BytesIn,
            InUcastOctets = one.Counts.BytesIn,
            InUcastPkts = one.Counts.PacketsIn,
            OutOctets = one.Counts.BytesOut,
            OutUcastOctets = one.Counts.BytesOut,
            OutUcastPkts = one.Counts.PacketsOut,
        };
        if (one.InterfaceType == Ethernet)
            row.InterfaceAndOperStatusFlags = HardwareAndConnector;
        if (!one.IsUp)
            row.InterfaceAndOperStatusFlags |= NotMediaConnected;
        Put(one.Name, row.Alias[..]);
        Put(one.Name, row.Description[..]);
        var physical = one.PhysicalAddress.Span;
        var count = Math.Min(physical.Length, 32);
        row.PhysicalAddressLength = (uint)count;
        physical[..count].CopyTo(row.PhysicalAddress);
        physical[..count].CopyTo(row.PermanentPhysicalAddress);
    }

    /// <summary>An address as SOCKADDR_INET.</summary>
    public static SOCKADDR_INET Socket(in EndpointAddress address)
    {
        SOCKADDR_INET socket = default;
        var bytes = MemoryMarshal.AsBytes(new Span<SOCKADDR_INET>(ref socket));
        MemoryMarshal.Write(bytes, address.Family);
        if (address.IsV6)
        {
            address.WriteBytes(bytes[8..]);
            MemoryMarshal.Write(bytes[24..], address.ScopeId);
        }
        else
        {
            address.WriteBytes(bytes[4..]);
        }
        return socket;
    }

    private static void Put(string text, Span<char> place) =>
        text.AsSpan(0, Math.Min(text.Length, place.Length - 1)).CopyTo(place);
}
