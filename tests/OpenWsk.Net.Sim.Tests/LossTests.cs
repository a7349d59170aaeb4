// What TCP does about packets that get lost or late: every byte arrives once and in order, or the
// connection is given up after the documented number of tries. Losses are scripted or drawn from the seed.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class LossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Everything_arrives_in_order_over_links_that_lose_a_tenth(ulong seed)
    {
        using var net = new NetworkFixture(seed);
        net.Network.DefaultLink = new LinkSettings { LossRate = 0.1 };
        var data = NetworkFixture.Pattern(200_000);
        var received = new byte[data.Length];
        var isServed = false;
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            net.Start("server", () =>
            {
                var peer = listener.Accept();
                peer.ReceiveExactly(received);
                Assert.Equal(0, peer.Receive(new byte[1]));
                peer.Close();
                isServed = true;
            });
            var socket = net.NewSocket();
            while (socket.Connect("10.0.0.2:80") != STATUS_SUCCESS)
            {
            }
            Assert.Equal(STATUS_SUCCESS, socket.Send(data));
            Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
            Assert.Equal(STATUS_GRACEFUL_DISCONNECT, socket.Receive(new byte[1], out _));
        });
        Assert.True(isServed);
        Assert.Equal(data, received);
        Assert.Contains(net.Packets, e => e.Fate == PacketFate.Lost);
    }

    [Fact]
    public void A_lost_segment_comes_again_after_the_timeout()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            DropNext(net, 1, segment => segment.Payload.Length > 0);
            var began = net.NowNs;
            socket.Send("again"u8.ToArray());
            listener.Accept().ReceiveExactly(new byte[5]);
            const long Latency = NetworkFixture.Millisecond / 2;
            Assert.Equal(TcpDefaults.RetransmissionNsMin + Latency, net.NowNs - began);
        });
    }

    [Fact]
    public void A_retransmission_is_not_measured_and_the_longer_timeout_stays()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var peer = listener.Accept();
            DropNext(net, 1, segment => segment.Payload.Length > 0);
            socket.Send(new byte[5]);
            peer.ReceiveExactly(new byte[5]);
            net.Sleep(NetworkFixture.Millisecond);
            DropNext(net, 1, segment => segment.Payload.Length > 0);
            var began = net.NowNs;
            socket.Send(new byte[5]);
            peer.ReceiveExactly(new byte[5]);
            const long Latency = NetworkFixture.Millisecond / 2;
            Assert.Equal((2 * TcpDefaults.RetransmissionNsMin) + Latency, net.NowNs - began);
        });
    }

    [Fact]
    public void A_lost_FIN_comes_again()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            DropNext(net, 2, segment => segment.Has(TcpFlags.Fin));
            Assert.Equal(STATUS_SUCCESS, socket.Disconnect());
            Assert.Equal(3, net.SentCount(TcpFlags.Fin));
        });
    }

    [Fact]
    public void A_lost_last_acknowledgment_is_repeated_from_TIME_WAIT()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var peer = listener.Accept();
            socket.Disconnect();
            DropNext(net, 1, segment => segment.Source.Port != 80 && segment.Flags == TcpFlags.Ack);
            peer.ShutdownSend();
            peer.WaitUntilSent();
            var fromPeer = net.Sent().Where(segment => segment.Source.Port == 80);
            Assert.Equal(2, fromPeer.Count(segment => segment.Has(TcpFlags.Fin)));
        });
    }

    [Fact]
    public void A_lost_window_update_is_found_out_by_probes()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var data = NetworkFixture.Pattern(200_000);
            var isDropping = false;
            net.Network.AddRule(packet => isDropping && packet.Source.Port == 80
                ? PacketVerdict.Drop
                : PacketVerdict.Pass);
            var send = socket.BeginSend(data);
            net.Sleep(5 * NetworkFixture.Second);
            var peer = listener.Accept();
            var received = new byte[data.Length];
            isDropping = true;
            peer.ReceiveExactly(received.AsSpan(0, TcpDefaults.ReceiveBufferBytes));
            net.Sleep(NetworkFixture.Second / 10);
            isDropping = false;
            peer.ReceiveExactly(received.AsSpan(TcpDefaults.ReceiveBufferBytes));
            Assert.Equal(data, received);
            Assert.Equal(STATUS_SUCCESS, send.Wait());
        });
    }

    [Fact]
    public void A_peer_that_falls_silent_ends_the_connection_by_timeout()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            net.Network.BlackHole("10.0.0.2");
            var began = net.NowNs;
            Assert.Equal(STATUS_SUCCESS, socket.Send(new byte[10]));
            Assert.Equal(STATUS_IO_TIMEOUT, socket.Disconnect());
            Assert.Equal((1 + 2 + 4 + 8 + 16 + 32) * TcpDefaults.RetransmissionNsMin, net.NowNs - began);
            Assert.Equal(STATUS_IO_TIMEOUT, socket.Port.TryReceive(new byte[1], out _));
            Assert.Equal(0, net.Here.ConnectionCount);
        });
    }

    [Fact]
    public void A_reset_lost_on_its_way_is_repeated_by_whoever_hears_of_the_connection_again()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var peer = listener.Accept();
            DropNext(net, 1, segment => segment.Has(TcpFlags.Rst));
            socket.Port.Abort();
            peer.Send("still there?"u8);
            Assert.Equal(STATUS_CONNECTION_RESET, peer.WaitUntilFailed());
        });
    }

    [Fact]
    public void Segments_that_overtake_each_other_are_put_in_order()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80");
            var socket = net.Connect("10.0.0.2:80");
            var count = 0;
            net.Network.AddRule(packet => packet is TcpSegment { Payload.Length: > 0 } && count++ % 3 == 0
                ? PacketVerdict.Delay(2 * NetworkFixture.Millisecond)
                : PacketVerdict.Pass);
            var data = NetworkFixture.Pattern(20_000);
            socket.Send(data);
            var received = new byte[data.Length];
            listener.Accept().ReceiveExactly(received);
            Assert.Equal(data, received);
        });
    }

    [Fact]
    public void A_half_open_connection_is_forgotten_when_its_last_segment_never_comes()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            net.Network.AddRule(packet => packet is TcpSegment s && s.Source.Port == 80
                ? PacketVerdict.Drop
                : PacketVerdict.Pass);
            Assert.Equal(STATUS_IO_TIMEOUT, net.NewSocket().Connect("10.0.0.2:80"));
            net.Sleep(60 * NetworkFixture.Second);
            Assert.Equal(0, net.There.ConnectionCount);
        });
    }

    private static void DropNext(NetworkFixture net, int count, Func<TcpSegment, bool> condition) =>
        net.Network.AddRule(packet => packet is TcpSegment segment && condition(segment) && count-- > 0
            ? PacketVerdict.Drop
            : PacketVerdict.Pass);
}
