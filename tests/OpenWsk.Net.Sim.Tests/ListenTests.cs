// Listening: connections that wait, the backlog, both IP versions on one socket, sharing, and what becomes of
// connections when the listener ends. Conditional mode is in ConditionalAcceptTests.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Net.Sim.Tcp;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Net.Sim.Tests;

public sealed class ListenTests
{
    [Fact]
    public void A_connection_is_accepted_with_both_addresses_and_moves_bytes()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "0.0.0.0:80");
            Assert.False(listening.TryAccept());
            var peer = net.There.Connect(Address.Of("10.0.0.1:80"));
            var accepted = listening.Accept();
            Assert.Equal("10.0.0.1:80", accepted.Port.LocalAddress.ToString());
            Assert.Equal(peer.LocalAddress, accepted.Port.RemoteAddress);
            Assert.Equal(0ul, accepted.RequestId);
            peer.Send("question"u8);
            var buffer = new byte[8];
            Assert.Equal(STATUS_SUCCESS, accepted.Receive(buffer, out var bytes));
            Assert.Equal("question"u8.ToArray(), buffer[..bytes]);
            Assert.Equal(STATUS_SUCCESS, accepted.Send("answer"u8.ToArray()));
            peer.ReceiveExactly(new byte[6]);
        });
    }

    [Fact]
    public void Received_bytes_wait_for_the_accept_and_count_as_backlog()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "0.0.0.0:80");
            net.There.Connect(Address.Of("10.0.0.1:80")).Send(new byte[300]);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(0, listening.AcceptableEvents);
            var accepted = listening.Accept();
            Assert.Equal(300u, accepted.Port.ReceiveBacklogBytes);
            accepted.Port.TryReceive(new byte[100], out _);
            Assert.Equal(200u, accepted.Port.ReceiveBacklogBytes);
        });
    }

    [Fact]
    public void Each_arming_brings_one_event()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "0.0.0.0:80");
            listening.Port.ArmAccept();
            net.There.Connect(Address.Of("10.0.0.1:80"));
            net.There.Connect(Address.Of("10.0.0.1:80"));
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(1, listening.AcceptableEvents);
            listening.Port.ArmAccept();
            Assert.Equal(1, listening.AcceptableEvents);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(2, listening.AcceptableEvents);
        });
    }

    [Fact]
    public void Beyond_the_backlog_a_SYN_is_dropped_and_comes_again()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "0.0.0.0:80", backlog: 1);
            net.There.Connect(Address.Of("10.0.0.1:80"));
            SimConnection? second = null;
            net.Start("second", () => second = net.There.Connect(Address.Of("10.0.0.1:80")));
            net.Sleep(NetworkFixture.Second);
            Assert.Null(second);
            Assert.Equal(0, net.SentCount(TcpFlags.Rst));
            listening.Accept();
            net.Sleep(3 * NetworkFixture.Second);
            Assert.NotNull(second);
        });
    }

    [Fact]
    public void Nobody_gets_in_for_ever_when_nobody_accepts()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            Listen(net, "0.0.0.0:80", backlog: 0);
            var e = Assert.Throws<SimConnectionException>(() => net.There.Connect(Address.Of("10.0.0.1:80")));
            Assert.Equal(STATUS_IO_TIMEOUT, e.Status);
        });
    }

    [Fact]
    public void A_paused_listener_refuses()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "0.0.0.0:80");
            Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_PAUSE_ACCEPT, 1));
            var e = Assert.Throws<SimConnectionException>(() => net.There.Connect(Address.Of("10.0.0.1:80")));
            Assert.Equal(STATUS_CONNECTION_REFUSED, e.Status);
            Assert.Equal(STATUS_SUCCESS, listening.SetOption(SOL_SOCKET, SO_PAUSE_ACCEPT, 0));
            net.There.Connect(Address.Of("10.0.0.1:80"));
        });
    }

    [Fact]
    public void Closing_resets_what_was_not_taken_and_frees_the_port()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "0.0.0.0:80");
            var taken = net.There.Connect(Address.Of("10.0.0.1:80"));
            var accepted = listening.Accept();
            var waiting = net.There.Connect(Address.Of("10.0.0.1:80"));
            var before = listening.AcceptableEvents;
            listening.Port.ArmAccept();
            listening.Socket.Close();
            Assert.Equal(STATUS_CONNECTION_RESET, waiting.WaitUntilFailed());
            Assert.Equal(before, listening.AcceptableEvents);
            Assert.Equal(STATUS_SUCCESS, accepted.Send("on"u8.ToArray()));
            taken.ReceiveExactly(new byte[2]);
            var e = Assert.Throws<SimConnectionException>(() => net.There.Connect(Address.Of("10.0.0.1:80")));
            Assert.Equal(STATUS_CONNECTION_REFUSED, e.Status);
            Listen(net, "0.0.0.0:80");
        });
    }

    [Fact]
    public void A_connection_that_was_reset_while_it_waited_is_accepted_with_its_end()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "0.0.0.0:80");
            net.There.Connect(Address.Of("10.0.0.1:80")).Reset();
            net.Sleep(NetworkFixture.Second);
            Assert.Equal(STATUS_CONNECTION_RESET, listening.Accept().Receive(new byte[1], out _));
        });
    }

    [Theory]
    [InlineData("10.0.0.1:80")]
    [InlineData("[fd00::1]:80")]
    public void Without_V6ONLY_the_IPv6_wildcard_serves_both(string endpoint)
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "[::]:80", isV6Only: 0);
            var peer = net.There.Connect(Address.Of(endpoint));
            var accepted = listening.Accept();
            var isV4 = !peer.LocalAddress.IsV6;
            Assert.Equal(isV4, accepted.Port.RemoteAddress.IsV4Mapped);
            Assert.Equal(isV4, accepted.Port.LocalAddress.IsV4Mapped);
            Assert.Equal(AF_INET6, accepted.Port.LocalAddress.Family);
            Assert.Equal(peer.LocalAddress.Port, accepted.Port.RemoteAddress.Port);
        });
    }

    [Fact]
    public void With_V6ONLY_which_is_the_default_IPv4_is_refused()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            Listen(net, "[::]:80");
            var e = Assert.Throws<SimConnectionException>(() => net.There.Connect(Address.Of("10.0.0.1:80")));
            Assert.Equal(STATUS_CONNECTION_REFUSED, e.Status);
        });
    }

    [Fact]
    public void A_dual_stack_socket_takes_the_IPv4_port_too()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "[::]:0", isV6Only: 0);
            var port = listening.Socket.LocalAddress.Port;
            Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, net.NewSocket().Bind($"0.0.0.0:{port}"));
            listening.Socket.Close();
            Assert.Equal(STATUS_SUCCESS, net.NewSocket().Bind($"0.0.0.0:{port}"));
        });
    }

    [Fact]
    public void A_dual_stack_socket_connects_to_a_mapped_address()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var socket = net.NewSocket(AF_INET6);
            Assert.Equal(STATUS_NETWORK_UNREACHABLE, socket.Connect("[::ffff:10.0.0.2]:80"));
            var dual = net.NewSocket(AF_INET6);
            Assert.Equal(STATUS_SUCCESS, dual.Port.SetOption(IPPROTO_IPV6, IPV6_V6ONLY, new byte[4]));
            Assert.Equal(STATUS_SUCCESS, dual.Connect("[::ffff:10.0.0.2]:80"));
            Assert.True(dual.Port.LocalAddress.IsV4Mapped);
            Assert.Equal("[::ffff:10.0.0.2]:80", dual.Port.RemoteAddress.ToString());
        });
    }

    [Fact]
    public void Shared_listeners_the_first_one_serves_and_the_most_specific_before_it()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var first = Listen(net, "0.0.0.0:80");
            var second = Listen(net, "0.0.0.0:80", isShared: true);
            net.There.Connect(Address.Of("10.0.0.1:80"));
            first.Accept();
            Assert.False(second.TryAccept());
            var specific = Listen(net, "10.0.0.1:80", isShared: true);
            net.There.Connect(Address.Of("10.0.0.1:80"));
            specific.Accept();
            specific.Socket.Close();
            first.Socket.Close();
            net.There.Connect(Address.Of("10.0.0.1:80"));
            second.Accept();
        });
    }

    [Fact]
    public void A_socket_listens_once_bound_and_once_only()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = net.NewSocket();
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Port.Listen(new(1, false), null!, out _));
            var listening = Listen(net, "0.0.0.0:80");
            Assert.Equal(STATUS_INVALID_DEVICE_STATE,
                listening.Socket.Listen(new(1, false), listening, out _));
            var operation = new BlockingOperation(net.World.Scheduler);
            Assert.Equal(STATUS_INVALID_DEVICE_STATE,
                operation.Run(listening.Socket.Connect(Address.Of("10.0.0.2:80"), operation)));
        });
    }

    [Fact]
    public void A_listener_on_loopback_serves_its_own_host()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, "127.0.0.1:80");
            var socket = net.Connect("127.0.0.1:80");
            var accepted = listening.Accept();
            Assert.Equal(STATUS_SUCCESS, socket.Send("x"u8.ToArray()));
            Assert.Equal(STATUS_SUCCESS, accepted.Receive(new byte[1], out _));
        });
    }

    private static ListeningSocket Listen(NetworkFixture net, string endpoint, int backlog = 8,
        bool isShared = false, uint? isV6Only = null) =>
        new(net.World.Scheduler, net.Here.Transport, endpoint, backlog, false, isShared, isV6Only);
}
