// Raw sockets: packets of a protocol number, with the IPv4 header where systems show it, and hosts that
// forbid them.
using OpenWsk.Abi;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class RawSocketTests
{
    private const byte Protocol = 200;

    [Fact]
    public void IPv4_packets_arrive_with_their_header() => InWorld(net =>
    {
        var peer = net.There.OpenRaw("0.0.0.0", Protocol);
        var socket = Open(net, AF_INET, Protocol, "0.0.0.0:0");
        Assert.Equal(STATUS_SUCCESS, socket.Send("10.0.0.2:0", [1, 2, 3]));
        var buffer = new byte[100];
        Assert.Equal(23, peer.Receive(buffer, out var info));
        Assert.Equal("10.0.0.1:0", info.Source.ToString());
        Assert.Equal([0x45, 0, 0, 23], buffer[..4]);
        Assert.Equal([128, Protocol], buffer[8..10]);
        Assert.Equal([10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3], buffer[12..23]);
        Assert.Equal(0, Sum(buffer.AsSpan(0, 20)));
    });

    [Fact]
    public void IPv6_packets_arrive_without_it() => InWorld(net =>
    {
        var peer = net.There.OpenRaw("::", Protocol);
        var socket = Open(net, AF_INET6, Protocol, "[::]:0");
        Assert.Equal(STATUS_SUCCESS, socket.Send("[fd00::2]:0", [1, 2, 3]));
        var buffer = new byte[100];
        Assert.Equal(3, peer.Receive(buffer, out var info));
        Assert.Equal("[fd00::1]:0", info.Source.ToString());
        Assert.Equal([1, 2, 3], buffer[..3]);
    });

    [Fact]
    public void A_packet_goes_to_every_socket_of_its_protocol_and_address() => InWorld(net =>
    {
        var first = Open(net, AF_INET, Protocol, "0.0.0.0:0");
        var second = Open(net, AF_INET, Protocol, "10.0.0.1:0");
        var everything = Open(net, AF_INET, IPPROTO_IP, "0.0.0.0:0");
        var other = Open(net, AF_INET, Protocol + 1, "0.0.0.0:0");
        var loopback = Open(net, AF_INET, Protocol, "127.0.0.1:0");
        net.There.OpenRaw("10.0.0.2", Protocol).Send("10.0.0.1:0", [1]);
        Assert.Equal(21, first.Receive(out _).Length);
        Assert.Equal(21, second.Receive(out _).Length);
        Assert.Equal(21, everything.Receive(out _).Length);
        Assert.Equal(STATUS_PENDING, other.TryReceive(out _, out _));
        Assert.Equal(STATUS_PENDING, loopback.TryReceive(out _, out _));
    });

    [Fact]
    public void UDP_is_seen_by_raw_sockets_beside_its_own() => InWorld(net =>
    {
        var raw = Open(net, AF_INET, IPPROTO_UDP, "0.0.0.0:0");
        var socket = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
        Assert.Equal(STATUS_SUCCESS, socket.Bind("0.0.0.0:5000"));
        net.There.OpenDatagram("10.0.0.2:53").Send("10.0.0.1:5000", [9]);
        Assert.Equal([9], socket.Receive(out _));
        var packet = raw.Receive(out _);
        Assert.Equal([0, 53, 0x13, 0x88, 0, 9], packet[20..26]);
        Assert.Equal(9, packet[28]);
    });

    [Fact]
    public void With_IP_HDRINCL_the_header_is_the_senders() => InWorld(net =>
    {
        var peer = net.There.OpenRaw("0.0.0.0", 77);
        var socket = Open(net, AF_INET, Protocol, "0.0.0.0:0");
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_HDRINCL, 1));
        byte[] packet = [0x45, 0x10, 0, 21, 0, 0, 0, 0, 5, 77, 0, 0, 192, 0, 2, 1, 10, 0, 0, 2, 42];
        Assert.Equal(STATUS_SUCCESS, socket.Send("10.0.0.2:0", packet));
        var buffer = new byte[100];
        Assert.Equal(21, peer.Receive(buffer, out var info));
        Assert.Equal("192.0.2.1:0", info.Source.ToString());
        Assert.Equal<byte?>(5, info.HopLimit);
        Assert.Equal<byte?>(0x10, info.TrafficClass);
        Assert.Equal(42, buffer[20]);
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.Send("10.0.0.2:0", new byte[30]));
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.Send("10.0.0.2:0", [0x45]));
    });

    [Fact]
    public void A_host_may_forbid_them_and_protocols_have_eight_bits() => InWorld(net =>
    {
        net.Here.AllowsRawSockets = false;
        Assert.Equal(STATUS_ACCESS_DENIED, Create(net, SOCK_RAW, Protocol));
        Assert.Equal(STATUS_SUCCESS, Create(net, SOCK_DGRAM, IPPROTO_UDP));
        net.Here.AllowsRawSockets = true;
        Assert.Equal(STATUS_SUCCESS, Create(net, SOCK_RAW, Protocol));
        Assert.Equal(STATUS_PROTOCOL_UNREACHABLE, Create(net, SOCK_RAW, 256));
        Assert.Equal(STATUS_PROTOCOL_UNREACHABLE, Create(net, SOCK_DGRAM, IPPROTO_TCP));
        Assert.Equal(STATUS_PROTOCOL_UNREACHABLE, Create(net, SOCK_RDM, IPPROTO_UDP));
    });

    [Fact]
    public void Binding_checks_the_address_and_takes_no_port() => InWorld(net =>
    {
        var first = Open(net, AF_INET, Protocol, "10.0.0.1:0");
        Open(net, AF_INET, Protocol, "10.0.0.1:0");
        Assert.Equal("10.0.0.1:0", first.Port.LocalAddress.ToString());
        var socket = new DatagramSocket(net.World.Scheduler, net.Here.Transport, AF_INET, SOCK_RAW, Protocol);
        Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, socket.Bind("10.0.0.2:0"));
    });

    private static void InWorld(Action<NetworkFixture> body)
    {
        using var net = new NetworkFixture();
        net.Run(() => body(net));
    }

    private static DatagramSocket Open(NetworkFixture net, ushort family, uint protocol, string endpoint)
    {
        var socket = new DatagramSocket(net.World.Scheduler, net.Here.Transport, family, SOCK_RAW, protocol);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(endpoint));
        return socket;
    }

    private static NTSTATUS Create(NetworkFixture net, ushort type, uint protocol) =>
        net.Here.Transport.CreateDatagram(AF_INET, type, protocol, new NoEvents(), out _);

    private static int Sum(ReadOnlySpan<byte> header)
    {
        var sum = 0;
        for (var i = 0; i < header.Length; i += 2)
            sum += (header[i] << 8) + header[i + 1];
        return (ushort)~((sum & 0xFFFF) + (sum >> 16));
    }

    private sealed class NoEvents : Ports.IDatagramEvents
    {
        public void OnReceivable()
        {
        }

        public void OnBroken()
        {
        }
    }
}
