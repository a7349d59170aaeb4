// UDP between hosts: what arrives where, with what information, what is refused and what is dropped.
// Options and control information are in DatagramControlTests, groups in MulticastTests.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Ports;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class DatagramTests
{
    [Theory]
    [InlineData("10.0.0.1:5000", "10.0.0.2:53")]
    [InlineData("[fd00::1]:5000", "[fd00::2]:53")]
    public void A_datagram_goes_there_and_back_with_its_information(string here, string there)
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var peer = net.There.OpenDatagram(there);
            var socket = Open(net, here);
            Assert.Equal(STATUS_SUCCESS, socket.Send(there, "hello"u8.ToArray()));
            var buffer = new byte[100];
            Assert.Equal(5, peer.Receive(buffer, out var seen));
            Assert.Equal(here, seen.Source.ToString());
            Assert.Equal(NetworkFixture.Millisecond / 2, net.NowNs);
            peer.Send(seen.Source, "world!"u8);
            Assert.Equal("world!"u8.ToArray(), socket.Receive(out var info));
            Assert.Equal(there, info.Source.ToString());
            Assert.Equal(Address.Of(here).WithoutPort(), info.Destination);
            Assert.Equal(2u, info.InterfaceIndex);
            Assert.Equal<byte?>(128, info.HopLimit);
            Assert.Equal<byte?>(0, info.TrafficClass);
            Assert.Equal(0, info.SegmentBytes);
            Assert.False(info.IsTruncated || info.IsBroadcast || info.IsMulticast);
        });
    }

    [Fact]
    public void Empty_datagrams_arrive_as_such()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:5000");
            net.There.OpenDatagram("10.0.0.2:0").Send("10.0.0.1:5000", []);
            Assert.Empty(socket.Receive(out _));
            Assert.Equal(STATUS_PENDING, socket.TryReceive(out _, out _));
        });
    }

    [Fact]
    public void What_does_not_fit_is_lost_and_said_so()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:5000");
            net.There.OpenDatagram("10.0.0.2:0").Send("10.0.0.1:5000", "truncated"u8);
            Assert.Equal("trunc"u8.ToArray(), socket.Receive(out var info, size: 5));
            Assert.True(info.IsTruncated);
            Assert.Equal(STATUS_PENDING, socket.TryReceive(out _, out _));
        });
    }

    [Fact]
    public void Each_message_of_a_send_is_one_datagram()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:5000");
            var sender = Open(net, "0.0.0.0:0");
            Assert.Equal(STATUS_SUCCESS, sender.SendAll("127.0.0.1:5000", default, [1], [], [2, 3]));
            Assert.Equal([1], socket.Receive(out _));
            Assert.Empty(socket.Receive(out _));
            Assert.Equal([2, 3], socket.Receive(out var info));
            Assert.Equal(1u, info.InterfaceIndex);
        });
    }

    [Theory]
    [InlineData("0.0.0.0:0", "10.0.0.2:53", 65_507)]
    [InlineData("[::]:0", "[fd00::2]:53", 65_527)]
    public void The_longest_datagram_and_one_byte_more(string here, string there, int bytesMax)
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var peer = net.There.OpenDatagram(there);
            var socket = Open(net, here);
            Assert.Equal(STATUS_INVALID_BUFFER_SIZE, socket.Send(there, new byte[bytesMax + 1]));
            Assert.Empty(net.Packets);
            Assert.Equal(STATUS_SUCCESS, socket.Send(there, new byte[bytesMax]));
            Assert.Equal(bytesMax, peer.Receive(new byte[65_536], out _));
        });
    }

    [Fact]
    public void After_an_error_the_messages_behind_are_not_sent()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:0");
            Assert.Equal(STATUS_INVALID_BUFFER_SIZE,
                socket.SendAll("10.0.0.2:53", default, [1], new byte[70_000], [2]));
            Assert.Equal(["len=1"], net.Packets.Select(e => e.Packet.ToString().Split(' ')[^1]));
        });
    }

    [Fact]
    public void Destinations_that_cannot_be_reached_are_refused()
    {
        using var net = new NetworkFixture();
        net.Network.RemoveRoute("198.51.100.0/24");
        net.Network.AnswerUnreachable("203.0.113.0/24");
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:0");
            Assert.Equal(STATUS_NETWORK_UNREACHABLE, socket.Send("198.51.100.1:53", [1]));
            Assert.Equal(STATUS_HOST_UNREACHABLE, socket.Send("203.0.113.1:53", [1]));
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Send("10.0.0.2:0", [1]));
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Send("0.0.0.0:53", [1]));
            Assert.Equal(STATUS_INVALID_PARAMETER, socket.Send("[fd00::2]:53", [1]));
            Assert.Equal(STATUS_SUCCESS, socket.Send("10.9.9.9:53", [1]));
            var local = Open(net, "127.0.0.1:0");
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, local.Send("10.0.0.2:53", [1]));
            var unbound = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, unbound.Send("10.0.0.2:53", [1]));
        });
    }

    [Fact]
    public void Ports_of_UDP_are_not_those_of_TCP()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            Assert.Equal(STATUS_SUCCESS, net.NewSocket().Bind("0.0.0.0:5000"));
            var socket = Open(net, "0.0.0.0:5000");
            var other = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
            Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, other.Bind("10.0.0.1:5000"));
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, other.Bind("10.0.0.2:5000"));
            Assert.Equal(STATUS_SUCCESS, other.Bind("10.0.0.1:5000", isShared: true));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, other.Bind("10.0.0.1:5001"));
            socket.Port.Close();
            other.Port.Close();
            Open(net, "0.0.0.0:5000");
        });
    }

    [Fact]
    public void The_most_specific_socket_receives()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var dual = new DatagramSocket(net.World.Scheduler, net.Here.Transport, AF_INET6);
            Assert.Equal(STATUS_SUCCESS, dual.SetOption(IPPROTO_IPV6, IPV6_V6ONLY, 0));
            Assert.Equal(STATUS_SUCCESS, dual.Bind("[::]:5000"));
            var peer = net.There.OpenDatagram("10.0.0.2:53");
            peer.Send("10.0.0.1:5000", [1]);
            Assert.Equal([1], dual.Receive(out var info));
            Assert.Equal("[::ffff:10.0.0.2]:53", info.Source.ToString());
            Assert.Equal("[::ffff:10.0.0.1]:0", info.Destination.ToString());
            Assert.Equal(STATUS_SUCCESS, dual.Send("[::ffff:10.0.0.2]:53", [9]));
            peer.Receive(new byte[1], out var seen);
            Assert.Equal("10.0.0.1:5000", seen.Source.ToString());

            var wildcard = Open(net, "0.0.0.0:5000", isShared: true);
            peer.Send("10.0.0.1:5000", [2]);
            Assert.Equal([2], wildcard.Receive(out _));
            var specific = Open(net, "10.0.0.1:5000", isShared: true);
            peer.Send("10.0.0.1:5000", [3]);
            Assert.Equal([3], specific.Receive(out _));
            Assert.Equal(STATUS_PENDING, dual.TryReceive(out _, out _));
            Assert.Equal(STATUS_PENDING, wildcard.TryReceive(out _, out _));
        });
    }

    [Fact]
    public void Nobody_at_the_port_is_told_back_and_not_told_on()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:0");
            Assert.Equal(STATUS_SUCCESS, socket.Send("10.0.0.2:53", [1]));
            net.Sleep(NetworkFixture.Second);
            Assert.Contains(net.Packets, e => e.Packet is PortUnreachableNotice);
            Assert.Equal(STATUS_PENDING, socket.TryReceive(out _, out _));
            net.Here.TellsPortUnreachable = true;
            Assert.Equal(STATUS_SUCCESS, socket.Send("10.0.0.2:53", [1]));
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(STATUS_PORT_UNREACHABLE, socket.TryReceive(out _, out _));
            Assert.Equal(STATUS_PENDING, socket.TryReceive(out _, out _));
        });
    }

    [Fact]
    public void Each_arming_brings_one_event_and_closing_none()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:5000");
            var peer = net.There.OpenDatagram("10.0.0.2:53");
            socket.Port.ArmReceive();
            peer.Send("10.0.0.1:5000", [1]);
            peer.Send("10.0.0.1:5000", [2]);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(1, socket.ReceivableEvents);
            socket.Port.ArmReceive();
            socket.Port.Close();
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(1, socket.ReceivableEvents);
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.TryReceive(out _, out _));
        });
    }

    [Fact]
    public void A_full_queue_drops_the_newest()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:5000");
            Assert.Equal(STATUS_SUCCESS, socket.SetOption(SOL_SOCKET, SO_RCVBUF, 250));
            var peer = net.There.OpenDatagram("10.0.0.2:53");
            for (byte i = 1; i <= 4; i++)
                peer.Send("10.0.0.1:5000", Enumerable.Repeat(i, 100).ToArray());
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(1, socket.Receive(out _)[0]);
            Assert.Equal(2, socket.Receive(out _)[0]);
            Assert.Equal(STATUS_PENDING, socket.TryReceive(out _, out _));
            peer.Send("10.0.0.1:5000", new byte[300]);
            Assert.Equal(300, socket.Receive(out _).Length);
        });
    }

    [Fact]
    public void Links_and_rules_see_datagrams()
    {
        using var net = new NetworkFixture();
        net.Network.AddRule(packet => packet is UdpDatagram { Payload.Span: [1, ..] }
            ? PacketVerdict.Delay(NetworkFixture.Second)
            : PacketVerdict.Pass);
        net.Run(() =>
        {
            var socket = Open(net, "0.0.0.0:5000");
            var peer = net.There.OpenDatagram("10.0.0.2:53");
            peer.Send("10.0.0.1:5000", [1]);
            peer.Send("10.0.0.1:5000", [2]);
            Assert.Equal([2], socket.Receive(out _));
            Assert.Equal([1], socket.Receive(out _));
            net.Network.DefaultLink = new LinkSettings { LossRate = 1 };
            peer.Send("10.0.0.1:5000", [2]);
            Assert.Equal(PacketFate.Lost, net.Packets[^1].Fate);
        });
    }

    [Fact]
    public void The_echo_server_answers_everybody()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.StartDatagramEchoServer("10.0.0.2:7");
            var socket = Open(net, "0.0.0.0:0");
            Assert.Equal(STATUS_SUCCESS, socket.Send("10.0.0.2:7", "echo"u8.ToArray()));
            Assert.Equal("echo"u8.ToArray(), socket.Receive(out _));
        });
    }

    private static DatagramSocket Open(NetworkFixture net, string endpoint, bool isShared = false)
    {
        var family = Address.Of(endpoint).Family;
        var socket = new DatagramSocket(net.World.Scheduler, net.Here.Transport, family);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(endpoint, isShared));
        return socket;
    }
}
