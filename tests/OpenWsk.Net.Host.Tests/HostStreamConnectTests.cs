// Connecting over the operating system: success, refusal, a deadline, cancellation, a second attempt, closing
// while connecting. Binding is HostStreamBindTests.cs; networks without a route are UnreachableTests.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostStreamConnectTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    [Theory]
    [MemberData(nameof(Families))]
    public void Connect_reaches_the_peer_and_tells_both_addresses(ushort family)
    {
        var (socket, peer) = _world.Pair(family);
        Assert.Equal(EndpointAddress.From((IPEndPoint)peer.LocalEndPoint!), socket.RemoteAddress);
        Assert.Equal(EndpointAddress.From((IPEndPoint)peer.RemoteEndPoint!), socket.LocalAddress);
        Assert.Equal(Loopback(family), socket.LocalAddress.WithoutPort());
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Connect_where_nobody_listens_is_refused(ushort family)
    {
        var socket = _world.Create(family);
        Assert.Equal(STATUS_CONNECTION_REFUSED, Connect(socket, _world.Deaf(family)));
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Connect_after_a_refusal_uses_the_same_local_address(ushort family)
    {
        var listener = _world.Listen(family);
        var socket = _world.Create(family);
        var local = FreePort(family);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local, isShared: false));
        Assert.Equal(local, socket.LocalAddress);
        Assert.Equal(STATUS_CONNECTION_REFUSED, Connect(socket, _world.Deaf(family)));
        Assert.Equal(local, socket.LocalAddress);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener)));
        Assert.Equal(local, EndpointAddress.From((IPEndPoint)_world.Accept(listener).RemoteEndPoint!));
        Assert.Equal(local, socket.LocalAddress);
        socket.Close();
    }

    [Fact]
    public void Connect_after_a_refusal_without_bind_works_too()
    {
        var listener = _world.Listen(V4);
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_CONNECTION_REFUSED, Connect(socket, _world.Deaf(V4)));
        Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V4), isShared: false));
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener)));
        socket.Close();
    }

    [Theory]
    [InlineData("0.0.0.0", 80)]
    [InlineData("127.0.0.1", 0)]
    [InlineData("::", 80)]
    [InlineData("::1", 0)]
    public void Connect_to_no_host_or_no_port_is_refused_as_an_address(string address, int port)
    {
        var remote = EndpointAddress.From(IPAddress.Parse(address), (ushort)port);
        var socket = _world.Create(remote.Family);
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, Connect(socket, remote));
        socket.Close();
    }

    [Fact]
    public void Connect_that_nobody_answers_ends_at_the_deadline()
    {
        using var world = new HostWorld(connectTimeoutNs: 50_000_000);
        using var silent = new SilentListener();
        var socket = world.Create(V4);
        var before = world.Clock.NowNs;
        Assert.Equal(STATUS_IO_TIMEOUT, Connect(socket, silent.Address));
        Assert.True(world.Clock.NowNs - before >= 50_000_000);
        socket.Close();
    }

    [Fact]
    public void Cancel_ends_a_pending_connect_and_frees_the_address_on_close()
    {
        using var silent = new SilentListener();
        var listener = _world.Listen(V4);
        var socket = _world.Create(V4);
        var local = FreePort(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local, isShared: false));
        var operation = new TestOperation();
        Assert.False(socket.Connect(silent.Address, operation));
        socket.Cancel(operation);
        Assert.Equal(STATUS_CANCELLED, operation.Wait());
        Assert.NotEqual(Environment.CurrentManagedThreadId, operation.CompletedOnThread);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener)));
        Assert.Equal(local, socket.LocalAddress);
        socket.Cancel(operation);
        socket.Close();
        Assert.Equal(1, operation.Completions);
    }

    [Fact]
    public void The_address_of_an_attempt_that_was_given_up_is_free_at_once()
    {
        using var silent = new SilentListener();
        var socket = _world.Create(V4);
        var local = FreePort(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local, isShared: false));
        var operation = new TestOperation();
        Assert.False(socket.Connect(silent.Address, operation));
        _world.HoldDispatcher(socket.Processor, () =>
        {
            socket.Cancel(operation);
            BindAndClose(local);
        });
        Assert.Equal(STATUS_CANCELLED, operation.Wait());
        socket.Close();
    }

    [Fact]
    public void Close_ends_a_pending_connect()
    {
        using var silent = new SilentListener();
        var socket = _world.Create(V4);
        var local = FreePort(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local, isShared: false));
        var operation = new TestOperation();
        Assert.False(socket.Connect(silent.Address, operation));
        socket.Close();
        Assert.Equal(STATUS_CANCELLED, operation.Wait());
        var next = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, next.Bind(local, isShared: false));
        next.Close();
        Assert.Equal(1, operation.Completions);
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    [Fact]
    public void Abort_ends_a_pending_connect_once()
    {
        using var silent = new SilentListener();
        var socket = _world.Create(V4);
        var operation = new TestOperation();
        Assert.False(socket.Connect(silent.Address, operation));
        socket.Abort();
        socket.Abort();
        Assert.Equal(STATUS_CANCELLED, operation.Wait());
        Assert.Equal(STATUS_CONNECTION_ABORTED, Connect(socket, silent.Address));
        socket.Close();
        Assert.Equal(1, operation.Completions);
    }

    [Fact]
    public void Connect_twice_is_a_state_error()
    {
        var (socket, _) = _world.Pair(V4);
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Connect(socket, _world.Deaf(V4)));
        socket.Close();
    }

    private void BindAndClose(EndpointAddress local)
    {
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local, isShared: false));
        socket.Close();
    }
}
