// Stream sockets of the managed API: one that listens and one that connects, to each other. What the shared
// parts do is in ConnectionTests.cs and ListenerTests.cs.
using System.Net;
using System.Text;
using OpenWsk.Abi;
using Xunit;

namespace OpenWsk.Tests;

public sealed class StreamSocketTests : ManagedWorld
{
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Either_role_is_taken_after_the_bind()
    {
        await using var listening = await Client.CreateStreamSocketAsync();
        await Soon(listening.BindAsync(s_any));
        await Soon(listening.ListenAsync());
        var address = await Soon(listening.GetLocalEndPointAsync());
        await using var connecting = await Client.CreateStreamSocketAsync();
        await Soon(connecting.BindAsync(s_any));
        await Soon(connecting.ConnectAsync(address));
        await using var accepted = await Soon(listening.AcceptAsync());
        Assert.Equal(await Soon(connecting.GetLocalEndPointAsync()), accepted.RemoteEndPoint);
        Assert.Equal(address, await Soon(connecting.GetRemoteEndPointAsync()));
        await Soon(connecting.SendAsync("over"u8.ToArray()));
        var buffer = new byte[8];
        Assert.Equal(4, await Soon(accepted.ReceiveAsync(buffer)));
        await Soon(accepted.SendAsync("back"u8.ToArray()));
        await foreach (var data in connecting.ReceiveAllAsync())
        {
            using (data)
                Assert.Equal("back", Encoding.ASCII.GetString(data.Data));
            break;
        }
    }

    [Fact]
    public async Task Connections_come_as_a_stream_until_the_socket_ends()
    {
        await using var listening = await Client.CreateStreamSocketAsync();
        await Soon(listening.BindAsync(s_any));
        await Soon(listening.ListenAsync());
        await using var connections = listening.AcceptAllAsync().GetAsyncEnumerator();
        var next = connections.MoveNextAsync();
        await using var peer = await Soon(Client.ConnectAsync(await listening.GetLocalEndPointAsync()));
        Assert.True(await Soon(next));
        await connections.Current.DisposeAsync();
        var end = connections.MoveNextAsync();
        await Soon(listening.DisposeAsync());
        Assert.False(await Soon(end));
    }

    [Fact]
    public async Task First_data_goes_with_the_connection()
    {
        await using var listener = await Client.ListenAsync(s_any);
        await using var socket = await Client.CreateStreamSocketAsync();
        await Soon(socket.BindAsync(s_any));
        await Soon(socket.ConnectAsync(listener.LocalEndPoint, "first"u8.ToArray()));
        await using var accepted = await Soon(listener.AcceptAsync());
        var buffer = new byte[5];
        Assert.Equal(5, await Soon(accepted.ReceiveAsync(buffer, WskReceiveFlags.WaitAll)));
        Assert.Equal("first", Encoding.ASCII.GetString(buffer));
        var e = await Assert.ThrowsAsync<WskException>(
            async () => await socket.ConnectAsync(listener.LocalEndPoint, new byte[65536]));
        Assert.Equal(NTSTATUS.STATUS_BUFFER_OVERFLOW, e.Status);
    }

    [Fact]
    public async Task A_role_is_kept()
    {
        await using var listening = await Client.CreateStreamSocketAsync();
        await Soon(listening.BindAsync(s_any));
        await Soon(listening.ListenAsync());
        Assert.Equal(
            NTSTATUS.STATUS_INVALID_DEVICE_STATE,
            await Status(listening.ConnectAsync(await listening.GetLocalEndPointAsync())));
        await using var connecting = await Client.CreateStreamSocketAsync();
        await Soon(connecting.BindAsync(s_any));
        await Soon(connecting.ConnectAsync(await listening.GetLocalEndPointAsync()));
        Assert.Equal(NTSTATUS.STATUS_INVALID_DEVICE_STATE, await Status(connecting.AcceptAsync()));
        Assert.Equal(NTSTATUS.STATUS_INVALID_DEVICE_STATE, await Status(connecting.ListenAsync()));
        Assert.NotEmpty(Breaches);
        Breaches.Clear();
    }
}
