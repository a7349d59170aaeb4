// Listening sockets of the managed API against ordinary TCP sockets of the host: accepting by calls and by
// events, as a stream, dual stack, what accepted connections inherit, cancellation, disposal, mistakes.
// Conditional accept: ConditionalAcceptTests.cs. Both roles in one socket: StreamSocketTests.cs.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.Abi;
using Xunit;

namespace OpenWsk.Tests;

public sealed class ListenerTests : ManagedWorld
{
    private static readonly WskListenOptions s_byEvent = new() { AcceptsByEvent = true };

    public static TheoryData<bool> Ways => [false, true];

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_connection_is_accepted_with_its_addresses(string address)
    {
        await using var listener = await Listen(address: address);
        using var peer = await Connect(listener);
        await using var connection = await Soon(listener.AcceptAsync());
        Assert.Equal(peer.LocalEndPoint, connection.RemoteEndPoint);
        Assert.Equal(listener.LocalEndPoint, connection.LocalEndPoint);
        Assert.Equal(connection.RemoteEndPoint, await Soon(connection.GetRemoteEndPointAsync()));
        Assert.Null(connection.Request);
        await Exchange(connection, peer);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_accept_waits_for_a_connection(bool isByEvent)
    {
        await using var listener = await Listen(isByEvent ? s_byEvent : null);
        var accept = listener.AcceptAsync().AsTask();
        Assert.False(accept.IsCompleted);
        using var peer = await Connect(listener);
        await using var connection = await Soon(accept);
        Assert.Equal(peer.LocalEndPoint, connection.RemoteEndPoint);
        await Exchange(connection, peer);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Connections_come_as_a_stream_in_their_order(bool isByEvent)
    {
        await using var listener = await Listen(isByEvent ? s_byEvent : null);
        var peers = new List<Socket>();
        await using var connections = listener.AcceptAllAsync().GetAsyncEnumerator();
        for (var i = 0; i < 5; i++)
        {
            peers.Add(await Connect(listener));
            Assert.True(await Soon(connections.MoveNextAsync()));
            await using var connection = connections.Current;
            Assert.Equal(peers[i].LocalEndPoint, connection.RemoteEndPoint);
        }
        var next = connections.MoveNextAsync();
        await Soon(listener.DisposeAsync());
        Assert.False(await Soon(next));
        peers.ForEach(p => p.Dispose());
    }

    [Fact]
    public async Task A_dual_stack_listener_serves_both_families()
    {
        await using var listener = await Client.ListenAsync(
            new IPEndPoint(IPAddress.IPv6Any, 0), new WskListenOptions { IsDualStack = true });
        using var v4 = await Connect(new IPEndPoint(IPAddress.Loopback, listener.LocalEndPoint.Port));
        await using var first = await Soon(listener.AcceptAsync());
        Assert.Equal(IPAddress.Loopback.MapToIPv6(), first.RemoteEndPoint!.Address);
        using var v6 = await Connect(new IPEndPoint(IPAddress.IPv6Loopback, listener.LocalEndPoint.Port));
        await using var second = await Soon(listener.AcceptAsync());
        Assert.Equal(IPAddress.IPv6Loopback, second.RemoteEndPoint!.Address);
    }

    [Fact]
    public async Task Connections_inherit_what_the_options_say()
    {
        await using var listener = await Listen(new WskListenOptions
        {
            KeepAlive = true,
            ReceiveBufferSize = 50_000,
            HasExclusiveAddress = true,
        });
        Assert.True(await Soon(listener.GetOptionAsync(WskOptions.ExclusiveAddressUse)));
        using var peer = await Connect(listener);
        await using var connection = await Soon(listener.AcceptAsync());
        Assert.True(await Soon(connection.GetOptionAsync(WskOptions.KeepAlive)));
        Assert.Equal(50_000, await Soon(connection.GetOptionAsync(WskOptions.ReceiveBufferSize)));
    }

    [Fact]
    public async Task Connections_inherit_enabled_events()
    {
        await using var listener = await Listen(new WskListenOptions
        {
            ConnectionEvents = WskEvents.Receive | WskEvents.Disconnect,
        });
        using var peer = await Connect(listener);
        await peer.SendAsync("early"u8.ToArray());
        await using var connection = await Soon(listener.AcceptAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await connection.ReceiveAsync(new byte[8]));
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(WskDisconnection.Graceful, await Soon(connection.WaitForDisconnectAsync()));
        var text = new StringBuilder();
        await foreach (var data in connection.ReceiveAllAsync())
        {
            using (data)
                text.Append(Encoding.ASCII.GetString(data.Data));
        }
        Assert.Equal("early", text.ToString());
    }

    [Fact]
    public async Task A_connection_that_nobody_took_is_closed_with_the_listener()
    {
        var listener = await Listen(new WskListenOptions { ConnectionEvents = WskEvents.Receive });
        using var peer = await Connect(listener);
        await peer.SendAsync("kept"u8.ToArray());
        using var other = await Connect(listener);
        await using (await Soon(listener.AcceptAsync()))
            await Soon(listener.DisposeAsync());
        await Assert.ThrowsAsync<SocketException>(
            () => Soon(other.ReceiveAsync(new byte[1].AsMemory()).AsTask()));
    }

    [Fact]
    public async Task More_than_may_wait_are_refused()
    {
        await using var listener = await Listen(s_byEvent with { WaitingMax = 1 });
        using var first = await Connect(listener);
        // The reset may come before .NET has seen the connection.
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var second = await Connect(listener);
            await Soon(second.ReceiveAsync(new byte[1].AsMemory()).AsTask());
        });
        await using var connection = await Soon(listener.AcceptAsync());
        Assert.Equal(first.LocalEndPoint, connection.RemoteEndPoint);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_cancelled_accept_loses_no_connection(bool isByEvent)
    {
        await using var listener = await Listen(isByEvent ? s_byEvent : null);
        using var cancellation = new CancellationTokenSource();
        var accept = listener.AcceptAsync(cancellation.Token);
        await cancellation.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(accept));
        Assert.Equal(cancellation.Token, e.CancellationToken);
        using var peer = await Connect(listener);
        await using var connection = await Soon(listener.AcceptAsync());
        Assert.Equal(peer.LocalEndPoint, connection.RemoteEndPoint);
    }

    [Fact]
    public async Task One_at_a_time_waits_for_connections_that_come_by_event()
    {
        await using var listener = await Listen(s_byEvent);
        var accept = listener.AcceptAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await listener.AcceptAsync());
        using var peer = await Connect(listener);
        await using var connection = await Soon(accept);
    }

    [Fact]
    public async Task Disposal_ends_an_accept()
    {
        var listener = await Listen();
        var accept = listener.AcceptAsync();
        await Soon(listener.DisposeAsync());
        Assert.Equal(NTSTATUS.STATUS_CANCELLED, await Status(accept));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await listener.AcceptAsync());
        var byEvent = await Listen(s_byEvent);
        accept = byEvent.AcceptAsync();
        await Soon(byEvent.DisposeAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Soon(accept));
    }

    [Fact]
    public async Task A_client_that_ends_ends_its_listeners_and_accepts()
    {
        var client = Host.Register();
        var listener = await client.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var peer = await Connect(listener);
        await Soon(listener.AcceptAsync());
        var accept = listener.AcceptAsync();
        await Soon(client.DisposeAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Soon(accept));
        Assert.Equal(0, Host.Provider.OpenSockets);
    }

    [Fact]
    public async Task An_address_that_is_taken_leaves_no_socket()
    {
        await using var listener = await Listen();
        Assert.Equal(
            NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS, await Status(Client.ListenAsync(listener.LocalEndPoint)));
        Assert.Equal(1, Host.Provider.OpenSockets);
    }

    [Fact]
    public async Task An_unbound_listener_accepts_nothing()
    {
        await using var listener = await Client.CreateListenSocketAsync();
        Assert.Throws<InvalidOperationException>(() => listener.LocalEndPoint);
        Assert.Equal(NTSTATUS.STATUS_INVALID_DEVICE_STATE, await Status(listener.AcceptAsync()));
        Assert.StartsWith("ACCEPT-06", Breaches.Single(), StringComparison.Ordinal);
        Breaches.Clear();
        await Soon(listener.BindAsync(new IPEndPoint(IPAddress.Loopback, 0)));
        using var peer = await Connect(listener);
        await using var connection = await Soon(listener.AcceptAsync());
    }

    private static async Task Exchange(WskConnection connection, Socket peer)
    {
        var buffer = new byte[64];
        await peer.SendAsync("to us"u8.ToArray());
        Assert.Equal(5, await Soon(connection.ReceiveAsync(buffer, WskReceiveFlags.None)));
        await Soon(connection.SendAsync("to them"u8.ToArray()));
        Assert.Equal(7, await Soon(peer.ReceiveAsync(buffer.AsMemory()).AsTask()));
    }

    private static Task<Socket> Connect(WskListener listener) => Connect(listener.LocalEndPoint);

    private static async Task<Socket> Connect(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address).WaitAsync(HangGuard);
        return socket;
    }

    private ValueTask<WskListener> Listen(WskListenOptions? options = null, string address = "127.0.0.1") =>
        Client.ListenAsync(new IPEndPoint(IPAddress.Parse(address), 0), options);
}
