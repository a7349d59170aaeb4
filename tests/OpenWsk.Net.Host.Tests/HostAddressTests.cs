// The host's addresses as the transport lists them, and the word that they changed. It knows nothing about
// SIO_ADDRESS_LIST_QUERY or its change request.
using System.Collections.Concurrent;
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostAddressTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    [Theory]
    [MemberData(nameof(Families))]
    public void Loopback_is_listed_and_every_listed_address_can_be_bound(ushort family)
    {
        var addresses = _world.Transport.ListAddresses(family);
        Assert.Contains(Loopback(family), addresses);
        foreach (var address in addresses)
        {
            Assert.Equal(0, address.Port);
            _world.Datagram(address).Socket.Close();
        }
    }

    [CapabilityFact(Capability.Netns)]
    public void Addresses_of_every_interface_are_listed_with_their_scope() => Namespace.Run(
    [
        "link set lo up",
        "link add v0 type veth peer name v1",
        "addr add 10.99.0.1/24 dev v0",
        "-6 addr add 2001:db8::1/64 dev v0 nodad",
        "-6 addr add fe80::77/64 dev v0 nodad",
        "link set v1 up",
        "link set v0 up",
    ],
    () =>
    {
        var v4 = _world.Transport.ListAddresses(V4);
        Assert.Equal(["10.99.0.1", "127.0.0.1"], v4.Select(a => a.ToIPAddress().ToString()).Order());
        var v6 = _world.Transport.ListAddresses(V6);
        Assert.Contains(EndpointAddress.From(IPAddress.Parse("2001:db8::1"), 0), v6);
        var linkLocal = new IPAddress(IPAddress.Parse("fe80::77").GetAddressBytes(), Namespace.IndexOf("v0"));
        Assert.Contains(EndpointAddress.From(linkLocal, 0), v6);
    });

    // The system's word goes to whole processes, so this is about the network of the machine: one more
    // address of loopback, and gone again.
    [CapabilityFact(Capability.Netns)]
    public void Whoever_watches_is_told_what_family_changed()
    {
        var watch = new Watch();
        _world.Transport.WatchAddresses(watch);
        Namespace.Ip("addr add 127.77.66.55/32 dev lo");
        try
        {
            Assert.Equal(V4, watch.WaitChanged());
        }
        finally
        {
            Namespace.Ip("addr del 127.77.66.55/32 dev lo");
        }
        Assert.Equal(V4, watch.WaitChanged());
        _world.Transport.WatchAddresses(null);
    }

    private sealed class Watch : IAddressEvents
    {
        private readonly BlockingCollection<ushort> _changed = [];

        public ushort WaitChanged()
        {
            Assert.True(_changed.TryTake(out var family, Waiting.HangGuard), "Never happened: a change.");
            return family;
        }

        public void OnAddressesChanged(ushort family) => _changed.Add(family);
    }
}
