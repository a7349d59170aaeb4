// Sockets of the system that serve several connections one after the other: which are kept, that the next
// connection has nothing of the last one, and that whoever wants more than to connect gets a new socket.
// Everything happens on the ring's thread, because only there sockets are kept. It knows nothing about rates.
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using OpenWsk.Abi;
using OpenWsk.Net.Host.Tests;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Streams;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Uring.Tests;

public sealed class SpareSocketTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [RingTheory]
    [InlineData(WskConstants.AF_INET)]
    [InlineData(WskConstants.AF_INET6)]
    public void A_socket_that_was_only_connected_and_reset_serves_the_next_connection(ushort family)
    {
        var listener = _world.Listen(family);
        var remote = AddressOf(listener);
        Assert.Equal(1, OnLoop(() => Kept(() => Open(family, remote).Close())));
        var reset = Assert.Throws<SocketException>(() => _world.Accept(listener).Receive(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);

        var events = new TestEvents();
        IStreamSocket? socket = null;
        Assert.Equal(-1, OnLoop(() => Kept(() => socket = Open(family, remote, events: events))));
        var peer = _world.Accept(listener);
        Assert.Equal(RemoteOf(peer), socket!.LocalAddress);
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1, 2, 3));
        Assert.Equal(3, peer.Receive(new byte[8]));
        peer.Send([4, 5]);
        socket.ArmReceive();
        events.WaitReceivable();
        Assert.Equal(STATUS_SUCCESS, socket.TryReceive(new byte[8], out var bytes));
        Assert.Equal(2, bytes);
        Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
        Assert.Equal(0, peer.Receive(new byte[8]));

        // It has carried bytes and ended in order, so it is not kept.
        Assert.Equal(0, OnLoop(() => Kept(socket.Close)));
    }

    [RingFact]
    public void A_chain_of_connections_needs_one_socket_and_more_at_a_time_are_kept_up_to_a_limit()
    {
        var listener = _world.Listen(V4);
        var remote = AddressOf(listener);
        Assert.Equal(1, OnLoop(() => Kept(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                Open(V4, remote).Close();
            }
        })));
        Assert.Equal(31, OnLoop(() => Kept(() =>
        {
            var open = Enumerable.Range(0, 40).Select(_ => Open(V4, remote)).ToList();
            open.ForEach(socket => socket.Close());
        })));
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    [RingFact]
    public void A_socket_with_an_address_an_option_or_bytes_of_its_own_is_not_kept()
    {
        var remote = AddressOf(_world.Listen(V4));
        Assert.Equal(0, OnLoop(() => Kept(() => Open(V4, remote, Loopback(V4)).Close())));
        Assert.Equal(0, OnLoop(() => Kept(() =>
        {
            var socket = Open(V4, remote);
            Assert.Equal(STATUS_SUCCESS, socket.SetOption(
                WskConstants.IPPROTO_TCP, WskConstants.TCP_NODELAY, [1, 0, 0, 0]));
            socket.Close();
        })));
        Assert.Equal(0, OnLoop(() => Kept(() =>
        {
            var socket = Open(V4, remote);
            Assert.Equal(STATUS_PENDING, socket.TryReceive(new byte[1], out _));
            socket.Close();
        })));
        Assert.Equal(0, OnLoop(() => Kept(() =>
        {
            var socket = Open(V4, remote);
            socket.ArmReceive();
            socket.Close();
        })));
    }

    [RingFact]
    public void A_socket_of_another_thread_is_not_kept()
    {
        var remote = AddressOf(_world.Listen(V4));
        var socket = Open(V4, remote);
        Assert.Equal(0, OnLoop(() => Kept(socket.Close)));
    }

    [RingFact]
    public void A_refused_connection_leaves_no_socket_to_be_kept()
    {
        var remote = _world.Deaf(V4);
        Assert.Equal(0, OnLoop(() => Kept(() =>
        {
            var socket = _world.Create(V4);
            Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V4), isShared: false));
            var operation = new TestOperation();
            Assert.True(socket.Connect(remote, operation));
            Assert.Equal(STATUS_CONNECTION_REFUSED, operation.Status);
            socket.Close();
        })));
    }

    [RingFact]
    public void Whoever_wants_more_than_to_connect_gets_a_new_socket()
    {
        var remote = AddressOf(_world.Listen(V4));
        Assert.Equal(1, OnLoop(() => Kept(() => Open(V4, remote).Close())));
        IStreamSocket? socket = null;
        Assert.Equal(-1, OnLoop(() => Kept(() => socket = _world.Create(V4))));
        Assert.Equal(STATUS_SUCCESS, socket!.Bind(Loopback(V4), isShared: false));
        var local = socket.LocalAddress;
        Assert.NotEqual(0, local.Port);

        // What the reset of the connection before has left would be here.
        var descriptor = (int)((UringStream)socket).Handle!.DangerousGetHandle();
        Assert.Equal(0, Descriptors.Get(descriptor, Descriptors.SolSocket, Descriptors.SoError));
        socket.Close();
    }

    private IStreamSocket Open(
        ushort family, EndpointAddress remote, EndpointAddress? local = null, IStreamEvents? events = null)
    {
        var socket = _world.Create(family, events);
        Assert.Equal(
            STATUS_SUCCESS, socket.Bind(local ?? EndpointAddress.Wildcard(family), isShared: false));
        var operation = new TestOperation();
        Assert.True(socket.Connect(remote, operation));
        Assert.Equal(STATUS_SUCCESS, operation.Status);
        return socket;
    }

    // How many more sockets are kept after the work than before; on the ring's thread.
    private static int Kept(Action work)
    {
        var loop = UringLoop.Current!;
        var before = loop.Spares.Count;
        work();
        return loop.Spares.Count - before;
    }

    private T OnLoop<T>(Func<T> work)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var item = new LambdaItem(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        _world.Scheduler.Post(item);
        Waiting.For(item.HasRun, "work on the ring's thread");
        failure?.Throw();
        return result!;
    }
}
