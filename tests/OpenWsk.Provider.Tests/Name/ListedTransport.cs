// A transport whose host has the addresses that a test names; everything else is the inner one's. For rules
// that depend on which addresses the machine has.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider.Tests;

/// <summary>Decorates a transport with a list of addresses.</summary>
internal sealed class ListedTransport(ITransport inner, params string[] addresses) : ITransport
{
    public string Name => inner.Name;

    public bool SupportsFamily(ushort family) => inner.SupportsFamily(family);

    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket) =>
        inner.CreateStream(family, events, out socket);

    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket) =>
        inner.CreateDatagram(family, type, protocol, events, out socket);

    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) =>
    [
        .. addresses.Select(text => EndpointAddress.From(IPAddress.Parse(text), 0))
            .Where(address => address.Family == family),
    ];

    public void WatchAddresses(IAddressEvents? events) => inner.WatchAddresses(events);
}
