// What the port promises, on every arm: the statuses that a provider sees and what its peer sees of it must
// be the same over the simulated network and over real sockets. Times, losses and windows are the model's
// own tests.
using System.Text;
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class ArmsAgreeTests
{
    [ArmTheory]
    public void Bytes_go_both_ways_in_order(Arm arm) => Between(arm, static (socket, peer) =>
    {
        Assert.Equal(STATUS_SUCCESS, socket.Send("one "u8.ToArray(), "two "u8.ToArray()));
        Assert.Equal(STATUS_SUCCESS, socket.Send("three"u8.ToArray()));
        Assert.Equal("one two three", ReadText(peer, 13));
        peer.Send("answer"u8);
        Assert.Equal("answer"u8.ToArray(), socket.ReceiveExactly(6));
        Assert.Equal(STATUS_PENDING, socket.Port.TryReceive(new byte[1], out _));
    });

    [ArmTheory]
    public void A_closed_port_refuses(Arm arm) => ArmWorld.Run(arm, static world =>
        Assert.Equal(STATUS_CONNECTION_REFUSED, world.NewSocket().Connect(world.ClosedEndpoint)));

    [ArmTheory]
    public void Remote_addresses_that_name_nobody_are_refused(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, world.NewSocket().Connect("0.0.0.0:80"));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, world.NewSocket().Connect(world.LocalAddress + ":0"));
    });

    [ArmTheory]
    public void Addresses_are_concrete_once_connected(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var socket = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, socket.Bind("0.0.0.0:0"));
        Assert.True(socket.Port.LocalAddress.IsWildcard);
        Assert.NotEqual(0, socket.Port.LocalAddress.Port);
        var port = socket.Port.LocalAddress.Port;
        Assert.Equal(STATUS_SUCCESS, socket.Connect(world.Endpoint));
        Assert.Equal($"{world.LocalAddress}:{port}", socket.Port.LocalAddress.ToString());
        Assert.Equal(world.Endpoint, socket.Port.RemoteAddress.ToString());
        socket.Port.Close();
    });

    [ArmTheory]
    public void Bind_refuses_what_is_not_ours_and_what_is_taken(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, world.NewSocket().Bind("203.0.113.1:0"));
        var first = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, first.Bind(world.LocalAddress + ":0"));
        var taken = first.Port.LocalAddress.ToString();
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, world.NewSocket().Bind(taken));
        Assert.Equal(STATUS_SUCCESS, world.NewSocket().Bind(taken, isShared: true));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, first.Bind(world.LocalAddress + ":0"));
    });

    [ArmTheory]
    public void Nothing_moves_without_a_connection(Arm arm) => ArmWorld.Run(arm, static world =>
    {
        var socket = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, socket.Bind("0.0.0.0:0"));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Send(new byte[1]));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Port.TryReceive(new byte[1], out _));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Disconnect());
        socket.Port.Close();
    });

    [ArmTheory]
    public void Half_close_by_us(Arm arm) => Between(arm, static (socket, peer) =>
    {
        Assert.Equal(STATUS_SUCCESS, socket.Send("last"u8.ToArray()));
        Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
        Assert.Equal(STATUS_CONNECTION_DISCONNECTED, socket.Send(new byte[1]));
        Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
        Assert.Equal("last", ReadText(peer, 4));
        Assert.Equal(0, peer.Receive(new byte[1]));
        peer.Send("still"u8);
        Assert.Equal("still"u8.ToArray(), socket.ReceiveExactly(5));
        peer.Close();
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
        socket.Port.Close();
    });

    [ArmTheory]
    public void Half_close_by_the_peer(Arm arm) => Between(arm, static (socket, peer) =>
    {
        peer.Send("bye"u8);
        peer.ShutdownSend();
        Assert.Equal("bye"u8.ToArray(), socket.ReceiveExactly(3));
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Port.TryReceive([], out _));
        Assert.Equal(STATUS_SUCCESS, socket.Send("more"u8.ToArray()));
        Assert.Equal("more", ReadText(peer, 4));
        Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
        Assert.Equal(0, peer.Receive(new byte[1]));
        socket.Port.Close();
        Assert.Equal(0, peer.Receive(new byte[1]));
    });

    [ArmTheory]
    public void A_reset_by_the_peer_ends_everything(Arm arm) => Between(arm, static (socket, peer) =>
    {
        peer.Reset();
        Assert.Equal(STATUS_CONNECTION_RESET, socket.Receive(new byte[1], out _));
        Assert.Equal(STATUS_CONNECTION_RESET, socket.Send(new byte[1]));
        Assert.Equal(STATUS_CONNECTION_RESET, socket.Disconnect());
        Assert.Equal(STATUS_CONNECTION_RESET, socket.Port.TryReceive(new byte[1], out _));
        socket.Port.Close();
    });

    [ArmTheory]
    public void A_peer_that_closes_with_unread_bytes_resets(Arm arm) => Between(arm, static (socket, peer) =>
    {
        Assert.Equal(STATUS_SUCCESS, socket.Send("unread and read"u8.ToArray()));
        Assert.Equal("unread", ReadText(peer, 6));
        peer.Close();
        Assert.Equal(STATUS_CONNECTION_RESET, socket.Receive(new byte[1], out _));
        socket.Port.Close();
    });

    [ArmTheory]
    public void Abort_resets_the_peer(Arm arm) => Between(arm, static (socket, peer) =>
    {
        socket.Port.Abort();
        Assert.Equal(-1, peer.Receive(new byte[1]));
        Assert.Equal(STATUS_CONNECTION_ABORTED, socket.Receive(new byte[1], out _));
        socket.Port.Close();
    });

    [ArmTheory]
    public void Close_without_both_FINs_resets_the_peer(Arm arm) => Between(arm, static (socket, peer) =>
    {
        socket.Port.Close();
        Assert.Equal(-1, peer.Receive(new byte[1]));
    });

    [ArmTheory]
    public void Sends_that_nobody_reads_wait_until_cancelled(Arm arm) => Between(arm, static (socket, peer) =>
    {
        const int Sends = 64;
        var sends = new List<BlockingSend>();
        for (var i = 0; i < Sends; i++)
            sends.Add(socket.BeginSend(new byte[1 << 20]));
        Assert.False(sends[^1].IsComplete);
        socket.Port.Cancel(sends[^1]);
        Assert.Equal(STATUS_CANCELLED, sends[^1].Wait());
        var disconnect = socket.BeginDisconnect();
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Disconnect());
        socket.Port.Abort();
        Assert.Equal(STATUS_CANCELLED, sends[^2].Wait());
        Assert.Equal(STATUS_CANCELLED, disconnect.Wait());
        socket.Port.Close();
    });

    [ArmTheory]
    public void Close_cancels_what_is_pending_and_is_silent(Arm arm) => Between(arm, static (socket, peer) =>
    {
        var send = socket.BeginSend(new byte[64 << 20]);
        socket.Port.ArmReceive();
        socket.Port.Close();
        Assert.Equal(STATUS_CANCELLED, send.Wait());
        Assert.Equal(0, socket.ReceivableEvents);
    });

    [ArmTheory]
    public void Large_transfers_arrive_whole(Arm arm) => Between(arm, static (socket, peer) =>
    {
        var data = NetworkFixture.Pattern(2_000_000);
        var send = socket.BeginSend(data[..700_000], data[700_000..]);
        var disconnect = socket.BeginDisconnect();
        var received = new byte[data.Length];
        for (var filled = 0; filled < received.Length;)
            filled += peer.Receive(received.AsSpan(filled));
        Assert.Equal(0, peer.Receive(new byte[1]));
        Assert.Equal(data, received);
        Assert.Equal(STATUS_SUCCESS, send.Wait());
        Assert.Equal(STATUS_SUCCESS, disconnect.Wait());
        socket.Port.Close();
    });

    private static void Between(Arm arm, Action<BlockingSocket, IArmPeer> body) => ArmWorld.Run(arm, world =>
    {
        var socket = world.NewSocket();
        Assert.Equal(STATUS_SUCCESS, socket.Connect(world.Endpoint));
        body(socket, world.Accept());
    });

    private static string ReadText(IArmPeer peer, int count)
    {
        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var received = peer.Receive(bytes.AsSpan(filled));
            Assert.True(received > 0, "The peer saw the end before the expected bytes.");
            filled += received;
        }
        return Encoding.UTF8.GetString(bytes);
    }
}
