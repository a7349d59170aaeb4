// The managed API against ordinary TCP peers of the host: connect in one call and in three, data both ways,
// each kind of end, cancellation, disposal. What the provider does inside is tested with the provider.
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenWsk.Abi;
using Xunit;

namespace OpenWsk.Tests;

public sealed class ConnectionTests : ManagedWorld
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task One_call_connects_and_data_goes_both_ways(string address)
    {
        using var peer = new Peer(IPAddress.Parse(address));
        var echo = peer.Echo();
        await using var socket = await Client.ConnectAsync(peer.Address);
        await socket.SendAsync("hello"u8.ToArray());
        Assert.Equal("hello", await Receive(socket, 5));
        Assert.Equal(peer.Address, await socket.GetRemoteEndPointAsync());
        Assert.Equal(IPAddress.Parse(address), (await socket.GetLocalEndPointAsync()).Address);
        await socket.DisconnectAsync();
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
        await echo.WaitAsync(HangGuard);
    }

    [Fact]
    public async Task Three_calls_connect_as_one_does()
    {
        using var peer = new Peer();
        var echo = peer.Echo();
        await using var socket = await Client.CreateConnectionSocketAsync();
        await socket.BindAsync(new IPEndPoint(IPAddress.Any, 0));
        await socket.ConnectAsync(peer.Address);
        await socket.SendAsync("abc"u8.ToArray());
        Assert.Equal("abc", await Receive(socket, 3));
        await socket.DisconnectAsync("def"u8.ToArray());
        Assert.Equal("def", await Receive(socket, 3));
        await echo.WaitAsync(HangGuard);
    }

    [Fact]
    public async Task A_given_local_address_is_bound()
    {
        using var peer = new Peer();
        var local = Peer.NobodyAt();
        var accepted = peer.Accept();
        await using var socket = await Client.ConnectAsync(peer.Address, local);
        using var other = await accepted.WaitAsync(HangGuard);
        Assert.Equal(local, other.RemoteEndPoint);
        Assert.Equal(local, await socket.GetLocalEndPointAsync());
    }

    [Fact]
    public async Task A_refused_connection_throws_its_status()
    {
        var e = await Assert.ThrowsAsync<WskException>(
            async () => await Client.ConnectAsync(Peer.NobodyAt()));
        Assert.Equal(NTSTATUS.STATUS_CONNECTION_REFUSED, e.Status);
        Assert.Equal("WskSocketConnect", e.Call);
        Assert.Contains("STATUS_CONNECTION_REFUSED", e.Message);
    }

    [Fact]
    public async Task A_reset_throws_its_status()
    {
        using var peer = new Peer();
        var accepted = peer.Accept();
        await using var socket = await Client.ConnectAsync(peer.Address);
        using var other = await accepted.WaitAsync(HangGuard);
        other.LingerState = new LingerOption(true, 0);
        other.Close();
        var e = await Assert.ThrowsAsync<WskException>(async () => await socket.ReceiveAsync(new byte[1]));
        Assert.Equal(NTSTATUS.STATUS_CONNECTION_RESET, e.Status);
    }

    [Fact]
    public async Task An_abort_resets_the_peer()
    {
        using var peer = new Peer();
        var accepted = peer.Accept();
        await using var socket = await Client.ConnectAsync(peer.Address);
        using var other = await accepted.WaitAsync(HangGuard);
        await socket.AbortAsync();
        var e = await Assert.ThrowsAsync<SocketException>(
            async () => await other.ReceiveAsync(new byte[1]).WaitAsync(HangGuard));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Fact]
    public async Task The_peer_may_go_on_after_our_end()
    {
        using var peer = new Peer();
        var accepted = peer.Accept();
        await using var socket = await Client.ConnectAsync(peer.Address);
        using var other = await accepted.WaitAsync(HangGuard);
        await socket.DisconnectAsync();
        Assert.Equal(0, await other.ReceiveAsync(new byte[1]).WaitAsync(HangGuard));
        await other.SendAsync("late"u8.ToArray());
        other.Shutdown(SocketShutdown.Send);
        Assert.Equal("late", await Receive(socket, 4));
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task WaitAll_fills_the_buffer()
    {
        using var peer = new Peer();
        var accepted = peer.Accept();
        await using var socket = await Client.ConnectAsync(peer.Address);
        using var other = await accepted.WaitAsync(HangGuard);
        var buffer = new byte[6];
        var receive = socket.ReceiveAsync(buffer, WskReceiveFlags.WaitAll).AsTask();
        await other.SendAsync("abc"u8.ToArray());
        await other.SendAsync("def"u8.ToArray());
        Assert.Equal(6, await receive.WaitAsync(HangGuard));
        Assert.Equal("abcdef", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task More_than_one_buffer_holds_is_sent_in_pieces()
    {
        var data = new byte[(2 * IrpOperation.BufferBytesMax) + 12345];
        new Random(1).NextBytes(data);
        using var peer = new Peer();
        var accepted = peer.Accept();
        await using var socket = await Client.ConnectAsync(peer.Address);
        using var other = await accepted.WaitAsync(HangGuard);
        var sending = Send();
        var received = new MemoryStream();
        var buffer = new byte[256 * 1024];
        for (int count; (count = await other.ReceiveAsync(buffer).WaitAsync(HangGuard)) > 0;)
            received.Write(buffer, 0, count);
        await sending.WaitAsync(HangGuard);
        Assert.True(data.AsSpan().SequenceEqual(received.ToArray()));

        async Task Send()
        {
            await socket.SendAsync(data);
            await socket.DisconnectAsync();
        }
    }

    [Fact]
    public async Task Nothing_to_send_needs_no_call_and_no_room_to_receive_is_a_mistake()
    {
        using var peer = new Peer();
        await using var socket = await Client.ConnectAsync(peer.Address);
        await socket.SendAsync(default);
        await Assert.ThrowsAsync<ArgumentException>(async () => await socket.ReceiveAsync(default));
    }

    [Fact]
    public async Task A_cancelled_receive_ends_and_the_socket_lives_on()
    {
        using var peer = new Peer();
        var accepted = peer.Accept();
        await using var socket = await Client.ConnectAsync(peer.Address);
        using var other = await accepted.WaitAsync(HangGuard);
        using var cancellation = new CancellationTokenSource();
        var receive = socket.ReceiveAsync(new byte[1], cancellation: cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive.WaitAsync(HangGuard));
        Assert.Equal(cancellation.Token, e.CancellationToken);
        await other.SendAsync("x"u8.ToArray());
        Assert.Equal("x", await Receive(socket, 1));
    }

    [Fact]
    public async Task A_cancelled_token_starts_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Client.ConnectAsync(Peer.NobodyAt(), cancellation: cancellation.Token));
        Assert.Equal(0, Host.Operations.Count);
    }

    [Fact]
    public async Task Disposal_ends_what_is_under_way_and_happens_once()
    {
        using var peer = new Peer();
        var socket = await Client.ConnectAsync(peer.Address);
        var receive = socket.ReceiveAsync(new byte[1]).AsTask();
        await socket.DisposeAsync().AsTask().WaitAsync(HangGuard);
        await socket.DisposeAsync().AsTask().WaitAsync(HangGuard);
        await Assert.ThrowsAsync<WskException>(() => receive.WaitAsync(HangGuard));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await socket.SendAsync(new byte[1]));
    }

    [Fact]
    public async Task A_client_that_ends_closes_its_sockets()
    {
        using var peer = new Peer();
        var client = Host.Register();
        var socket = await client.ConnectAsync(peer.Address);
        var receive = socket.ReceiveAsync(new byte[1]).AsTask();
        await client.DisposeAsync().AsTask().WaitAsync(HangGuard);
        await Assert.ThrowsAsync<WskException>(() => receive.WaitAsync(HangGuard));
        await Assert.ThrowsAsync<ObjectDisposedException>(
            async () => await client.ConnectAsync(peer.Address));
        Assert.Equal(0, Host.Provider.OpenSockets);
    }

    [Fact]
    public void The_transport_list_has_tcp_of_both_families()
    {
        var transports = Client.GetTransports();
        foreach (var family in new[] { WskConstants.AF_INET, WskConstants.AF_INET6 })
            Assert.Contains(
                new WskTransport(family, WskConstants.SOCK_STREAM, WskConstants.IPPROTO_TCP), transports);
    }

    private static async Task<string> Receive(WskConnection socket, int length)
    {
        var buffer = new byte[length];
        for (var filled = 0; filled < length;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(filled)).AsTask().WaitAsync(HangGuard);
            Assert.NotEqual(0, count);
            filled += count;
        }
        return Encoding.ASCII.GetString(buffer);
    }
}
