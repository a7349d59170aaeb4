// The network of a world as the provider sees it: it makes sockets and tells which addresses are local.
// Implementations: OpenWsk.Net.Host (the operating system), OpenWsk.Net.Sim (in memory).
// It knows nothing about WSK: no IRPs, MDLs, events or sharing rules. Every error is already an NTSTATUS.
// Next: IStreamSocket.cs, IListenSocket.cs, IDatagramSocket.cs.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>Makes sockets and tells which addresses are local.</summary>
public interface ITransport
{
    /// <summary>Name of the arm: host, sim.</summary>
    string Name { get; }

    /// <summary>
    /// Says where memory comes from that guests may see; called once, before any socket is made. What a
    /// transport lends (<see cref="IStreamSocket.TryLend"/>) lies there.
    /// </summary>
    void UseMemory(IGuestBlocks memory)
    {
    }

    /// <summary>Whether sockets of the family (AF_INET, AF_INET6) can be made here.</summary>
    bool SupportsFamily(ushort family);

    /// <summary>
    /// Makes a TCP socket that is neither bound nor connected nor listening; a failure status when the host
    /// refuses.
    /// </summary>
    NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket);

    /// <summary>
    /// Makes a UDP socket (SOCK_DGRAM) or a raw one (SOCK_RAW, any protocol number). Errors:
    /// STATUS_ACCESS_DENIED when the host forbids raw sockets, STATUS_PROTOCOL_UNREACHABLE,
    /// STATUS_INSUFFICIENT_RESOURCES.
    /// </summary>
    NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket);

    /// <summary>The unicast addresses of this host of one family, port 0; scope ids filled in.</summary>
    IReadOnlyList<EndpointAddress> ListAddresses(ushort family);

    /// <summary>Says who is told when <see cref="ListAddresses"/> changes; null for nobody.</summary>
    void WatchAddresses(IAddressEvents? events);

    /// <summary>The host's interfaces and routes; null for a transport that knows of none.</summary>
    INetworkInterfaces? Interfaces => null;
}

/// <summary>What a transport tells about the host's addresses, on the dispatcher.</summary>
public interface IAddressEvents
{
    /// <summary>An address of the family came or went.</summary>
    void OnAddressesChanged(ushort family);
}
