// Conditional mode over the operating system: every connection is announced as a request and waits for its
// decision. It knows nothing about inspect events.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostRequestTests : IDisposable
{
    private readonly HostWorld _world = new();
    private readonly TestListenEvents _events = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void An_accepted_request_becomes_a_connection_with_its_id()
    {
        var (socket, listener) = Listen();
        Assert.False(listener.JudgesBeforeHandshake);
        var peer = _world.ConnectPeer(socket.LocalAddress);
        var request = _events.WaitRequest();
        Assert.NotEqual(0UL, request.Id);
        Assert.Equal(socket.LocalAddress, request.Local);
        Assert.Equal(AddressOf(peer), request.Remote);
        Assert.Equal(STATUS_PENDING, listener.TryAccept(out _, out _));
        Assert.True(listener.Decide(request.Id, isAccepted: true));
        Assert.False(listener.Decide(request.Id, isAccepted: true));
        var accepted = _events.Accept(listener, out var id);
        Assert.Equal(request.Id, id);
        Assert.Equal(request.Remote, accepted.RemoteAddress);
        Assert.Equal(STATUS_SUCCESS, Send(accepted, 9));
        Assert.Equal([9], ReadAtPeer(peer, 1));
        accepted.Close();
        socket.Close();
        Assert.Equal(0, _events.DroppedCount);
    }

    [Fact]
    public void A_rejected_request_is_reset_and_never_told_of_again()
    {
        var (socket, listener) = Listen();
        var peer = _world.ConnectPeer(socket.LocalAddress);
        Assert.True(listener.Decide(_events.WaitRequest().Id, isAccepted: false));
        Assert.True(IsReset(peer));
        Assert.Equal(STATUS_PENDING, listener.TryAccept(out _, out _));

        // What follows is told after everything that might have been told of the rejected one.
        _world.ConnectPeer(socket.LocalAddress);
        _events.WaitRequest();
        Assert.Equal(0, _events.DroppedCount);
        socket.Close();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_request_that_its_peer_resets_is_dropped(bool withUnreadData)
    {
        var (socket, listener) = Listen();
        var peer = _world.ConnectPeer(socket.LocalAddress);
        var request = _events.WaitRequest();
        if (withUnreadData)
        {
            peer.Send([1, 2, 3]);
        }
        peer.Close(0);
        Assert.Equal(request.Id, _events.WaitDropped());
        Assert.False(listener.Decide(request.Id, isAccepted: true));
        Assert.Equal(STATUS_PENDING, listener.TryAccept(out _, out _));
        socket.Close();
    }

    [Fact]
    public void A_request_whose_peer_only_says_that_it_has_sent_everything_stays()
    {
        var (socket, listener) = Listen();
        var peer = _world.ConnectPeer(socket.LocalAddress);
        var request = _events.WaitRequest();
        peer.Send([5]);
        peer.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.True(listener.Decide(request.Id, isAccepted: true));
        var events = new TestEvents();
        var accepted = _events.Accept(listener, out _, events);
        Assert.Equal(STATUS_SUCCESS, Receive(accepted, events, new byte[4], out var bytes));
        Assert.Equal(1, bytes);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(accepted, events, new byte[4], out _));
        accepted.Close();
        socket.Close();
        Assert.Equal(0, _events.DroppedCount);
    }

    [Fact]
    public void As_many_requests_as_the_backlog_has_room_for_are_told_of()
    {
        var (socket, listener) = Listen(backlog: 2);
        var first = Announce(socket);
        Announce(socket);
        var third = _world.ConnectPeer(socket.LocalAddress);
        Assert.Equal(0, _events.RequestCount);
        Assert.True(listener.Decide(first, isAccepted: false));
        Assert.Equal(AddressOf(third), _events.WaitRequest().Remote);
        socket.Close();
    }

    [Fact]
    public void Closing_the_listener_resets_undecided_and_decided_requests()
    {
        var (socket, listener) = Listen();
        var undecided = _world.ConnectPeer(socket.LocalAddress);
        _events.WaitRequest();
        var decided = _world.ConnectPeer(socket.LocalAddress);
        var id = _events.WaitRequest().Id;
        Assert.True(listener.Decide(id, isAccepted: true));
        socket.Close();
        Assert.True(IsReset(undecided));
        Assert.True(IsReset(decided));
        Assert.False(listener.Decide(id, isAccepted: true));
        Assert.Equal(0, _events.DroppedCount);
    }

    private ulong Announce(IStreamSocket socket)
    {
        _world.ConnectPeer(socket.LocalAddress);
        return _events.WaitRequest().Id;
    }

    private (IStreamSocket Socket, IListenSocket Listener) Listen(int backlog = 16)
    {
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
        var settings = new ListenSettings(backlog, IsConditional: true);
        Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, _events, out var listener));
        return (socket, listener!);
    }
}
