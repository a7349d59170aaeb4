// A client whose sockets have all events enabled from the start (WSK_SET_STATIC_EVENT_CALLBACKS): accepted
// connections, data and datagrams come without anybody asking, and calls that would compete are refused.
// Events that are enabled one by one: ListenerTests.cs, ReceivedDataTests.cs, DatagramStreamTests.cs.
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace OpenWsk.Tests;

public sealed class StaticEventTests : ManagedWorld
{
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);

    protected override WskEvents StaticEvents =>
        WskEvents.Accept | WskEvents.Receive | WskEvents.Disconnect | WskEvents.ReceiveFrom;

    [Fact]
    public async Task Connections_and_their_data_come_by_themselves()
    {
        await using var listener = await Client.ListenAsync(s_any);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint).WaitAsync(HangGuard);
        await peer.SendAsync("hello"u8.ToArray());
        peer.Shutdown(SocketShutdown.Send);
        await using var connection = await Soon(listener.AcceptAsync());
        Assert.Equal(WskDisconnection.Graceful, await Soon(connection.WaitForDisconnectAsync()));
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await connection.ReceiveAsync(new byte[8]));
        var text = new StringBuilder();
        await foreach (var data in connection.ReceiveAllAsync())
        {
            using (data)
                text.Append(Encoding.ASCII.GetString(data.Data));
        }
        Assert.Equal("hello", text.ToString());
    }

    [Fact]
    public async Task A_stream_socket_in_the_listening_role_has_them_too()
    {
        await using var listening = await Client.CreateStreamSocketAsync();
        await Soon(listening.BindAsync(s_any));
        await Soon(listening.ListenAsync());
        await using var connecting = await Soon(Client.ConnectAsync(await listening.GetLocalEndPointAsync()));
        await using var accepted = await Soon(listening.AcceptAsync());
        Assert.Equal(await Soon(connecting.GetLocalEndPointAsync()), accepted.RemoteEndPoint);
    }

    [Fact]
    public async Task Data_that_nobody_takes_is_given_back()
    {
        using var peer = new UdpPeer();
        await using var pair = await Pair.Make(Client);
        await using var socket = await Client.OpenDatagramAsync(s_any);
        pair.Send("nobody");
        await pair.UntilKept(6);
        peer.Send("nobody", socket.LocalEndPoint);
        await using (var datagrams = socket.ReceiveAllAsync().GetAsyncEnumerator())
        {
            Assert.True(await Soon(datagrams.MoveNextAsync()));
            datagrams.Current.Dispose();
        }
        peer.Send("nobody again", socket.LocalEndPoint);
        while (Host.Operations.Callbacks.Datagrams(socket.Context).Datagrams.Count == 0)
            await Task.Yield();
    }
}
