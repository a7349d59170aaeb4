// Binding over the operating system: ports, conflicts, sharing that the provider allows and no other, and
// ports whose old connections are in TIME_WAIT. It knows nothing about SO_REUSEADDR of WSK; the provider
// turns that into isShared.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostStreamBindTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    [Theory]
    [MemberData(nameof(Families))]
    public void Bind_to_port_0_of_the_wildcard_has_a_port_and_after_connect_an_address(ushort family)
    {
        var listener = _world.Listen(family);
        var socket = _world.Create(family);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(family), isShared: false));
        var bound = socket.LocalAddress;
        Assert.True(bound.IsWildcard);
        Assert.NotEqual(0, bound.Port);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener)));
        Assert.Equal(Loopback(family, bound.Port), socket.LocalAddress);
        Assert.Equal(socket.LocalAddress, RemoteOf(_world.Accept(listener)));
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Bind_to_port_0_of_an_address_keeps_the_address(ushort family)
    {
        var (socket, peer) = _world.Pair(family, local: Loopback(family));
        Assert.Equal(RemoteOf(peer), socket.LocalAddress);
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Bind_to_port_0_after_one_that_failed_has_a_port(ushort family)
    {
        var elsewhere = IPAddress.Parse(family == V4 ? "192.0.2.9" : "2001:db8::9");
        var socket = _world.Create(family);
        var failed = socket.Bind(EndpointAddress.From(elsewhere, 0), isShared: false);
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, failed);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(family), isShared: false));
        Assert.NotEqual(0, socket.LocalAddress.Port);
        socket.Close();
    }

    [Fact]
    public void Bind_to_another_loopback_address_is_what_the_peer_sees()
    {
        var local = EndpointAddress.From(IPAddress.Parse("127.0.0.2"), 0);
        var (socket, peer) = _world.Pair(V4, local: local);
        Assert.Equal(local, RemoteOf(peer).WithoutPort());
        Assert.Equal(local, socket.LocalAddress.WithoutPort());
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Bind_to_an_address_that_is_bound_fails(ushort family)
    {
        var first = _world.Create(family);
        Assert.Equal(STATUS_SUCCESS, first.Bind(Loopback(family), isShared: false));
        var second = _world.Create(family);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, second.Bind(first.LocalAddress, isShared: false));
        var third = _world.Create(family);
        Assert.Equal(
            STATUS_ADDRESS_ALREADY_EXISTS,
            third.Bind(EndpointAddress.Wildcard(family, first.LocalAddress.Port), isShared: false));
        Assert.Equal(STATUS_SUCCESS, second.Bind(Loopback(family), isShared: false));
        Assert.NotEqual(first.LocalAddress, second.LocalAddress);
        first.Close();
        second.Close();
        third.Close();
    }

    // A port that the system chooses at connect may be one of another program's connections, elsewhere.
    private IStreamSocket BoundToPort(bool isShared = false)
    {
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(FreePort(V4), isShared));
        return socket;
    }

    [Fact]
    public void Bind_to_the_address_of_a_connection_fails()
    {
        var socket = BoundToPort();
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(_world.Listen(V4))));
        var other = _world.Create(V4);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, other.Bind(socket.LocalAddress, isShared: false));
        socket.Close();
        Assert.Equal(STATUS_SUCCESS, other.Bind(socket.LocalAddress, isShared: false));
        other.Close();
    }

    [Fact]
    public void Bind_to_the_address_of_another_program_fails_even_when_shared()
    {
        var listener = _world.Listen(V4);
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, socket.Bind(AddressOf(listener), isShared: false));
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, socket.Bind(AddressOf(listener), isShared: true));
        socket.Close();
    }

    [Theory]
    [InlineData("203.0.113.7")]
    [InlineData("2001:db8::7")]
    public void Bind_to_an_address_of_another_host_fails(string address)
    {
        var local = EndpointAddress.From(IPAddress.Parse(address), 0);
        var socket = _world.Create(local.Family);
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Bind(local, isShared: false));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Bind(local.WithPort(4711), isShared: false));
        socket.Close();
    }

    [Fact]
    public void Bind_twice_is_a_state_error()
    {
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Bind(Loopback(V4), isShared: false));
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Shared_bind_gives_two_connections_from_one_address_to_two_peers(ushort family)
    {
        var (first, _) = _world.Pair(family, local: Loopback(family));
        var local = first.LocalAddress;
        var otherPeer = _world.Listen(family);
        var second = _world.Create(family);
        Assert.Equal(STATUS_SUCCESS, second.Bind(local, isShared: true));
        Assert.Equal(STATUS_SUCCESS, Connect(second, AddressOf(otherPeer)));
        Assert.Equal(local, RemoteOf(_world.Accept(otherPeer)));
        var third = _world.Create(family);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, third.Bind(local, isShared: false));
        first.Close();
        second.Close();
        third.Close();
    }

    [Fact]
    public void Shared_bind_cannot_make_the_same_connection_twice()
    {
        var listener = _world.Listen(V4);
        var first = BoundToPort(isShared: true);
        Assert.Equal(STATUS_SUCCESS, Connect(first, AddressOf(listener)));
        var second = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, second.Bind(first.LocalAddress, isShared: true));
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, Connect(second, AddressOf(listener)));
        first.Close();
        second.Close();
    }

    [Fact]
    public void Shared_attempt_that_was_refused_can_be_repeated()
    {
        var first = BoundToPort(isShared: true);
        var second = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, second.Bind(first.LocalAddress, isShared: true));
        Assert.Equal(STATUS_CONNECTION_REFUSED, Connect(second, _world.Deaf(V4)));
        Assert.Equal(STATUS_SUCCESS, Connect(second, AddressOf(_world.Listen(V4))));
        Assert.Equal(first.LocalAddress, second.LocalAddress);
        first.Close();
        second.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Bind_works_while_old_connections_of_the_port_are_in_TIME_WAIT(ushort family)
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(family, events, FreePort(family));
        var local = socket.LocalAddress;
        Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(socket, events, new byte[1], out _));
        socket.Close();

        // The system itself says that the port is not free for those who do not ask for reuse.
        var loopback = LoopbackOf(family);
        using var plain = new Socket(loopback.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        Assert.Throws<SocketException>(() => plain.Bind(local.ToIPEndPoint()));

        var next = _world.Create(family);
        Assert.Equal(STATUS_SUCCESS, next.Bind(local, isShared: false));
        var another = _world.Create(family);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, another.Bind(local, isShared: false));
        Assert.Equal(STATUS_SUCCESS, Connect(next, AddressOf(_world.Listen(family))));
        Assert.Equal(local, next.LocalAddress);
        next.Close();
        another.Close();
    }
}
