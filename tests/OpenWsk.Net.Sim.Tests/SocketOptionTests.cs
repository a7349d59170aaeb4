// Options of simulated sockets: Windows' defaults, sizes and ranges, which socket has which, and those that
// have an effect on connections. Options of datagrams are shown at work in DatagramControlTests and
// MulticastTests.
using System.Buffers.Binary;
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class SocketOptionTests
{
    private const uint UnknownName = 0x7777;

    [Theory]
    [InlineData(SOL_SOCKET, SO_KEEPALIVE, 0u)]
    [InlineData(SOL_SOCKET, SO_RCVBUF, 65_536u)]
    [InlineData(SOL_SOCKET, SO_SNDBUF, 65_536u)]
    [InlineData(SOL_SOCKET, SO_PORT_SCALABILITY, 0u)]
    [InlineData(SOL_SOCKET, SO_RANDOMIZE_PORT, 0u)]
    [InlineData(SOL_SOCKET, SO_REUSE_UNICASTPORT, 0u)]
    [InlineData(SOL_SOCKET, SO_PAUSE_ACCEPT, 0u)]
    [InlineData(SOL_SOCKET, SO_COMPARTMENT_ID, 1u)]
    [InlineData(IPPROTO_TCP, TCP_NODELAY, 0u)]
    [InlineData(IPPROTO_TCP, TCP_KEEPALIVE, 7200u)]
    [InlineData(IPPROTO_TCP, TCP_KEEPINTVL, 1u)]
    [InlineData(IPPROTO_TCP, TCP_KEEPCNT, 10u)]
    [InlineData(IPPROTO_TCP, TCP_FASTOPEN, 0u)]
    [InlineData(IPPROTO_TCP, TCP_BSDURGENT, 1u)]
    [InlineData(IPPROTO_IP, IP_TOS, 0u)]
    [InlineData(IPPROTO_IP, IP_TTL, 128u)]
    [InlineData(IPPROTO_IP, IP_DONTFRAGMENT, 0u)]
    [InlineData(IPPROTO_IP, IP_UNICAST_IF, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 128u)]
    [InlineData(IPPROTO_IPV6, IPV6_DONTFRAG, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_V6ONLY, 1u)]
    [InlineData(IPPROTO_IPV6, IPV6_UNICAST_IF, 0u)]
    public void A_stream_socket_has_the_option_with_Windows_default(uint level, uint name, uint value) =>
        InWorld(net => CheckOption(net.NewSocket(AF_INET6).Port, level, name, value));

    [Theory]
    [InlineData(SOL_SOCKET, SO_BROADCAST, 0u)]
    [InlineData(SOL_SOCKET, SO_RCVBUF, 65_536u)]
    [InlineData(SOL_SOCKET, SO_SNDBUF, 65_536u)]
    [InlineData(SOL_SOCKET, SO_COMPARTMENT_ID, 1u)]
    [InlineData(IPPROTO_IP, IP_TOS, 0u)]
    [InlineData(IPPROTO_IP, IP_TTL, 128u)]
    [InlineData(IPPROTO_IP, IP_MULTICAST_IF, 0u)]
    [InlineData(IPPROTO_IP, IP_MULTICAST_TTL, 1u)]
    [InlineData(IPPROTO_IP, IP_MULTICAST_LOOP, 1u)]
    [InlineData(IPPROTO_IP, IP_DONTFRAGMENT, 0u)]
    [InlineData(IPPROTO_IP, IP_PKTINFO, 0u)]
    [InlineData(IPPROTO_IP, IP_HOPLIMIT, 0u)]
    [InlineData(IPPROTO_IP, IP_RECVIF, 0u)]
    [InlineData(IPPROTO_IP, IP_RECVDSTADDR, 0u)]
    [InlineData(IPPROTO_IP, IP_UNICAST_IF, 0u)]
    [InlineData(IPPROTO_IP, IP_RECVTOS, 0u)]
    [InlineData(IPPROTO_IP, IP_ECN, 0u)]
    [InlineData(IPPROTO_IP, IP_RECVERR, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 128u)]
    [InlineData(IPPROTO_IPV6, IPV6_MULTICAST_IF, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1u)]
    [InlineData(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1u)]
    [InlineData(IPPROTO_IPV6, IPV6_DONTFRAG, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_PKTINFO, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_HOPLIMIT, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_V6ONLY, 1u)]
    [InlineData(IPPROTO_IPV6, IPV6_UNICAST_IF, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_RTHDR, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_TCLASS, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_RECVTCLASS, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_ECN, 0u)]
    [InlineData(IPPROTO_IPV6, IPV6_RECVERR, 0u)]
    [InlineData(IPPROTO_UDP, UDP_SEND_MSG_SIZE, 0u)]
    [InlineData(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 0u)]
    public void A_datagram_socket_has_the_option_with_Windows_default(uint level, uint name, uint value) =>
        InWorld(net => CheckOption(
            new DatagramSocket(net.World.Scheduler, net.Here.Transport, AF_INET6).Port, level, name, value));

    [Fact]
    public void UDP_without_checksum_is_for_IPv4_alone() => InWorld(net =>
    {
        var v4 = new DatagramSocket(net.World.Scheduler, net.Here.Transport);
        var v6 = new DatagramSocket(net.World.Scheduler, net.Here.Transport, AF_INET6);
        CheckOption(v4.Port, IPPROTO_UDP, UDP_NOCHECKSUM, 0);
        AssertUnknown(v6.Port, IPPROTO_UDP, UDP_NOCHECKSUM);
    });

    [Fact]
    public void Options_of_other_sockets_and_unknown_ones_are_not_supported() => InWorld(net =>
    {
        var stream = net.NewSocket().Port;
        var datagram = new DatagramSocket(net.World.Scheduler, net.Here.Transport).Port;
        AssertUnknown(stream, SOL_SOCKET, UnknownName);
        AssertUnknown(stream, SOL_SOCKET, SO_BROADCAST);
        AssertUnknown(stream, IPPROTO_UDP, UDP_SEND_MSG_SIZE);
        AssertUnknown(stream, IPPROTO_IPV6, IPV6_V6ONLY);
        AssertUnknown(stream, IPPROTO_IP, IP_ADD_MEMBERSHIP);
        AssertUnknown(datagram, SOL_SOCKET, SO_KEEPALIVE);
        AssertUnknown(datagram, IPPROTO_TCP, TCP_NODELAY);
        AssertUnknown(datagram, IPPROTO_IP, IP_HDRINCL);
        AssertUnknown(datagram, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP);
    });

    [Fact]
    public void Wrong_sizes_and_values_are_refused_and_change_nothing() => InWorld(net =>
    {
        var socket = net.NewSocket().Port;
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_TTL, new byte[3]));
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_TTL, new byte[8]));
        Assert.Equal(STATUS_INVALID_PARAMETER, Set(socket, IPPROTO_IP, IP_TTL, 0));
        Assert.Equal(STATUS_INVALID_PARAMETER, Set(socket, IPPROTO_IP, IP_TTL, 256));
        Assert.Equal(STATUS_INVALID_PARAMETER, Set(socket, SOL_SOCKET, SO_RCVBUF, 0x8000_0000));
        Assert.Equal(STATUS_INVALID_PARAMETER, Set(socket, SOL_SOCKET, SO_COMPARTMENT_ID, 2));
        var small = new byte[3];
        Assert.Equal(STATUS_BUFFER_TOO_SMALL, socket.GetOption(IPPROTO_IP, IP_TTL, small, out var bytes));
        Assert.Equal(0, bytes);
        Assert.Equal(128u, Get(socket, IPPROTO_IP, IP_TTL));
        Assert.Equal(STATUS_SUCCESS, Set(socket, SOL_SOCKET, SO_KEEPALIVE, 7));
        Assert.Equal(1u, Get(socket, SOL_SOCKET, SO_KEEPALIVE));
    });

    [Fact]
    public void IP_OPTIONS_is_a_row_of_up_to_40_bytes() => InWorld(net =>
    {
        var socket = net.NewSocket().Port;
        var value = new byte[40];
        Assert.Equal(STATUS_SUCCESS, socket.GetOption(IPPROTO_IP, IP_OPTIONS, [], out var bytes));
        Assert.Equal(0, bytes);
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_OPTIONS, new byte[41]));
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_OPTIONS, [1, 1, 1, 0]));
        Assert.Equal(STATUS_BUFFER_TOO_SMALL, socket.GetOption(IPPROTO_IP, IP_OPTIONS, new byte[3], out _));
        Assert.Equal(STATUS_SUCCESS, socket.GetOption(IPPROTO_IP, IP_OPTIONS, value, out bytes));
        Assert.Equal([1, 1, 1, 0], value[..bytes]);
    });

    [Fact]
    public void Some_come_too_late_after_the_bind() => InWorld(net =>
    {
        var socket = net.NewSocket(AF_INET6);
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, IPPROTO_IPV6, IPV6_V6ONLY, 0));
        Assert.Equal(STATUS_SUCCESS, socket.Bind("[::]:0"));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Set(socket.Port, IPPROTO_IPV6, IPV6_V6ONLY, 1));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Set(socket.Port, SOL_SOCKET, SO_PORT_SCALABILITY, 1));
        Assert.Equal(0u, Get(socket.Port, IPPROTO_IPV6, IPV6_V6ONLY));
    });

    [Fact]
    public void Accepted_sockets_inherit_and_may_differ() => InWorld(net =>
    {
        var listening = new ListeningSocket(net.World.Scheduler, net.Here.Transport, "0.0.0.0:80");
        Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_RCVBUF, 5000));
        Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_KEEPALIVE, 1));
        net.There.Connect(Address.Of("10.0.0.1:80"));
        var accepted = listening.Accept();
        Assert.Equal(5000u, accepted.Option(SOL_SOCKET, SO_RCVBUF));
        Assert.Equal(1u, accepted.Option(SOL_SOCKET, SO_KEEPALIVE));
        Assert.Equal(5000, net.Sent().First(s => s.Has(TcpFlags.Syn) && s.Has(TcpFlags.Ack)).Window);
        Assert.Equal(STATUS_SUCCESS, Set(accepted.Port, SOL_SOCKET, SO_RCVBUF, 6000));
        Assert.Equal(STATUS_SUCCESS, listening.Socket.GetOption(SOL_SOCKET, SO_RCVBUF, new byte[4], out _));
        Assert.Equal(5000u, Get(listening.Socket, SOL_SOCKET, SO_RCVBUF));
    });

    [Fact]
    public void The_receive_buffer_is_the_window() => InWorld(net =>
    {
        var listener = net.There.Listen("10.0.0.2:80");
        var socket = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, SOL_SOCKET, SO_RCVBUF, 3000));
        Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
        var peer = listener.Accept();
        peer.Send(new byte[20_000]);
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(3000u, socket.Port.ReceiveBacklogBytes);
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, SOL_SOCKET, SO_RCVBUF, 10_000));
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(10_000u, socket.Port.ReceiveBacklogBytes);
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, SOL_SOCKET, SO_RCVBUF, 4000));
        socket.ReceiveExactly(10_000);
        socket.ReceiveExactly(10_000);
    });

    [Fact]
    public void A_buffer_made_smaller_keeps_the_promise_of_its_window() => InWorld(net =>
    {
        var listener = net.There.Listen("10.0.0.2:80");
        var socket = net.Connect("10.0.0.2:80");
        var peer = listener.Accept();
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, SOL_SOCKET, SO_RCVBUF, 1000));
        peer.Send(new byte[60_000]);
        net.Sleep(NetworkFixture.Second / 10);
        Assert.Equal(60_000u, socket.Port.ReceiveBacklogBytes);
        socket.ReceiveExactly(60_000);
        peer.Send(new byte[10_000]);
        net.Sleep(NetworkFixture.Second / 10);
        Assert.Equal(5535u, socket.Port.ReceiveBacklogBytes);
        socket.ReceiveExactly(10_000);
        peer.Send(new byte[10_000]);
        net.Sleep(NetworkFixture.Second / 10);
        Assert.InRange(socket.Port.ReceiveBacklogBytes, 1u, 1000u);
        socket.Port.Close();
    });

    [Fact]
    public void A_buffer_beyond_64_KiB_needs_a_scaled_window_and_gets_it() => InWorld(net =>
    {
        var listener = net.There.Listen("10.0.0.2:80");
        var socket = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, SOL_SOCKET, SO_RCVBUF, 1_000_000));
        Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
        Assert.Equal<byte?>(4, net.Sent().First().WindowShift);
        var peer = listener.Accept();
        var data = NetworkFixture.Pattern(900_000);
        peer.Send(data);
        net.Sleep(NetworkFixture.Second);
        Assert.Equal(900_000u, socket.Port.ReceiveBacklogBytes);
        Assert.Equal(data, socket.ReceiveExactly(data.Length));
        peer.Send(data);
        Assert.Equal(data, socket.ReceiveExactly(data.Length));
    });

    [Fact]
    public void The_send_buffer_is_what_sends_complete_into() => InWorld(net =>
    {
        net.There.StartSilentServer("10.0.0.2:80");
        var socket = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, SOL_SOCKET, SO_SNDBUF, 10_000));
        Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
        net.Network.AddRule(_ => PacketVerdict.Delay(NetworkFixture.Second));
        Assert.True(socket.BeginSend(new byte[10_000]).IsComplete);
        Assert.False(socket.BeginSend(new byte[1]).IsComplete);
        socket.Port.Close();
    });

    [Theory]
    [InlineData(AF_INET, "10.0.0.2:80")]
    [InlineData(AF_INET6, "[fd00::2]:80")]
    public void Hop_limit_and_TOS_stand_in_the_segments(ushort family, string endpoint) => InWorld(net =>
    {
        net.There.Listen(endpoint);
        var socket = net.NewSocket(family);
        var isV6 = family == AF_INET6;
        var level = isV6 ? IPPROTO_IPV6 : IPPROTO_IP;
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, level, isV6 ? IPV6_UNICAST_HOPS : IP_TTL, 7));
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, level, isV6 ? IPV6_TCLASS : IP_TOS, 0x20));
        Assert.Equal(STATUS_SUCCESS, socket.Connect(endpoint));
        Assert.Equal((7, 0x20), (net.Sent().First().HopLimit, net.Sent().First().TrafficClass));
        net.Network.SetLink(net.Here, net.There, new LinkSettings { Hops = 7 });
        Assert.Equal(STATUS_SUCCESS, socket.Send([1]));
        Assert.Contains(net.Packets,
            e => e.Fate == PacketFate.Lost && e.Packet is TcpSegment { Payload.Length: 1 });
        socket.Port.Close();
    });

    [Fact]
    public void A_connection_leaves_by_the_interface_asked_for_or_not_at_all() => InWorld(net =>
    {
        net.There.Listen("10.0.0.2:80");
        net.Here.Listen("10.0.0.1:80");
        var socket = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, Set(socket.Port, IPPROTO_IP, IP_UNICAST_IF, 0x0100_0000));
        Assert.Equal(STATUS_NETWORK_UNREACHABLE, socket.Connect("10.0.0.2:80"));
        Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.1:80"));
        var other = net.NewSocket();
        Assert.Equal(STATUS_SUCCESS, Set(other.Port, IPPROTO_IP, IP_UNICAST_IF, 0x0300_0000));
        Assert.Equal(STATUS_NETWORK_UNREACHABLE, other.Connect("10.0.0.2:80"));
        Assert.Equal(STATUS_SUCCESS, Set(other.Port, IPPROTO_IP, IP_UNICAST_IF, 0x0200_0000));
        Assert.Equal(STATUS_SUCCESS, other.Connect("10.0.0.2:80"));
    });

    private static void InWorld(Action<NetworkFixture> body)
    {
        using var net = new NetworkFixture();
        net.Run(() => body(net));
    }

    private static void CheckOption(ITransportSocket socket, uint level, uint name, uint value)
    {
        Assert.Equal(value, Get(socket, level, name));
        Assert.Equal(STATUS_SUCCESS, Set(socket, level, name, 1));
        Assert.Equal(1u, Get(socket, level, name));
    }

    private static void AssertUnknown(ITransportSocket socket, uint level, uint name)
    {
        Assert.Equal(STATUS_NOT_SUPPORTED, Set(socket, level, name, 1));
        Assert.Equal(STATUS_NOT_SUPPORTED, socket.GetOption(level, name, new byte[4], out _));
    }

    private static NTSTATUS Set(ITransportSocket socket, uint level, uint name, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return socket.SetOption(level, name, bytes);
    }

    private static uint Get(ITransportSocket socket, uint level, uint name)
    {
        Span<byte> value = stackalloc byte[4];
        Assert.Equal(STATUS_SUCCESS, socket.GetOption(level, name, value, out var bytes));
        Assert.Equal(4, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(value);
    }
}
