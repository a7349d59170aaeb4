// The transport where no loop waits for its sockets, as on systems without epoll: .NET waits then. The rules
// are the same, so these are only the ways of the bytes; it knows nothing about rules.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostWithoutLoopTests : IDisposable
{
    private readonly HostWorld _world = new(hasLoops: false);

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_connection_carries_bytes_both_ways_and_ends_in_order()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1, 2, 3));
        Assert.Equal([1, 2, 3], ReadAtPeer(peer, 3));
        peer.Send([4, 5]);
        var buffer = new byte[8];
        Assert.Equal(STATUS_SUCCESS, Receive(socket, events, buffer, out var bytes));
        Assert.Equal([4, 5], buffer[..bytes]);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(socket, events, buffer, out _));
        Assert.Equal(STATUS_SUCCESS, Disconnect(socket));
        socket.Close();
    }

    [Fact]
    public void A_send_that_finds_no_room_completes_when_the_peer_reads()
    {
        var (socket, peer) = _world.Pair(V4);
        var sent = new byte[8 << 20];
        new Random(1).NextBytes(sent);
        var send = new TestSend(sent);
        Assert.False(socket.Send(send));
        Assert.Equal(sent, ReadAtPeer(peer, sent.Length));
        Assert.Equal(STATUS_SUCCESS, send.Wait());
        socket.Close();
        Assert.True(IsReset(peer));
    }

    [Fact]
    public void A_listener_takes_a_connection()
    {
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
        var events = new TestListenEvents();
        Assert.Equal(
            STATUS_SUCCESS, socket.Listen(new ListenSettings(4, false), events, out var listener));
        var peer = _world.ConnectPeer(socket.LocalAddress);
        var connection = events.Accept(listener!);
        Assert.Equal(AddressOf(peer), connection.RemoteAddress);
        connection.Close();
        socket.Close();
    }

    [Fact]
    public void A_connection_that_is_refused_says_so()
    {
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_CONNECTION_REFUSED, Connect(socket, _world.Deaf(V4)));
        socket.Close();
    }

    [Fact]
    public void A_datagram_comes_when_it_is_waited_for()
    {
        var socket = _world.Datagram(Loopback(V4));
        var peer = _world.UdpPeer(V4);
        socket.Socket.ArmReceive();
        peer.SendTo([7], socket.Local.ToIPEndPoint());
        socket.WaitReceivable();
        Assert.Equal([7], socket.Receive().Bytes);
        socket.Socket.Close();
    }
}
