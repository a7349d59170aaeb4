// Networks that cannot be reached, made of network namespaces: no route, a refusing route, no answer, no free
// port. Each must end in the status that the contract names for it. Refusal is HostStreamConnectTests.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class UnreachableTests : IDisposable
{
    private const string LoopbackUp = "link set lo up";

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Netns)]
    [InlineData("198.51.100.7", STATUS_NETWORK_UNREACHABLE)]
    [InlineData("2001:db8::7", STATUS_NETWORK_UNREACHABLE)]
    [InlineData("198.51.100.7", STATUS_HOST_UNREACHABLE, "route add unreachable 198.51.100.0/24")]
    [InlineData("2001:db8::7", STATUS_HOST_UNREACHABLE, "-6 route add unreachable 2001:db8::/64")]
    [InlineData("198.51.100.7", STATUS_ACCESS_DENIED, "route add prohibit 198.51.100.0/24")]
    [InlineData("2001:db8::7", STATUS_ACCESS_DENIED, "-6 route add prohibit 2001:db8::/64")]
    public void A_network_that_does_not_carry_has_its_status(
        string remote, NTSTATUS status, string? route = null) =>
        Namespace.Run(route is null ? [LoopbackUp] : [LoopbackUp, route], () =>
        {
            var address = EndpointAddress.From(IPAddress.Parse(remote), 80);
            var socket = _world.Create(address.Family);
            var bind = socket.Bind(EndpointAddress.Wildcard(address.Family), isShared: false);
            Assert.Equal(STATUS_SUCCESS, bind);
            Assert.Equal(status, Connect(socket, address));
            socket.Close();
        });

    [CapabilityFact(Capability.Netns)]
    public void A_host_that_the_system_gives_up_on_is_a_timeout() => Namespace.Run([LoopbackUp], () =>
    {
        using var silent = new SilentListener();
        Namespace.Set("ipv4/tcp_syn_retries", "1");
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_IO_TIMEOUT, Connect(socket, silent.Address));
        socket.Close();
    });

    [CapabilityFact(Capability.Netns)]
    public void Connect_without_a_free_port_says_so() => Namespace.Run([LoopbackUp], () =>
    {
        var listener = _world.Listen(V4);
        var otherListener = _world.Listen(V4);
        Namespace.Set("ipv4/ip_local_port_range", "40000 40000");
        var first = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, first.Bind(EndpointAddress.Wildcard(V4), isShared: false));
        Assert.Equal(STATUS_SUCCESS, Connect(first, AddressOf(listener)));
        var second = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, second.Bind(EndpointAddress.Wildcard(V4), isShared: false));
        Assert.Equal(STATUS_TOO_MANY_ADDRESSES, Connect(second, AddressOf(listener)));

        // The same port serves another peer, which a port taken at bind could not.
        Assert.Equal(STATUS_SUCCESS, Connect(second, AddressOf(otherListener)));
        Assert.Equal(first.LocalAddress, second.LocalAddress);
        first.Close();
        second.Close();
    });

    [CapabilityFact(Capability.Netns)]
    public void A_port_that_was_asked_for_in_vain_is_told_by_connect() => Namespace.Run([LoopbackUp], () =>
    {
        var listener = _world.Listen(V4);
        Namespace.Set("ipv4/ip_local_port_range", "40000 40000");
        var first = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, first.Bind(Loopback(V4), isShared: false));
        Assert.Equal(40000, first.LocalAddress.Port);
        var second = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, second.Bind(Loopback(V4), isShared: false));
        Assert.Equal(0, second.LocalAddress.Port);
        Assert.Equal(STATUS_TOO_MANY_ADDRESSES, Connect(second, AddressOf(listener)));
        first.Close();
        Assert.Equal(STATUS_SUCCESS, Connect(second, AddressOf(listener)));
        second.Close();
    });

    [CapabilityFact(Capability.Netns)]
    public void A_family_that_is_switched_off_has_no_addresses() => Namespace.Run([LoopbackUp], () =>
    {
        Namespace.Set("ipv6/conf/all/disable_ipv6", "1");
        var socket = _world.Create(V6);
        Assert.Equal(
            STATUS_INVALID_ADDRESS_COMPONENT,
            socket.Bind(EndpointAddress.From(IPAddress.IPv6Loopback, 0), isShared: false));
        socket.Close();
    });
}
