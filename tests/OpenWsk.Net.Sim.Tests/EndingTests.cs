// The ends of a connection: FIN in each direction and both, half close, reset, abort, close, TIME_WAIT.
// Each test says what both sides see.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Net.Sim.Tcp;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class EndingTests
{
    private const int BothBuffers = TcpDefaults.SendBufferBytes + TcpDefaults.ReceiveBufferBytes;

    [Fact]
    public void Disconnect_completes_when_the_peer_has_acknowledged_the_FIN()
    {
        Between(static (net, socket, peer) =>
        {
            var began = net.NowNs;
            Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
            Assert.Equal(NetworkFixture.Millisecond, net.NowNs - began);
            Assert.Equal(0, peer.Receive(new byte[1]));
            Assert.Equal([">Fin, Ack", "<Ack"], net.Flags()[^2..]);
        });
    }

    [Fact]
    public void After_our_FIN_bytes_still_arrive_until_the_peer_s_FIN()
    {
        Between(static (net, socket, peer) =>
        {
            Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
            peer.Send("late"u8);
            Assert.Equal("late"u8.ToArray(), socket.ReceiveExactly(4));
            Assert.Equal(STATUS_PENDING, socket.Port.TryReceive(new byte[1], out _));
            peer.Close();
            Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
            Assert.Equal(STATUS_CONNECTION_DISCONNECTED, socket.Send(new byte[1]));
        });
    }

    [Fact]
    public void After_the_peer_s_FIN_every_byte_before_it_is_read_first_and_sending_goes_on()
    {
        Between(static (net, socket, peer) =>
        {
            peer.Send("last"u8);
            peer.ShutdownSend();
            net.Sleep(NetworkFixture.Second);
            Assert.Equal("last"u8.ToArray(), socket.ReceiveExactly(4));
            Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
            Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
            Assert.Equal(STATUS_SUCCESS, socket.Send("more"u8.ToArray()));
            var received = new byte[4];
            peer.ReceiveExactly(received);
            Assert.Equal("more"u8.ToArray(), received);
            Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
            Assert.Equal(0, peer.Receive(received));
        });
    }

    [Fact]
    public void Disconnect_waits_for_the_sends_begun_before_it()
    {
        Between(static (net, socket, peer) =>
        {
            var send = socket.BeginSend(NetworkFixture.Pattern(BothBuffers + 5000));
            var disconnect = socket.BeginDisconnect();
            net.Sleep(10 * NetworkFixture.Second);
            Assert.False(send.IsComplete);
            Assert.False(disconnect.IsComplete);
            var received = new byte[BothBuffers + 5000];
            peer.ReceiveExactly(received);
            Assert.Equal(NetworkFixture.Pattern(BothBuffers + 5000), received);
            Assert.Equal(0, peer.Receive(received));
            Assert.Equal(STATUS_SUCCESS, send.Wait());
            Assert.Equal(STATUS_SUCCESS, disconnect.Wait());
        });
    }

    [Fact]
    public void A_cancelled_disconnect_still_sends_its_FIN_and_the_next_one_waits_for_it()
    {
        Between(static (net, socket, peer) =>
        {
            var disconnect = socket.BeginDisconnect();
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Disconnect());
            socket.Port.Cancel(disconnect);
            Assert.Equal(STATUS_CANCELLED, disconnect.Wait());
            Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
            Assert.Equal(0, peer.Receive(new byte[1]));
            Assert.Equal(1, net.SentCount(TcpFlags.Fin));
        });
    }

    [Fact]
    public void A_reset_ends_everything_and_discards_unread_bytes()
    {
        Between(static (net, socket, peer) =>
        {
            peer.Send("unread"u8);
            var send = socket.BeginSend(new byte[BothBuffers + 1]);
            var disconnect = socket.BeginDisconnect();
            net.Sleep(NetworkFixture.Second);
            peer.Reset();
            Assert.Equal(STATUS_CONNECTION_RESET, send.Wait());
            Assert.Equal(STATUS_CONNECTION_RESET, disconnect.Wait());
            Assert.Equal(STATUS_CONNECTION_RESET, socket.Receive(new byte[10], out _));
            Assert.Equal(STATUS_CONNECTION_RESET, socket.Send(new byte[1]));
            Assert.Equal(0, net.Here.ConnectionCount);
        });
    }

    [Fact]
    public void A_reset_wakes_an_armed_receiver()
    {
        Between(static (net, socket, peer) =>
        {
            net.Start("resetter", () =>
            {
                net.Sleep(NetworkFixture.Second);
                peer.Reset();
            });
            Assert.Equal(STATUS_CONNECTION_RESET, socket.Receive(new byte[1], out _));
        });
    }

    [Fact]
    public void A_server_that_closes_with_unread_bytes_resets()
    {
        Between(static (net, socket, peer) =>
        {
            Assert.Equal(STATUS_SUCCESS, socket.Send("ignored"u8.ToArray()));
            net.Sleep(NetworkFixture.Second);
            peer.Close();
            Assert.Equal(STATUS_CONNECTION_RESET, socket.Receive(new byte[1], out _));
        });
    }

    [Fact]
    public void Bytes_sent_to_a_program_that_has_closed_are_answered_with_a_reset()
    {
        Between(static (net, socket, peer) =>
        {
            peer.Close();
            Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
            Assert.Equal(STATUS_SUCCESS, socket.Send("nobody reads"u8.ToArray()));
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(STATUS_CONNECTION_RESET, socket.Send(new byte[1]));
        });
    }

    [Fact]
    public void Abort_resets_the_peer_and_cancels_our_operations()
    {
        Between(static (net, socket, peer) =>
        {
            var send = socket.BeginSend(new byte[BothBuffers + 1]);
            var disconnect = socket.BeginDisconnect();
            socket.Port.ArmReceive();
            socket.Port.Abort();
            Assert.Equal(STATUS_CANCELLED, send.Wait());
            Assert.Equal(STATUS_CANCELLED, disconnect.Wait());
            Assert.Equal(1, socket.ReceivableEvents);
            Assert.Equal(STATUS_CONNECTION_ABORTED, socket.Port.TryReceive(new byte[1], out _));
            Assert.Equal(STATUS_CONNECTION_RESET, peer.WaitUntilFailed());
            Assert.Throws<SimConnectionException>(() => peer.Send("x"u8));
        });
    }

    [Fact]
    public void Abort_resets_a_peer_while_bytes_are_still_on_their_way()
    {
        Between(static (net, socket, peer) =>
        {
            var began = net.NowNs;
            Assert.Equal(STATUS_SUCCESS, socket.Send("on their way"u8.ToArray()));
            socket.Port.Abort();
            Assert.Equal(STATUS_CONNECTION_RESET, peer.WaitUntilFailed());
            Assert.Equal(NetworkFixture.Millisecond / 2, net.NowNs - began);
        });
    }

    [Fact]
    public void Abort_resets_a_peer_whose_window_is_closed()
    {
        Between(static (net, socket, peer) =>
        {
            socket.BeginSend(new byte[BothBuffers + 1]);
            net.Sleep(NetworkFixture.Second);
            socket.Port.Abort();
            Assert.Equal(STATUS_CONNECTION_RESET, peer.WaitUntilFailed());
        });
    }

    [Fact]
    public void Close_without_both_FINs_resets()
    {
        Between(static (net, socket, peer) =>
        {
            Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
            socket.Port.ArmReceive();
            socket.Port.Close();
            Assert.Equal(STATUS_CONNECTION_RESET, peer.WaitUntilFailed());
            Assert.Equal(0, socket.ReceivableEvents);
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Close_after_both_FINs_is_quiet(bool isOursFirst)
    {
        Between((net, socket, peer) =>
        {
            if (isOursFirst)
            {
                Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
                peer.Close();
                Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
            }
            else
            {
                peer.ShutdownSend();
                Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
                Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
                Assert.Equal(0, peer.Receive(new byte[1]));
            }
            socket.Port.Close();
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(0, net.SentCount(TcpFlags.Rst));
            Assert.Equal(STATUS_SUCCESS, peer.Error);
        });
    }

    [Fact]
    public void Both_sides_may_send_FIN_at_once()
    {
        Between(static (net, socket, peer) =>
        {
            var disconnect = socket.BeginDisconnect();
            peer.ShutdownSend();
            Assert.Equal(STATUS_SUCCESS, disconnect.Wait());
            peer.WaitUntilSent();
            Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
            Assert.Equal(0, peer.Receive(new byte[1]));
            Assert.Equal(1, net.Here.ConnectionCount);
            net.Sleep(TcpDefaults.TimeWaitNs);
            Assert.Equal(0, net.Here.ConnectionCount + net.There.ConnectionCount);
        });
    }

    [Fact]
    public void TIME_WAIT_lasts_120_seconds_and_does_not_hold_the_port()
    {
        Between(static (net, socket, peer) =>
        {
            socket.Disconnect();
            peer.Close();
            socket.Receive(new byte[1], out _);
            var local = socket.Port.LocalAddress;
            socket.Port.Close();
            var began = net.NowNs;
            Assert.Equal(1, net.Here.ConnectionCount);
            var next = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, next.Port.Bind(local, isShared: false));
            next.Port.Close();
            net.Sleep(TcpDefaults.TimeWaitNs - NetworkFixture.Second);
            Assert.Equal(1, net.Here.ConnectionCount);
            net.Sleep(2 * NetworkFixture.Second);
            Assert.Equal(0, net.Here.ConnectionCount);
            Assert.True(net.NowNs - began < 122 * NetworkFixture.Second);
        });
    }

    [Fact]
    public void A_port_in_TIME_WAIT_is_free_for_whoever_takes_any_port()
    {
        Between(static (net, socket, peer) =>
        {
            socket.Disconnect();
            peer.Close();
            socket.Receive(new byte[1], out _);
            socket.Port.Close();
            for (var i = 0; i < TcpDefaults.EphemeralPorts; i++)
                Assert.Equal(STATUS_SUCCESS, net.NewSocket().Bind("10.0.0.1:0"));
            Assert.Equal(STATUS_TOO_MANY_ADDRESSES, net.NewSocket().Bind("10.0.0.1:0"));
        });
    }

    [Fact]
    public void The_same_addresses_can_be_connected_again_during_TIME_WAIT_at_either_side()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            for (var round = 0; round < 4; round++)
            {
                var socket = net.NewSocket();
                Assert.Equal(STATUS_SUCCESS, socket.Bind("10.0.0.1:7000"));
                Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
                var peer = listener.Accept();
                if (round % 2 == 0)
                    Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
                peer.Close();
                Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
                if (round % 2 == 1)
                    Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
                socket.Port.Close();
                net.Sleep(NetworkFixture.Second);
            }
            Assert.Equal(0, net.SentCount(TcpFlags.Rst));
        });
    }

    [Fact]
    public void Closing_a_listener_resets_who_was_not_accepted_and_spares_who_was()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var accepted = net.Connect("10.0.0.2:80");
            var peer = listener.Accept();
            var waiting = net.Connect("10.0.0.2:80");
            listener.Close();
            Assert.Equal(STATUS_CONNECTION_RESET, waiting.Receive(new byte[1], out _));
            peer.Send("alive"u8);
            Assert.Equal("alive"u8.ToArray(), accepted.ReceiveExactly(5));
            Assert.Equal(STATUS_CONNECTION_REFUSED, net.NewSocket().Connect("10.0.0.2:80"));
            net.There.Listen("10.0.0.2:80");
        });
    }

    [Fact]
    public void Ten_thousand_connections_leave_nothing_behind()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            for (var i = 0; i < 10_000; i++)
            {
                var socket = net.Connect("10.0.0.2:80");
                var peer = listener.Accept();
                socket.Send(new byte[100]);
                peer.ReceiveExactly(new byte[100]);
                peer.Close();
                socket.Disconnect();
                socket.Port.Close();
                net.Packets.Clear();
            }
            net.Sleep(2 * TcpDefaults.TimeWaitNs);
            Assert.Equal(0, net.Here.ConnectionCount);
            Assert.Equal(0, net.There.ConnectionCount);
        });
    }

    private static void Between(Action<NetworkFixture, BlockingSocket, SimConnection> body)
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var peer = listener.Accept();
            net.Sleep(NetworkFixture.Millisecond);
            body(net, socket, peer);
        });
    }
}
