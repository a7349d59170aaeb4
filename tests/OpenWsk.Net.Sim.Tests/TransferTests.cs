// Bytes on a connection: order, segmentation, buffers, backpressure, receive events, cancelled sends.
// Nothing is lost here; LossTests does that. Ends of connections are in EndingTests.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class TransferTests
{
    [Fact]
    public void Bytes_come_back_from_an_echo_server_in_order()
    {
        using var net = new NetworkFixture();
        var data = NetworkFixture.Pattern(300_000);
        net.Run(() =>
        {
            net.There.StartEchoServer("10.0.0.2:7");
            var socket = net.Connect("10.0.0.2:7");
            net.Start("sender", () => Assert.Equal(STATUS_SUCCESS, SendInPieces(socket, data)));
            Assert.Equal(data, socket.ReceiveExactly(data.Length));
        });
    }

    [Fact]
    public void Segments_of_an_operation_follow_each_other_and_none_exceeds_the_MSS()
    {
        using var net = new NetworkFixture();
        var data = NetworkFixture.Pattern(5000);
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            Assert.Equal(STATUS_SUCCESS, socket.Send(data[..1], data[1..3000], data[3000..]));
            var received = new byte[5000];
            listener.Accept().ReceiveExactly(received);
            Assert.Equal(data, received);
        });
        var lengths = net.Sent().Where(s => s.Payload.Length > 0).Select(s => s.Payload.Length).ToList();
        Assert.Equal([1460, 1460, 1460, 620], lengths);
        Assert.True(net.Sent().Last(s => s.Payload.Length == 620).Has(TcpFlags.Psh));
    }

    [Fact]
    public void The_peer_s_smaller_MTU_limits_our_segments()
    {
        using var net = new NetworkFixture();
        net.Network.SetLink(net.There, net.Here, new LinkSettings { MtuBytes = 576 });
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            Assert.Equal(STATUS_SUCCESS, net.Connect("10.0.0.2:80").Send(NetworkFixture.Pattern(2000)));
            net.Sleep(NetworkFixture.Second);
        });
        Assert.Equal(536, net.Sent().Max(s => s.Payload.Length));
    }

    [Fact]
    public void A_send_that_fits_the_send_buffer_completes_inline()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.StartSilentServer("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            Assert.True(socket.BeginSend(new byte[TcpDefaults.SendBufferBytes]).IsComplete);
            Assert.False(socket.BeginSend(new byte[1]).IsComplete);
        });
    }

    [Fact]
    public void A_silent_server_holds_sends_back_when_both_buffers_are_full()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.StartSilentServer("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            const int Room = TcpDefaults.SendBufferBytes + TcpDefaults.ReceiveBufferBytes;
            var fitting = socket.BeginSend(NetworkFixture.Pattern(Room));
            var waiting = socket.BeginSend(new byte[1]);
            net.Sleep(600 * NetworkFixture.Second);
            Assert.True(fitting.IsComplete);
            Assert.False(waiting.IsComplete);
            var received = new byte[Room + 1];
            listener.Accept().ReceiveExactly(received);
            Assert.Equal(NetworkFixture.Pattern(Room), received[..Room]);
            Assert.Equal(STATUS_SUCCESS, waiting.Wait());
        });
    }

    [Fact]
    public void The_window_closes_and_opens_again()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var send = socket.BeginSend(new byte[200_000]);
            net.Sleep(NetworkFixture.Second);
            Assert.Contains(net.Sent(), s => s.Source.Port == 80 && s.Has(TcpFlags.Ack) && s.Window == 0);
            listener.Accept().ReceiveExactly(new byte[200_000]);
            Assert.Equal(STATUS_SUCCESS, send.Wait());
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(TcpDefaults.ReceiveBufferBytes, net.Sent().Last(s => s.Source.Port == 80).Window);
        });
    }

    [Fact]
    public void Sends_complete_in_order_and_their_bytes_do_not_mix()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var sends = new List<BlockingSend>();
            for (byte i = 0; i < 4; i++)
                sends.Add(socket.BeginSend(Enumerable.Repeat(i, 100_000).ToArray()));
            Assert.DoesNotContain(sends, send => send.IsComplete);
            var received = new byte[400_000];
            listener.Accept().ReceiveExactly(received);
            Assert.All(sends, send => Assert.Equal(STATUS_SUCCESS, send.Wait()));
            Assert.Equal(received.Order(), received);
        });
    }

    [Fact]
    public void A_send_of_no_segments_completes_and_puts_nothing_on_the_wire()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var before = net.Sent().Count();
            Assert.Equal(STATUS_SUCCESS, socket.Send());
            Assert.Equal(before, net.Sent().Count());
        });
    }

    [Fact]
    public void Sending_and_receiving_need_a_connection()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = net.NewSocket();
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Send(new byte[1]));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Port.TryReceive(new byte[1], out _));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Disconnect());
        });
    }

    [Fact]
    public void A_cancelled_send_gives_up_what_was_not_taken_and_later_sends_go_on()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            const int Room = TcpDefaults.SendBufferBytes + TcpDefaults.ReceiveBufferBytes;
            Assert.Equal(STATUS_SUCCESS, socket.Send(new byte[Room]));
            var cancelled = socket.BeginSend([1]);
            var later = socket.BeginSend([2]);
            socket.Port.Cancel(cancelled);
            Assert.Equal(STATUS_CANCELLED, cancelled.Wait());
            var received = new byte[Room + 1];
            listener.Accept().ReceiveExactly(received);
            Assert.Equal(2, received[Room]);
            Assert.Equal(STATUS_SUCCESS, later.Wait());
            socket.Port.Cancel(later);
        });
    }

    [Fact]
    public void An_armed_socket_tells_once_when_bytes_arrive()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var peer = listener.Accept();
            peer.Send("a"u8);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(0, socket.ReceivableEvents);
            socket.Port.ArmReceive();
            Assert.Equal(0, socket.ReceivableEvents);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(1, socket.ReceivableEvents);
            peer.Send("b"u8);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(1, socket.ReceivableEvents);
        });
    }

    [Fact]
    public void An_event_that_is_on_its_way_does_not_come_after_the_close()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            listener.Accept().Send("a"u8);
            net.Sleep(NetworkFixture.Second);
            socket.Port.ArmReceive();
            socket.Port.Close();
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(0, socket.ReceivableEvents);
        });
    }

    [Fact]
    public void An_empty_destination_asks_without_taking()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            Assert.Equal(STATUS_PENDING, socket.Port.TryReceive([], out _));
            listener.Accept().Send("xyz"u8);
            Assert.Equal(STATUS_SUCCESS, socket.Receive([], out var none));
            Assert.Equal(0, none);
            Assert.Equal("xyz"u8.ToArray(), socket.ReceiveExactly(3));
            Assert.Equal(STATUS_PENDING, socket.Port.TryReceive(new byte[1], out _));
        });
    }

    [Fact]
    public void Latency_is_the_link_s_in_each_direction()
    {
        using var net = new NetworkFixture();
        const long Millisecond = NetworkFixture.Millisecond;
        net.Network.SetLink(net.Here, net.There, new LinkSettings { LatencyNs = 30 * Millisecond });
        net.Network.SetLink(net.There, net.Here, new LinkSettings { LatencyNs = 10 * Millisecond });
        net.Run(() =>
        {
            net.There.StartEchoServer("10.0.0.2:7");
            var socket = net.Connect("10.0.0.2:7");
            Assert.Equal(40 * Millisecond, net.NowNs);
            socket.Send(new byte[1]);
            socket.ReceiveExactly(1);
            Assert.Equal(80 * Millisecond, net.NowNs);
        });
    }

    [Fact]
    public void A_link_slower_than_the_retransmission_timeout_still_delivers_once()
    {
        using var net = new NetworkFixture();
        net.Network.DefaultLink = new LinkSettings { LatencyNs = 4 * NetworkFixture.Second };
        net.Run(() =>
        {
            net.There.StartEchoServer("10.0.0.2:7");
            var socket = net.Connect("10.0.0.2:7");
            socket.Send("slow"u8.ToArray());
            Assert.Equal("slow"u8.ToArray(), socket.ReceiveExactly(4));
            net.Sleep(100 * NetworkFixture.Second);
            Assert.Equal(STATUS_PENDING, socket.Port.TryReceive(new byte[1], out _));
        });
    }

    private static NTSTATUS SendInPieces(BlockingSocket socket, byte[] data)
    {
        for (var offset = 0; offset < data.Length; offset += 7_000)
        {
            var status = socket.Send(data[offset..Math.Min(data.Length, offset + 7_000)]);
            if (status != STATUS_SUCCESS)
                return status;
        }
        return STATUS_SUCCESS;
    }
}
