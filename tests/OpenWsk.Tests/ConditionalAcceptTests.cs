// Conditional accept of the managed API: a delegate judges requests at once or later, connections know their
// request, requests can be dropped. Accepting without conditions: ListenerTests.cs.
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Xunit;

namespace OpenWsk.Tests;

public sealed class ConditionalAcceptTests : ManagedWorld
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_delegate_accepts_and_rejects(bool isByEvent)
    {
        var seen = new List<IPEndPoint>();
        await using var listener = await Listen(isByEvent, request =>
        {
            seen.Add(request.RemoteEndPoint);
            request.State = seen.Count;
            return seen.Count == 1 ? WskInspectAction.Reject : WskInspectAction.Accept;
        });
        using var rejected = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAndRead(rejected, listener));
        using var accepted = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await accepted.ConnectAsync(listener.LocalEndPoint).WaitAsync(HangGuard);
        await using var connection = await Soon(listener.AcceptAsync());
        Assert.Equal(2, connection.Request!.State);
        Assert.Equal(accepted.LocalEndPoint, connection.Request.RemoteEndPoint);
        Assert.Equal(listener.LocalEndPoint, connection.Request.LocalEndPoint);
        Assert.Equal(accepted.LocalEndPoint, Ports.EndpointAddress.From(seen[1]).ToIPEndPoint());
        Assert.False(connection.Request.Aborted.IsCancellationRequested);
    }

    [Fact]
    public async Task A_decision_can_come_later()
    {
        var requests = Channel.CreateUnbounded<WskConnectionRequest>();
        await using var listener = await Listen(false, request =>
        {
            requests.Writer.TryWrite(request);
            return WskInspectAction.Pend;
        });
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connecting = first.ConnectAsync(listener.LocalEndPoint);
        var accept = listener.AcceptAsync().AsTask();
        var request = await Soon(requests.Reader.ReadAsync());
        Assert.False(accept.IsCompleted);
        await Soon(request.AcceptAsync());
        await using (var connection = await Soon(accept))
        {
            Assert.Same(request, connection.Request);
            // The end of the connection is a reset, which an attempt that is still under way would tell of.
            await connecting.WaitAsync(HangGuard);
        }
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var rejected = ConnectAndRead(second, listener);
        await Soon((await Soon(requests.Reader.ReadAsync())).RejectAsync());
        await Assert.ThrowsAsync<SocketException>(() => rejected);
    }

    [Fact]
    public async Task A_peer_that_gives_up_aborts_its_request()
    {
        var requests = Channel.CreateUnbounded<WskConnectionRequest>();
        await using var listener = await Listen(false, request =>
        {
            requests.Writer.TryWrite(request);
            return WskInspectAction.Pend;
        });
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connecting = peer.ConnectAsync(listener.LocalEndPoint);
        var request = await Soon(requests.Reader.ReadAsync());
        var aborted = new TaskCompletionSource();
        using var registration = request.Aborted.Register(aborted.SetResult);
        await connecting;
        peer.LingerState = new LingerOption(true, 0);
        peer.Dispose();
        await aborted.Task.WaitAsync(HangGuard);
        // Too late, which is no mistake.
        await Soon(request.AcceptAsync());
    }

    [Fact]
    public async Task The_end_of_the_listener_aborts_requests()
    {
        var requests = Channel.CreateUnbounded<WskConnectionRequest>();
        var listener = await Listen(false, request =>
        {
            requests.Writer.TryWrite(request);
            return WskInspectAction.Pend;
        });
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connecting = ConnectAndRead(peer, listener);
        var request = await Soon(requests.Reader.ReadAsync());
        var aborted = new TaskCompletionSource();
        using var registration = request.Aborted.Register(aborted.SetResult);
        await Soon(listener.DisposeAsync());
        await aborted.Task.WaitAsync(HangGuard);
        await Assert.ThrowsAsync<SocketException>(() => connecting);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await request.AcceptAsync());
    }

    [Fact]
    public async Task A_request_that_was_not_pended_cannot_be_decided_again()
    {
        var requests = Channel.CreateUnbounded<WskConnectionRequest>();
        await using var listener = await Listen(false, request =>
        {
            requests.Writer.TryWrite(request);
            return WskInspectAction.Accept;
        });
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint).WaitAsync(HangGuard);
        await using var connection = await Soon(listener.AcceptAsync());
        var request = await Soon(requests.Reader.ReadAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await request.RejectAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await request.AcceptAsync());
    }

    [Fact]
    public async Task A_delegate_may_decide_before_it_answers()
    {
        await using var listener = await Listen(false, request =>
        {
            request.AcceptAsync().AsTask();
            return WskInspectAction.Pend;
        });
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connecting = peer.ConnectAsync(listener.LocalEndPoint);
        await using var connection = await Soon(listener.AcceptAsync());
        await connecting.WaitAsync(HangGuard);
        Assert.NotNull(connection.Request);
    }

    // On the host the handshake may be over before the decision; then a reset follows.
    private static async Task ConnectAndRead(Socket socket, WskListener listener)
    {
        await socket.ConnectAsync(listener.LocalEndPoint).WaitAsync(HangGuard);
        await socket.ReceiveAsync(new byte[1]).WaitAsync(HangGuard);
    }

    private ValueTask<WskListener> Listen(
        bool isByEvent, Func<WskConnectionRequest, WskInspectAction> inspect) =>
        Client.ListenAsync(
            new IPEndPoint(IPAddress.Loopback, 0),
            new WskListenOptions { Inspect = inspect, AcceptsByEvent = isByEvent });
}
