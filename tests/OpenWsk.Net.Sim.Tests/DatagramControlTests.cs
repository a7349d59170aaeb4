// What a sender asks for beyond bytes and destination, by options or with the send, and what the receiver
// sees of it: source, interface, hop limit, traffic class, cutting and joining.
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Ports;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class DatagramControlTests
{
    private const string There = "10.0.0.2:53";

    [Theory]
    [InlineData("0.0.0.0:5000", There)]
    [InlineData("[::]:5000", "[fd00::2]:53")]
    public void Options_and_control_say_hop_limit_and_class(string here, string there) => InWorld(net =>
    {
        net.Network.SetLink(net.Here, net.There, new LinkSettings { Hops = 3 });
        var peer = net.There.OpenDatagram(there);
        var socket = Open(net, here);
        var isV6 = here[0] == '[';
        var level = isV6 ? IPPROTO_IPV6 : IPPROTO_IP;
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(level, isV6 ? IPV6_UNICAST_HOPS : IP_TTL, 40));
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(level, isV6 ? IPV6_TCLASS : IP_TOS, 0x41));
        Assert.Equal(STATUS_SUCCESS, socket.Send(there, [1]));
        Assert.Equal((37, 0x41), Seen(peer));
        Assert.Equal(STATUS_SUCCESS, socket.Send(there, [1], new DatagramControl { HopLimit = 9, Ecn = 2 }));
        Assert.Equal((6, 0x42), Seen(peer));
        Assert.Equal(STATUS_SUCCESS, socket.Send(there, [1], new DatagramControl { TrafficClass = 0x80 }));
        Assert.Equal((37, 0x81), Seen(peer));
        Assert.Equal(STATUS_SUCCESS, socket.Send(there, [1], new DatagramControl { HopLimit = 3 }));
        Assert.Equal(PacketFate.Lost, net.Packets[^1].Fate);
    });

    [Fact]
    public void The_source_is_the_one_asked_for_when_it_is_ours() => InWorld(net =>
    {
        net.Here.AddAddress("10.0.0.9");
        var peer = net.There.OpenDatagram(There);
        var socket = Open(net, "0.0.0.0:5000");
        Assert.Equal(STATUS_SUCCESS, socket.Send(There, [1], From("10.0.0.9:1")));
        peer.Receive(new byte[1], out var info);
        Assert.Equal("10.0.0.9:5000", info.Source.ToString());
        Assert.Equal(STATUS_SUCCESS, socket.Send(There, [1], From("0.0.0.0:1")));
        peer.Receive(new byte[1], out info);
        Assert.Equal("10.0.0.1:5000", info.Source.ToString());
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Send(There, [1], From("10.0.0.2:1")));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Send(There, [1], From("[fd00::1]:1")));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Send(There, [1], From("127.0.0.1:1")));
    });

    [Fact]
    public void The_interface_is_the_one_asked_for_when_it_leads_there() => InWorld(net =>
    {
        var socket = Open(net, "0.0.0.0:5000");
        Assert.Equal(STATUS_SUCCESS, socket.Send(There, [1], new DatagramControl { InterfaceIndex = 2 }));
        Assert.Equal(STATUS_NETWORK_UNREACHABLE,
            socket.Send(There, [1], new DatagramControl { InterfaceIndex = 1 }));
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT,
            socket.Send(There, [1], new DatagramControl { InterfaceIndex = 3 }));

        // IP_UNICAST_IF is in network order, IPV6_UNICAST_IF is not.
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_UNICAST_IF, 0x0100_0000));
        Assert.Equal(STATUS_NETWORK_UNREACHABLE, socket.Send(There, [1]));
        Assert.Equal(STATUS_SUCCESS, socket.Send("127.0.0.1:5000", [1]));
        var v6 = Open(net, "[::]:5000");
        Assert.Equal(STATUS_SUCCESS, v6.SetOption(IPPROTO_IPV6, IPV6_UNICAST_IF, 1));
        Assert.Equal(STATUS_NETWORK_UNREACHABLE, v6.Send("[fd00::2]:53", [1]));
    });

    [Fact]
    public void Without_fragments_the_MTU_is_the_limit() => InWorld(net =>
    {
        var peer = net.There.OpenDatagram(There);
        var socket = Open(net, "0.0.0.0:5000");
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_DONTFRAGMENT, 1));
        Assert.Equal(STATUS_INVALID_BUFFER_SIZE, socket.Send(There, new byte[1473]));
        Assert.Equal(STATUS_SUCCESS, socket.Send(There, new byte[1472]));
        Assert.Equal(1472, peer.Receive(new byte[2000], out _));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_send_is_cut_into_datagrams(bool isByOption) => InWorld(net =>
    {
        var peer = net.There.OpenDatagram(There);
        var socket = Open(net, "0.0.0.0:5000");
        if (isByOption)
            Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_UDP, UDP_SEND_MSG_SIZE, 1000));
        var control = new DatagramControl { SegmentBytes = isByOption ? 0 : 1000 };
        var data = NetworkFixture.Pattern(2500);
        Assert.Equal(STATUS_SUCCESS, socket.Send(There, data, control));
        var received = new List<byte>();
        var buffer = new byte[3000];
        foreach (var expected in new[] { 1000, 1000, 500 })
        {
            Assert.Equal(expected, peer.Receive(buffer, out _));
            received.AddRange(buffer[..expected]);
        }
        Assert.Equal(data, received);
        Assert.False(peer.TryReceive(buffer, out _, out _));
        Assert.Equal(STATUS_SUCCESS, socket.Send(There, [], control));
        Assert.Equal(0, peer.Receive(buffer, out _));
    });

    [Fact]
    public void Equal_datagrams_of_one_sender_are_joined() => InWorld(net =>
    {
        var socket = Open(net, "0.0.0.0:5000");
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 350));
        var peer = net.There.OpenDatagram(There);
        var other = net.There.OpenDatagram("10.0.0.2:54");
        foreach (var length in new[] { 100, 100, 100, 100, 40, 40 })
            peer.Send("10.0.0.1:5000", NetworkFixture.Pattern(length));
        other.Send("10.0.0.1:5000", new byte[40]);
        net.Sleep(NetworkFixture.Second);
        Assert.Equal((300, 100), Joined(socket));
        Assert.Equal((140, 100), Joined(socket));
        Assert.Equal((40, 0), Joined(socket));
        Assert.Equal((40, 0), Joined(socket));
        Assert.Equal(STATUS_PENDING, socket.TryReceive(out _, out _));
    });

    [Fact]
    public void Joining_stops_at_the_buffer_at_another_TOS_and_without_the_option() => InWorld(net =>
    {
        var socket = Open(net, "0.0.0.0:5000");
        var peer = net.There.OpenDatagram(There);
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 10_000));
        for (var i = 0; i < 4; i++)
            peer.Send("10.0.0.1:5000", new byte[100]);
        peer.SetOption(IPPROTO_IP, IP_TOS, 8);
        peer.Send("10.0.0.1:5000", new byte[100]);
        peer.Send("10.0.0.1:5000", new byte[100]);
        net.Sleep(NetworkFixture.Second);
        Assert.Equal((200, 100), Joined(socket, size: 250));
        Assert.Equal((200, 100), Joined(socket));
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 0));
        Assert.Equal((100, 0), Joined(socket));
        Assert.Equal((100, 0), Joined(socket));
    });

    [Fact]
    public void With_IP_RECVERR_the_socket_is_told_that_nobody_was_there() => InWorld(net =>
    {
        var socket = Open(net, "0.0.0.0:5000");
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_RECVERR, 1));
        Assert.Equal(STATUS_SUCCESS, socket.Send(There, [1]));
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(STATUS_PORT_UNREACHABLE, socket.TryReceive(out _, out _));
        Assert.Equal(STATUS_PENDING, socket.TryReceive(out _, out _));
    });

    private static void InWorld(Action<NetworkFixture> body)
    {
        using var net = new NetworkFixture();
        net.Run(() => body(net));
    }

    private static DatagramSocket Open(NetworkFixture net, string endpoint)
    {
        var socket = new DatagramSocket(net.World.Scheduler, net.Here.Transport, Address.Of(endpoint).Family);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(endpoint));
        return socket;
    }

    private static DatagramControl From(string source) => new() { Source = Address.Of(source) };

    private static (int HopLimit, int TrafficClass) Seen(SimDatagramPeer peer)
    {
        peer.Receive(new byte[1], out var info);
        return (info.HopLimit!.Value, info.TrafficClass!.Value);
    }

    private static (int Bytes, int SegmentBytes) Joined(DatagramSocket socket, int size = 65_536)
    {
        Assert.Equal(STATUS_SUCCESS, socket.TryReceive(out var bytes, out var info, size));
        Assert.False(info.IsTruncated);
        return (bytes.Length, info.SegmentBytes);
    }
}
