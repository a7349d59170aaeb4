// Making a connection: the handshake, the ways in which it fails with their statuses and times, ports and
// local addresses. What happens on a connection afterwards is in TransferTests and EndingTests.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Simulation;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class ConnectTests
{
    [Fact]
    public void The_handshake_takes_one_round_trip_and_three_segments()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var socket = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
            Assert.Equal(NetworkFixture.Millisecond, net.NowNs);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal([">Syn", "<Syn, Ack", ">Ack"], net.Flags());
            Assert.Equal("10.0.0.1:49152", socket.Port.LocalAddress.ToString());
            Assert.Equal("10.0.0.2:80", socket.Port.RemoteAddress.ToString());
        });
        var syn = net.Sent().First();
        Assert.Equal(1460, syn.MaximumSegmentBytes);
        Assert.NotNull(syn.WindowShift);
    }

    [Fact]
    public void Both_ends_see_each_others_addresses_over_IPv6()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("[::]:80");
            var socket = net.Connect("[fd00::2]:80");
            var accepted = listener.Accept();
            Assert.Equal("[fd00::1]:49152", accepted.RemoteAddress.ToString());
            Assert.Equal(socket.Port.RemoteAddress, accepted.LocalAddress);
            Assert.Equal(1440, net.Sent().First().MaximumSegmentBytes);
        });
    }

    [Fact]
    public void A_closed_port_refuses_after_one_round_trip()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            Assert.Equal(STATUS_CONNECTION_REFUSED, net.NewSocket().Connect("10.0.0.2:81"));
            Assert.Equal(NetworkFixture.Millisecond, net.NowNs);
            Assert.Equal([">Syn", "<Rst, Ack"], net.Flags());
        });
    }

    [Fact]
    public void A_refusing_host_refuses_where_somebody_listens()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            net.There.IsRefusing = true;
            Assert.Equal(STATUS_CONNECTION_REFUSED, net.NewSocket().Connect("10.0.0.2:80"));
        });
    }

    [Fact]
    public void A_socket_that_was_refused_can_connect_again()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = net.NewSocket();
            Assert.Equal(STATUS_CONNECTION_REFUSED, socket.Connect("10.0.0.2:80"));
            net.There.Listen("10.0.0.2:80");
            Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
        });
    }

    [Theory]
    [InlineData("198.51.100.1:80")]
    [InlineData("10.9.9.9:80")]
    public void Silence_times_out_after_21_seconds_and_three_SYNs(string endpoint)
    {
        using var net = new NetworkFixture();
        net.Network.BlackHole("198.51.100.0/24");
        net.Run(() =>
        {
            Assert.Equal(STATUS_IO_TIMEOUT, net.NewSocket().Connect(endpoint));
            Assert.Equal(21 * NetworkFixture.Second, net.NowNs);
        });
        var sent = net.Packets.Where(e => e.Fate == PacketFate.Sent);
        Assert.Equal([0, 3, 9], sent.Select(e => e.TimeNs / NetworkFixture.Second));
    }

    [Fact]
    public void An_answer_to_the_second_SYN_connects()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var isFirst = true;
            net.Network.AddRule(packet =>
            {
                var verdict = isFirst ? PacketVerdict.Drop : PacketVerdict.Pass;
                isFirst = false;
                return verdict;
            });
            Assert.Equal(STATUS_SUCCESS, net.NewSocket().Connect("10.0.0.2:80"));
            Assert.Equal((3 * NetworkFixture.Second) + NetworkFixture.Millisecond, net.NowNs);
        });
    }

    [Fact]
    public void A_missing_route_fails_at_once_inline()
    {
        using var net = new NetworkFixture();
        net.Network.RemoveRoute("203.0.113.0/24");
        net.Run(() =>
        {
            Assert.True(net.NewSocket().BeginConnect("203.0.113.7:80").IsComplete);
            Assert.Equal(STATUS_NETWORK_UNREACHABLE, net.NewSocket().Connect("203.0.113.7:80"));
            Assert.Equal(0, net.NowNs);
            Assert.Empty(net.Packets);
        });
    }

    [Fact]
    public void A_host_without_IPv6_has_no_route_for_IPv6_but_its_own_loopback()
    {
        using var net = new NetworkFixture();
        var v4 = net.Network.AddHost("v4", "10.0.0.4");
        net.Run(() =>
        {
            var socket = new BlockingSocket(net.World.Scheduler, v4.Transport, WskConstants.AF_INET6);
            Assert.Equal(STATUS_NETWORK_UNREACHABLE, socket.Connect("[fd00::2]:80"));
            Assert.Equal(STATUS_CONNECTION_REFUSED, socket.Connect("[::1]:80"));
        });
    }

    [Fact]
    public void An_unreachable_host_is_reported_by_its_router()
    {
        using var net = new NetworkFixture();
        net.Network.AnswerUnreachable("192.0.2.1");
        net.Run(() => Assert.Equal(STATUS_HOST_UNREACHABLE, net.NewSocket().Connect("192.0.2.1:80")));
    }

    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1")]
    [InlineData("127.3.2.1:80", "127.0.0.1")]
    [InlineData("10.0.0.1:80", "10.0.0.1")]
    [InlineData("[::1]:80", "[::1]")]
    public void A_host_reaches_itself(string endpoint, string source)
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.Here.StartEchoServer("0.0.0.0:80");
            net.Here.StartEchoServer("[::]:80");
            var socket = net.Connect(endpoint);
            Assert.StartsWith(source, socket.Port.LocalAddress.ToString(), StringComparison.Ordinal);
            Assert.Equal(STATUS_SUCCESS, socket.Send("hello"u8.ToArray()));
            Assert.Equal("hello"u8.ToArray(), socket.ReceiveExactly(5));
        });
    }

    [Fact]
    public void Loopback_of_one_host_is_not_that_of_another()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("127.0.0.1:80");
            Assert.Equal(STATUS_CONNECTION_REFUSED, net.NewSocket().Connect("127.0.0.1:80"));
        });
    }

    [Fact]
    public void Bind_takes_own_addresses_only_and_each_once_unless_shared()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, net.NewSocket().Bind("10.0.0.2:5000"));
            var first = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, first.Bind("10.0.0.1:5000"));
            Assert.Equal("10.0.0.1:5000", first.Port.LocalAddress.ToString());
            Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, net.NewSocket().Bind("10.0.0.1:5000"));
            Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, net.NewSocket().Bind("0.0.0.0:5000"));
            Assert.Equal(STATUS_SUCCESS, net.NewSocket().Bind("127.0.0.1:5000"));
            Assert.Equal(STATUS_SUCCESS, net.NewSocket().Bind("10.0.0.1:5000", isShared: true));
            Assert.Equal(STATUS_SUCCESS, net.NewSocket(WskConstants.AF_INET6).Bind("[::]:5000"));
        });
    }

    [Fact]
    public void Close_frees_the_bound_address_and_port_0_takes_free_ports_in_turn()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, socket.Bind("0.0.0.0:0"));
            Assert.Equal("0.0.0.0:49152", socket.Port.LocalAddress.ToString());
            socket.Port.Close();
            var next = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, next.Bind("0.0.0.0:0"));
            Assert.Equal("0.0.0.0:49153", next.Port.LocalAddress.ToString());
            Assert.Equal(STATUS_SUCCESS, net.NewSocket().Bind("0.0.0.0:49152"));
        });
    }

    [Fact]
    public void When_no_port_is_free_bind_says_so()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            for (var i = 0; i < TcpDefaults.EphemeralPorts; i++)
                Assert.Equal(STATUS_SUCCESS, net.NewSocket().Bind("127.0.0.1:0"));
            Assert.Equal(STATUS_TOO_MANY_ADDRESSES, net.NewSocket().Bind("10.0.0.1:0"));
        });
    }

    [Fact]
    public void A_wildcard_binding_becomes_concrete_by_connecting()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var socket = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, socket.Bind("0.0.0.0:6000"));
            Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
            Assert.Equal("10.0.0.1:6000", socket.Port.LocalAddress.ToString());
        });
    }

    [Fact]
    public void The_same_pair_of_addresses_cannot_be_connected_twice()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var first = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, first.Bind("10.0.0.1:6000"));
            Assert.Equal(STATUS_SUCCESS, first.Connect("10.0.0.2:80"));
            var second = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, second.Bind("10.0.0.1:6000", isShared: true));
            Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, second.Connect("10.0.0.2:80"));
        });
    }

    [Fact]
    public void Addresses_that_name_nobody_are_refused_inline()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, net.NewSocket().Connect("0.0.0.0:80"));
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, net.NewSocket().Connect("10.0.0.2:0"));
            Assert.Equal(STATUS_INVALID_PARAMETER, net.NewSocket().Connect("[fd00::2]:80"));
            var loopback = net.NewSocket();
            Assert.Equal(STATUS_SUCCESS, loopback.Bind("127.0.0.1:0"));
            Assert.Equal(STATUS_INVALID_ADDRESS_COMPONENT, loopback.Connect("10.0.0.2:80"));
        });
    }

    [Fact]
    public void A_full_backlog_refuses()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listener = net.There.Listen("10.0.0.2:80", backlog: 2);
            net.Connect("10.0.0.2:80");
            net.Connect("10.0.0.2:80");
            Assert.Equal(STATUS_CONNECTION_REFUSED, net.NewSocket().Connect("10.0.0.2:80"));
            listener.Accept();
            net.Connect("10.0.0.2:80");
        });
    }

    [Fact]
    public void Cancelling_a_connect_completes_it_and_a_late_answer_is_reset()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            var socket = net.NewSocket();
            var connect = socket.BeginConnect("10.0.0.2:80");
            net.Sleep(NetworkFixture.Millisecond / 4);
            socket.Port.Cancel(connect);
            Assert.Equal(STATUS_CANCELLED, connect.Wait());
            Assert.Equal(NetworkFixture.Millisecond / 4, net.NowNs);
            net.Sleep(NetworkFixture.Second);
            Assert.Equal([">Syn", "<Syn, Ack", ">Rst"], net.Flags());
            Assert.Equal(0, net.There.ConnectionCount);
            Assert.Equal(STATUS_SUCCESS, socket.Connect("10.0.0.2:80"));
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Closing_or_aborting_cancels_a_connect(bool isClose)
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var socket = net.NewSocket();
            var connect = socket.BeginConnect("10.9.9.9:80");
            if (isClose)
                socket.Port.Close();
            else
                socket.Port.Abort();
            Assert.Equal(STATUS_CANCELLED, connect.Wait());
            Assert.Equal(0, net.Here.ConnectionCount);
        });
    }

    [Fact]
    public void Peers_connect_too_and_see_the_status_of_a_failure()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            net.Here.StartEchoServer("10.0.0.1:7");
            var peer = net.There.Connect(Address.Of("10.0.0.1:7"));
            peer.Send("ping"u8);
            Span<byte> answer = stackalloc byte[4];
            peer.ReceiveExactly(answer);
            Assert.Equal("ping"u8, answer);
            var closed = Address.Of("10.0.0.1:8");
            var failure = Assert.Throws<SimConnectionException>(() => net.There.Connect(closed));
            Assert.Equal(STATUS_CONNECTION_REFUSED, failure.Status);
        });
    }

    [Fact]
    public void Two_ends_that_connect_to_each_other_at_once_share_one_connection()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var here = net.NewSocket();
            var there = new BlockingSocket(net.World.Scheduler, net.There.Transport);
            Assert.Equal(STATUS_SUCCESS, here.Bind("10.0.0.1:500"));
            Assert.Equal(STATUS_SUCCESS, there.Bind("10.0.0.2:500"));
            var first = here.BeginConnect("10.0.0.2:500");
            var second = there.BeginConnect("10.0.0.1:500");
            Assert.Equal(STATUS_SUCCESS, first.Wait());
            Assert.Equal(STATUS_SUCCESS, second.Wait());
            Assert.Equal(STATUS_SUCCESS, here.Send("across"u8.ToArray()));
            Assert.Equal("across"u8.ToArray(), there.ReceiveExactly(6));
        });
    }

    [Fact]
    public void A_world_where_nobody_will_ever_send_is_a_proven_deadlock()
    {
        using var net = new NetworkFixture();
        var deadlock = Assert.Throws<DeadlockException>(() => net.Run(() =>
        {
            net.There.Listen("10.0.0.2:80");
            net.Connect("10.0.0.2:80").ReceiveExactly(1);
        }));
        Assert.Equal(["main"], deadlock.ParkedThreads);
        Assert.Equal(NetworkFixture.Millisecond * 3 / 2, deadlock.TimeNs);
    }
}
