// Options by Winsock's numbers: defaults, sizes, who has which, and what the system is told. What they do to
// datagrams is HostDatagramOptionTests.cs. It knows nothing about which of them WSK lets through.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostOptionTests : IDisposable
{
    private const ushort Stream = SOCK_STREAM;
    private const ushort Datagram = SOCK_DGRAM;

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(AF_INET, SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1, 9, 1)]
    [InlineData(AF_INET, SOL_SOCKET, SO_RCVBUF, 65_536, 12_345, 1, 8, 24_690)]
    [InlineData(AF_INET, SOL_SOCKET, SO_PORT_SCALABILITY, 0, 1)]
    [InlineData(AF_INET, SOL_SOCKET, SO_RANDOMIZE_PORT, 0, 1)]
    [InlineData(AF_INET, SOL_SOCKET, SO_PAUSE_ACCEPT, 0, 1)]
    [InlineData(AF_INET, SOL_SOCKET, SO_COMPARTMENT_ID, 1, 1)]
    [InlineData(AF_INET6, IPPROTO_TCP, TCP_NODELAY, 0, 1, 6, 1, 1)]
    [InlineData(AF_INET, IPPROTO_TCP, TCP_KEEPALIVE, 7200, 33, 6, 4, 33)]
    [InlineData(AF_INET, IPPROTO_TCP, TCP_KEEPINTVL, 1, 7, 6, 5, 7)]
    [InlineData(AF_INET, IPPROTO_TCP, TCP_KEEPCNT, 10, 4, 6, 6, 4)]
    [InlineData(AF_INET, IPPROTO_TCP, TCP_KEEPALIVE, 7200, 100_000, 6, 4, 32_767)]
    [InlineData(AF_INET, IPPROTO_TCP, TCP_FASTOPEN, 0, 1)]
    [InlineData(AF_INET, IPPROTO_TCP, TCP_BSDURGENT, 1, 0)]
    [InlineData(AF_INET, IPPROTO_IP, IP_TOS, 0, 0x28, 0, 1, 0x28)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, 1, 0, 41, 26, 0)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_IF, 0, 1, 1, 62, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_UNICAST_IF, 0, 0x01000000, 1, 62, 1)]
    public void An_option_of_a_stream_has_its_default_keeps_its_value_and_reaches_the_system(
        ushort family, uint level, uint name, int? unset, int value, params int[] system) =>
        CheckOption(Stream, family, level, name, unset, value, system);

    [Theory]
    [InlineData(AF_INET, SOL_SOCKET, SO_SNDBUF, null, 70_000, 1, 7, 140_000)]
    [InlineData(AF_INET, SOL_SOCKET, SO_REUSE_UNICASTPORT, 0, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_TTL, 64, 9, 0, 2, 9)]
    [InlineData(AF_INET, IPPROTO_IP, IP_DONTFRAGMENT, 0, 1, 0, 10, 2)]
    [InlineData(AF_INET, IPPROTO_IP, IP_PKTINFO, 0, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_HOPLIMIT, 0, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_RECVIF, 0, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_RECVDSTADDR, 0, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_RECVTOS, 0, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_ECN, 0, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_RECVERR, 0, 1, 0, 11, 1)]
    [InlineData(AF_INET, IPPROTO_IP, IP_UNICAST_IF, 0, 0x01000000, 0, 50, 0x01000000)]
    [InlineData(AF_INET, IPPROTO_IP, IP_MULTICAST_IF, 0, 0x0100007F, 0, 32, 0x0100007F)]
    [InlineData(AF_INET, IPPROTO_IP, IP_MULTICAST_TTL, 1, 5, 0, 33, 5)]
    [InlineData(AF_INET, IPPROTO_IP, IP_MULTICAST_LOOP, 1, 0, 0, 34, 0)]
    [InlineData(AF_INET, IPPROTO_UDP, UDP_NOCHECKSUM, 0, 1, 1, 11, 1)]
    [InlineData(AF_INET, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 0, 1200)]
    [InlineData(AF_INET, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 0, 9000, 17, 104, 1)]
    [InlineData(AF_INET6, SOL_SOCKET, SO_BROADCAST, 0, 1, 1, 6, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64, 9, 41, 16, 9)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_DONTFRAG, 0, 1, 41, 62, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_PKTINFO, 0, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_HOPLIMIT, 0, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_RECVTCLASS, 0, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_ECN, 0, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_RECVERR, 0, 1, 41, 25, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_RTHDR, 0, 1, 41, 56, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, 1, 0, 41, 26, 0)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_UNICAST_IF, 0, 1, 41, 76, 0x01000000)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_IF, 0, 1, 41, 17, 1)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1, 5, 41, 18, 5)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1, 0, 41, 19, 0)]
    [InlineData(AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, 0, 0x28, 41, 67, 0x28)]
    public void An_option_of_a_datagram_has_its_default_keeps_its_value_and_reaches_the_system(
        ushort family, uint level, uint name, int? unset, int value, params int[] system) =>
        CheckOption(Datagram, family, level, name, unset, value, system);

    [Theory]
    [InlineData(Stream, AF_INET, SOL_SOCKET, SO_BROADCAST)]
    [InlineData(Stream, AF_INET, SOL_SOCKET, 0x7777U)]
    [InlineData(Stream, AF_INET, 99U, 1U)]
    [InlineData(Stream, AF_INET, IPPROTO_IPV6, IPV6_V6ONLY)]
    [InlineData(Stream, AF_INET, IPPROTO_IP, IP_ADD_MEMBERSHIP)]
    [InlineData(Stream, AF_INET, IPPROTO_UDP, UDP_NOCHECKSUM)]
    [InlineData(Datagram, AF_INET, SOL_SOCKET, SO_KEEPALIVE)]
    [InlineData(Datagram, AF_INET, IPPROTO_TCP, TCP_NODELAY)]
    [InlineData(Datagram, AF_INET, IPPROTO_IP, IP_HDRINCL)]
    [InlineData(Datagram, AF_INET, IPPROTO_UDP, UDP_CHECKSUM_COVERAGE)]
    [InlineData(Datagram, AF_INET6, IPPROTO_UDP, UDP_NOCHECKSUM)]
    public void What_a_socket_has_not_got_is_not_supported(ushort type, ushort family, uint level, uint name)
    {
        var socket = Create(type, family);
        Assert.Equal(STATUS_NOT_SUPPORTED, socket.Set(level, name, 1));
        Assert.Equal(STATUS_NOT_SUPPORTED, socket.GetOption(level, name, new byte[4], out _));
        socket.Close();
    }

    [Theory]
    [InlineData(Datagram, IPPROTO_IP, IP_TTL, 0)]
    [InlineData(Datagram, IPPROTO_IP, IP_TTL, 256)]
    [InlineData(Datagram, IPPROTO_IP, IP_TOS, 256)]
    [InlineData(Datagram, IPPROTO_UDP, UDP_SEND_MSG_SIZE, 65_536)]
    [InlineData(Stream, IPPROTO_TCP, TCP_KEEPALIVE, 0)]
    [InlineData(Stream, IPPROTO_TCP, TCP_KEEPCNT, 256)]
    [InlineData(Stream, SOL_SOCKET, SO_COMPARTMENT_ID, 2)]
    public void A_value_that_cannot_be_is_refused(ushort type, uint level, uint name, uint value)
    {
        var socket = Create(type, V4);
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.Set(level, name, value));
        socket.Close();
    }

    [Theory]
    [InlineData(SOL_SOCKET, SO_PORT_SCALABILITY)]
    [InlineData(SOL_SOCKET, SO_RANDOMIZE_PORT)]
    [InlineData(IPPROTO_IPV6, IPV6_V6ONLY)]
    public void Some_options_come_before_the_bind(uint level, uint name)
    {
        foreach (var type in new[] { Stream, Datagram })
        {
            var socket = Create(type, V6);
            Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V6), isShared: false));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Set(level, name, 0));
            socket.Close();
        }
    }

    [Fact]
    public void An_interface_that_does_not_exist_is_refused()
    {
        var v4 = Create(Datagram, V4);
        var v6 = Create(Datagram, V6);
        const NTSTATUS none = STATUS_INVALID_ADDRESS_COMPONENT;
        Assert.Equal(none, v4.Set(IPPROTO_IP, IP_UNICAST_IF, 0x0F270000));
        Assert.Equal(none, v4.Set(IPPROTO_IP, IP_MULTICAST_IF, 0x0F270000));
        Assert.Equal(none, v6.Set(IPPROTO_IPV6, IPV6_UNICAST_IF, 9999));
        Assert.Equal(none, v6.Set(IPPROTO_IPV6, IPV6_MULTICAST_IF, 9999));
        Assert.Equal(0U, v6.Get(IPPROTO_IPV6, IPV6_UNICAST_IF));
        v4.Close();
        v6.Close();
    }

    [Fact]
    public void Keepalive_probes_as_Windows_does_unless_it_is_told_otherwise()
    {
        var socket = Create(Stream, V4);
        Assert.Equal(STATUS_SUCCESS, socket.Set(IPPROTO_TCP, TCP_KEEPINTVL, 5));
        Assert.Equal(STATUS_SUCCESS, socket.Set(SOL_SOCKET, SO_KEEPALIVE, 1));
        Assert.Equal([7200, 5, 10], [socket.System(6, 4), socket.System(6, 5), socket.System(6, 6)]);
        socket.Close();
    }

    [Fact]
    public void Ip_options_are_a_row_of_bytes()
    {
        var socket = Create(Datagram, V4);
        var value = new byte[44];
        Assert.Equal(STATUS_SUCCESS, socket.GetOption(IPPROTO_IP, IP_OPTIONS, value, out var bytes));
        Assert.Equal(0, bytes);
        byte[] recordRoute = [7, 7, 4, 0, 0, 0, 0, 0];
        Assert.Equal(STATUS_SUCCESS, socket.SetOption(IPPROTO_IP, IP_OPTIONS, recordRoute));
        Assert.Equal(STATUS_SUCCESS, socket.GetOption(IPPROTO_IP, IP_OPTIONS, value, out bytes));
        Assert.Equal(recordRoute, value[..bytes]);
        var tooSmall = socket.GetOption(IPPROTO_IP, IP_OPTIONS, value.AsSpan(0, 4), out _);
        Assert.Equal(STATUS_BUFFER_TOO_SMALL, tooSmall);
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_OPTIONS, new byte[44]));
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(IPPROTO_IP, IP_OPTIONS, [7, 99, 4]));
        socket.Close();
    }

    [Fact]
    public void Options_survive_an_attempt_to_connect_that_failed()
    {
        var socket = _world.Create(V6);
        Assert.Equal(STATUS_SUCCESS, socket.Set(SOL_SOCKET, SO_RCVBUF, 20_000));
        Assert.Equal(STATUS_SUCCESS, socket.Set(IPPROTO_IPV6, IPV6_V6ONLY, 0));
        Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V6), isShared: false));
        Assert.Equal(STATUS_CONNECTION_REFUSED, Connect(socket, _world.Deaf(V6)));

        // Between attempts there is no socket of the system; the next one is told.
        Assert.Equal(STATUS_SUCCESS, socket.Set(IPPROTO_TCP, TCP_NODELAY, 1));
        Assert.Equal(20_000U, socket.Get(SOL_SOCKET, SO_RCVBUF));
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(_world.Listen(V6))));
        Assert.Equal(40_000, socket.System(1, 8));
        Assert.Equal(0, socket.System(41, 26));
        Assert.Equal(1, socket.System(6, 1));
        socket.Close();
        Assert.Equal(1U, socket.Get(IPPROTO_TCP, TCP_NODELAY));
        Assert.Equal(STATUS_CANCELLED, socket.Set(IPPROTO_TCP, TCP_NODELAY, 1));
    }

    [Fact]
    public void An_accepted_connection_inherits_the_listeners_options()
    {
        var events = new TestListenEvents();
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Set(SOL_SOCKET, SO_KEEPALIVE, 1));
        Assert.Equal(STATUS_SUCCESS, socket.Set(SOL_SOCKET, SO_RCVBUF, 30_000));
        Assert.Equal(STATUS_SUCCESS, socket.Set(IPPROTO_TCP, TCP_NODELAY, 1));
        Assert.Equal(STATUS_SUCCESS, socket.Set(IPPROTO_TCP, TCP_KEEPALIVE, 99));
        Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
        var settings = new ListenSettings(8, IsConditional: false);
        Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, events, out var listener));
        _world.ConnectPeer(socket.LocalAddress);
        var accepted = events.Accept(listener!);
        Assert.Equal(1U, accepted.Get(SOL_SOCKET, SO_KEEPALIVE));
        Assert.Equal(30_000U, accepted.Get(SOL_SOCKET, SO_RCVBUF));
        Assert.Equal([1, 60_000, 1, 99],
            [accepted.System(1, 9), accepted.System(1, 8), accepted.System(6, 1), accepted.System(6, 4)]);

        // Its own from then on.
        Assert.Equal(STATUS_SUCCESS, accepted.Set(SOL_SOCKET, SO_KEEPALIVE, 0));
        Assert.Equal(1U, socket.Get(SOL_SOCKET, SO_KEEPALIVE));
        accepted.Close();
        socket.Close();
    }

    [Fact]
    public void A_paused_listener_resets_what_comes_until_it_goes_on()
    {
        var events = new TestListenEvents();
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
        var settings = new ListenSettings(8, IsConditional: false);
        Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, events, out var listener));
        Assert.Equal(STATUS_SUCCESS, socket.Set(SOL_SOCKET, SO_PAUSE_ACCEPT, 1));
        for (var i = 0; i < 3; i++)
        {
            Assert.True(IsTurnedAway(socket.LocalAddress));
        }
        Assert.Equal(STATUS_PENDING, listener!.TryAccept(out _, out _));
        Assert.Equal(STATUS_SUCCESS, socket.Set(SOL_SOCKET, SO_PAUSE_ACCEPT, 0));
        _world.ConnectPeer(socket.LocalAddress);
        events.Accept(listener).Close();
        socket.Close();
    }

    private void CheckOption(
        ushort type, ushort family, uint level, uint name, int? unset, int value, int[] system)
    {
        var socket = Create(type, family);
        if (unset is { } expected)
        {
            Assert.Equal((uint)expected, socket.Get(level, name));
        }
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(level, name, new byte[3]));
        Assert.Equal(STATUS_INVALID_PARAMETER, socket.SetOption(level, name, new byte[5]));
        Assert.Equal(STATUS_BUFFER_TOO_SMALL, socket.GetOption(level, name, new byte[3], out var bytes));
        Assert.Equal(0, bytes);
        Assert.Equal(STATUS_SUCCESS, socket.Set(level, name, (uint)value));
        Assert.Equal((uint)value, socket.Get(level, name));
        if (system is [var systemLevel, var systemName, var systemValue])
        {
            Assert.Equal(systemValue, socket.System(systemLevel, systemName));
        }
        socket.Close();
    }

    // The reset may come before the peer has noticed that it was connected.
    private static bool IsTurnedAway(EndpointAddress listener)
    {
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            peer.Connect(listener.ToIPEndPoint());
            return IsReset(peer);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    private ITransportSocket Create(ushort type, ushort family) => type == Stream
        ? _world.Create(family)
        : new TestDatagramSocket(_world.Transport, family).Socket;
}
