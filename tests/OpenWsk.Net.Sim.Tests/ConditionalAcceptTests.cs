// Conditional mode: a request waits, its peer sees no connection before the decision, and a request that is
// gone is told as gone, once. Ordinary listening is in ListenTests.
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Net.Sim.Tcp;
using Xunit;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Sim.Tests;

public sealed class ConditionalAcceptTests
{
    [Fact]
    public void The_peer_sees_no_connection_before_the_decision()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            SimConnection? peer = null;
            net.Start("peer", () => peer = net.There.Connect(Address.Of("10.0.0.1:80")));
            var request = listening.WaitForRequest();
            Assert.True(listening.Port.JudgesBeforeHandshake);
            Assert.Equal("10.0.0.1:80", request.Local.ToString());
            Assert.Equal("10.0.0.2:49152", request.Remote.ToString());
            Assert.NotEqual(0ul, request.Id);
            net.Sleep(NetworkFixture.Second);
            Assert.Null(peer);
            Assert.Equal(["<Syn"], net.Flags());
            Assert.True(listening.Port.Decide(request.Id, isAccepted: true));
            var accepted = listening.Accept();
            Assert.Equal(request.Id, accepted.RequestId);
            Assert.Equal(request.Remote, accepted.Port.RemoteAddress);
            Assert.NotNull(peer);
            Assert.Empty(listening.Dropped);
        });
    }

    [Fact]
    public void A_rejected_peer_is_reset_and_never_told_of_again()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            var status = STATUS_SUCCESS;
            net.Start("peer", () => status = TryConnect(net));
            var request = listening.WaitForRequest();
            Assert.True(listening.Port.Decide(request.Id, isAccepted: false));
            net.Sleep(60 * NetworkFixture.Second);
            Assert.Equal(STATUS_CONNECTION_REFUSED, status);
            Assert.Equal(["<Syn", ">Rst, Ack"], net.Flags());
            Assert.Single(listening.Requests);
            Assert.Empty(listening.Dropped);
            Assert.False(listening.Port.Decide(request.Id, isAccepted: true));
        });
    }

    [Fact]
    public void A_SYN_that_comes_again_is_the_same_request()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            net.Start("peer", () => TryConnect(net));
            var request = listening.WaitForRequest();
            net.Sleep(10 * NetworkFixture.Second);
            Assert.Equal(3, net.SentCount(TcpFlags.Syn));
            Assert.Single(listening.Requests);
            Assert.True(listening.Port.Decide(request.Id, isAccepted: true));
            listening.Accept();
        });
    }

    [Fact]
    public void A_peer_that_gives_up_takes_the_request_with_it()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            net.Start("peer", () => TryConnect(net));
            var request = listening.WaitForRequest();
            listening.WaitForDrop();
            Assert.Equal([request.Id], listening.Dropped);
            Assert.Equal(30, net.NowNs / NetworkFixture.Second);
            Assert.False(listening.Port.Decide(request.Id, isAccepted: true));
        });
    }

    [Fact]
    public void A_peer_that_resets_takes_the_request_with_it_at_once()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            var peer = net.There.BeginConnect(Address.Of("10.0.0.1:80"));
            var request = listening.WaitForRequest();
            peer.Reset();
            listening.WaitForDrop();
            Assert.Equal([request.Id], listening.Dropped);
            Assert.Equal(NetworkFixture.Millisecond, net.NowNs);
            Assert.Equal(["<Syn", "<Rst"], net.Flags());
        });
    }

    [Fact]
    public void A_handshake_that_fails_after_the_acceptance_drops_the_request()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            net.Start("peer", () => TryConnect(net));
            var request = listening.WaitForRequest();
            net.Sleep(25 * NetworkFixture.Second);
            Assert.True(listening.Port.Decide(request.Id, isAccepted: true));
            listening.WaitForDrop();
            Assert.Equal([request.Id], listening.Dropped);
            Assert.False(listening.TryAccept());
        });
    }

    [Fact]
    public void A_new_attempt_from_the_same_port_replaces_the_old_one()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            var first = new TcpSegment(Address.Of("10.0.0.2:1000"), Address.Of("10.0.0.1:80"))
            {
                Flags = TcpFlags.Syn,
                Sequence = 1,
            };
            net.There.Inject(first);
            listening.WaitForRequest();
            net.There.Inject(first with { Sequence = 1000 });
            var second = listening.WaitForRequest(1);
            Assert.Equal([listening.Requests[0].Id], listening.Dropped);
            Assert.NotEqual(listening.Requests[0].Id, second.Id);
        });
    }

    [Fact]
    public void Held_requests_fill_the_backlog()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net, backlog: 1);
            net.There.BeginConnect(Address.Of("10.0.0.1:80"));
            net.There.BeginConnect(Address.Of("10.0.0.1:80"));
            var request = listening.WaitForRequest();
            net.Sleep(NetworkFixture.Second);
            Assert.Single(listening.Requests);
            listening.Port.Decide(request.Id, isAccepted: false);
            listening.WaitForRequest(1);
        });
    }

    [Fact]
    public void Closing_resets_held_requests_and_tells_nobody()
    {
        using var net = new NetworkFixture();
        net.Run(() =>
        {
            var listening = Listen(net);
            var status = STATUS_SUCCESS;
            net.Start("peer", () => status = TryConnect(net));
            listening.WaitForRequest();
            listening.Socket.Close();
            net.Sleep(60 * NetworkFixture.Second);
            Assert.Equal(STATUS_CONNECTION_REFUSED, status);
            Assert.Empty(listening.Dropped);
        });
    }

    private static ListeningSocket Listen(NetworkFixture net, int backlog = 8) =>
        new(net.World.Scheduler, net.Here.Transport, "0.0.0.0:80", backlog, isConditional: true);

    private static Abi.NTSTATUS TryConnect(NetworkFixture net)
    {
        try
        {
            net.There.Connect(Address.Of("10.0.0.1:80"));
            return STATUS_SUCCESS;
        }
        catch (SimConnectionException e)
        {
            return e.Status;
        }
    }
}
