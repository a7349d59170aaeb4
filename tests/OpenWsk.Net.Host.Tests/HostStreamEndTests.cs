// How connections end over the operating system: FIN both ways, its acknowledgement, resets from either side,
// and closing in each state.
// Connecting and cancellation of connects is HostStreamConnectTests.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostStreamEndTests : IDisposable
{
    private const int MoreThanBuffers = 6 * 1024 * 1024;
    private const int SmallReceiveBuffer = 64 * 1024;

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    /// <summary>Reads at the peer until the stream ends: Success for FIN, otherwise the error.</summary>
    internal static SocketError ErrorAtPeer(Socket peer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (Waiting.For(peer.ReceiveAsync(buffer.AsMemory()).AsTask(), "the end at the peer") > 0)
            {
            }
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fin_of_the_peer_is_told_after_its_data(ushort family)
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(family, events);
        peer.Send([7]);
        peer.Shutdown(SocketShutdown.Send);
        var buffer = new byte[4];
        Assert.Equal(STATUS_SUCCESS, Receive(socket, events, buffer, out var bytes));
        Assert.Equal(1, bytes);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(socket, events, buffer, out bytes));
        Assert.Equal(0, bytes);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.TryReceive([], out _));
        socket.ArmReceive();
        events.WaitReceivable();
        socket.Close();
    }

    [Fact]
    public void Half_closed_by_the_peer_still_sends()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(socket, events, new byte[1], out _));
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1, 2));
        Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
        Assert.Equal([1, 2], ReadAtPeer(peer, 3));
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Disconnect_sends_fin_and_receives_on(ushort family)
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(family, events);
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1));
        Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
        Assert.Equal([1], ReadAtPeer(peer, 2));
        Assert.Equal(STATUS_CONNECTION_DISCONNECTED, Send(socket, 2));
        peer.Send([3]);
        Assert.Equal(STATUS_SUCCESS, Receive(socket, events, new byte[1], out _));
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(socket, events, new byte[1], out _));
        socket.Close();
        Assert.Equal(SocketError.Success, ErrorAtPeer(peer));
    }

    [Fact]
    public void Disconnect_waits_for_the_sends_before_it()
    {
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        var order = new List<string>();
        var send = new TestSend(new byte[MoreThanBuffers]) { Completed = () => order.Add("send") };
        Assert.False(socket.Send(send));
        var disconnect = new TestOperation();
        Assert.False(socket.Disconnect(disconnect));
        Assert.Equal(STATUS_CONNECTION_DISCONNECTED, Send(socket, 1));
        Assert.False(disconnect.IsCompleted);
        Assert.Equal(MoreThanBuffers, ReadAtPeer(peer, MoreThanBuffers + 1).Length);
        Assert.Equal(STATUS_SUCCESS, disconnect.Wait());
        Assert.Equal(["send"], order);
        socket.Close();
    }

    [Fact]
    public void Disconnect_pends_until_the_peer_has_acknowledged_fin()
    {
        // The window is closed, so FIN stays behind data that the peer's stack does not take.
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        FillSystemBuffers(socket, peer);
        var disconnect = new TestOperation();
        Assert.False(socket.Disconnect(disconnect));

        // A dozen looks at the connection later it is still not done; they are turns of the dispatcher, not
        // sleep.
        var look = new LambdaItem(() => { });
        for (var i = 0; i < 12; i++)
        {
            _world.Scheduler.PostAt(_world.Clock.NowNs + 5_000_000, look);
            Waiting.For(look.HasRun, "a timed item");
        }
        Assert.False(disconnect.IsCompleted);
        Assert.Equal(SocketError.Success, ErrorAtPeer(peer));
        Assert.Equal(STATUS_SUCCESS, disconnect.Wait());
        socket.Close();
    }

    [Fact]
    public void Cancel_gives_a_disconnect_up()
    {
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        FillSystemBuffers(socket, peer);
        var disconnect = new TestOperation();
        Assert.False(socket.Disconnect(disconnect));
        socket.Cancel(disconnect);
        Assert.Equal(STATUS_CANCELLED, disconnect.Wait());
        socket.Close();
        Assert.Equal(1, disconnect.Completions);
    }

    [Fact]
    public void Abort_forces_a_disconnect_and_the_sends_before_it()
    {
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        var send = new TestSend(new byte[MoreThanBuffers]);
        var disconnect = new TestOperation();
        Assert.False(socket.Send(send));
        Assert.False(socket.Disconnect(disconnect));
        socket.Abort();
        Assert.Equal(STATUS_CANCELLED, send.Wait());
        Assert.Equal(STATUS_CANCELLED, disconnect.Wait());
        Assert.Equal(SocketError.ConnectionReset, ErrorAtPeer(peer));
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Abort_is_a_reset_for_the_peer(ushort family)
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(family, events);
        var local = socket.LocalAddress;
        socket.ArmReceive();
        socket.Abort();
        events.WaitReceivable();
        Assert.Equal(STATUS_CONNECTION_ABORTED, socket.TryReceive(new byte[1], out _));
        Assert.Equal(STATUS_CONNECTION_ABORTED, Disconnect(socket));
        Assert.Equal(SocketError.ConnectionReset, ErrorAtPeer(peer));
        Assert.Equal(local, socket.LocalAddress);
        socket.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Reset_by_the_peer_ends_receives_and_sends(ushort family)
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(family, events);
        Assert.Equal(STATUS_PENDING, socket.TryReceive([], out _));
        peer.Close(0);
        Assert.Equal(STATUS_CONNECTION_RESET, Receive(socket, events, new byte[1], out _));
        Assert.Equal(STATUS_CONNECTION_RESET, Send(socket, 1));
        Assert.Equal(STATUS_CONNECTION_RESET, socket.TryReceive(new byte[1], out _));
        Assert.Equal(STATUS_CONNECTION_RESET, Disconnect(socket));
        socket.ArmReceive();
        events.WaitReceivable();
        socket.Close();
    }

    [Fact]
    public void Reset_that_a_send_sees_first_is_no_graceful_end_for_receives()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        peer.Close(0);
        NTSTATUS status;
        do
        {
            status = Send(socket, 1);
        }
        while (status == STATUS_SUCCESS);
        Assert.Equal(STATUS_CONNECTION_RESET, status);
        Assert.Equal(STATUS_CONNECTION_RESET, Receive(socket, events, new byte[1], out _));
        socket.Close();
    }

    [Fact]
    public void Reset_by_the_peer_ends_blocked_sends_and_a_disconnect()
    {
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        TestSend[] sends = [new(new byte[MoreThanBuffers]), new(new byte[10])];
        Assert.All(sends, send => Assert.False(socket.Send(send)));
        var disconnect = new TestOperation();
        Assert.False(socket.Disconnect(disconnect));
        peer.Close(0);
        Assert.All(sends, send => Assert.Equal(STATUS_CONNECTION_RESET, send.Wait()));
        Assert.Equal(STATUS_CONNECTION_RESET, disconnect.Wait());
        socket.Close();
    }

    [Fact]
    public void Reset_after_our_fin_ends_a_pending_disconnect()
    {
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        FillSystemBuffers(socket, peer);
        var disconnect = new TestOperation();
        Assert.False(socket.Disconnect(disconnect));
        peer.Close(0);
        Assert.Equal(STATUS_CONNECTION_RESET, disconnect.Wait());
        socket.Close();
    }

    [Fact]
    public void Reset_after_the_peers_fin_is_a_reset()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(socket, events, new byte[1], out _));
        peer.Close(0);
        NTSTATUS status;
        do
        {
            status = Send(socket, 1);
        }
        while (status == STATUS_SUCCESS);
        Assert.Equal(STATUS_CONNECTION_RESET, status);
        socket.Close();
    }

    [Fact]
    public void Close_without_fin_is_a_reset_for_the_peer()
    {
        var (socket, peer) = _world.Pair(V4);
        socket.Close();
        Assert.Equal(SocketError.ConnectionReset, ErrorAtPeer(peer));
    }

    [Fact]
    public void Close_after_fin_of_this_side_only_is_a_reset_for_the_peer()
    {
        var (socket, peer) = _world.Pair(V4);
        Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
        Assert.Equal(SocketError.Success, ErrorAtPeer(peer));
        socket.Close();
        Assert.True(peer.Poll(Waiting.HangGuard, SelectMode.SelectError), "No reset came.");
    }

    [Fact]
    public void Close_after_fin_of_both_sides_is_quiet_though_the_peers_was_not_read()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(socket, events, [], out _));
        socket.Close();
        Assert.Equal(SocketError.Success, ErrorAtPeer(peer));
        Assert.Equal(SocketError.Success, ErrorAtPeer(peer));
    }

    [Fact]
    public void Close_cancels_everything_and_tells_nothing_more()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events, receiveBufferBytes: SmallReceiveBuffer);
        TestSend[] sends = [new(new byte[MoreThanBuffers]), new(new byte[1000])];
        Assert.All(sends, send => Assert.False(socket.Send(send)));
        var disconnect = new TestOperation();
        Assert.False(socket.Disconnect(disconnect));
        socket.ArmReceive();
        socket.Close();
        Assert.All(sends, send => Assert.Equal(STATUS_CANCELLED, send.Wait()));
        Assert.Equal(STATUS_CANCELLED, disconnect.Wait());
        Assert.Equal(SocketError.ConnectionReset, ErrorAtPeer(peer));
        Assert.Equal(0, events.Receivables);
        Assert.Throws<InvalidOperationException>(socket.Close);
    }

    // Leaves the system with far more bytes than the peer's window, and the socket with no send under way: it
    // sends until the system takes no more, then half of all that is read, so that the last send ends.
    private static void FillSystemBuffers(IStreamSocket socket, Socket peer)
    {
        var chunk = new byte[1024];
        for (var total = chunk.Length; ; total += chunk.Length)
        {
            var send = new TestSend(chunk);
            if (!socket.Send(send))
            {
                Assert.Equal(total / 2, ReadAtPeer(peer, total / 2).Length);
                Assert.Equal(STATUS_SUCCESS, send.Wait());
                return;
            }
            Assert.Equal(STATUS_SUCCESS, send.Status);
        }
    }
}
