// How much waits to be received and how much a sender should keep under way, over the operating system.
// Blocked sends of datagrams are here, too. It knows nothing about WSK's send backlog event.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostBacklogTests : IDisposable
{
    private static readonly EndpointAddress s_unresolved =
        EndpointAddress.From(IPAddress.Parse("10.99.0.77"), 9);

    private static readonly string[] s_wire =
    [
        "link set lo up",
        "link add v0 type veth peer name v1",
        "addr add 10.99.0.1/24 dev v0",
        "link set v1 up",
        "link set v0 up",
    ];

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void What_was_not_taken_yet_is_the_receive_backlog()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        Assert.Equal((nuint)0, socket.ReceiveBacklogBytes);
        peer.Send(new byte[700]);
        socket.ArmReceive();
        events.WaitReceivable();
        Assert.Equal((nuint)700, socket.ReceiveBacklogBytes);
        Assert.Equal(STATUS_SUCCESS, socket.TryReceive(new byte[200], out _));
        Assert.Equal((nuint)500, socket.ReceiveBacklogBytes);
        socket.Close();
        Assert.Equal((nuint)0, socket.ReceiveBacklogBytes);
    }

    [Fact]
    public void The_ideal_send_backlog_is_the_send_buffer_that_was_asked_for()
    {
        var socket = _world.Create(V4);
        socket.Set(SOL_SOCKET, SO_SNDBUF, 50_000);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(_world.Listen(V4))));
        Assert.Equal((nuint)50_000, socket.IdealSendBacklogBytes);
        socket.Close();
    }

    [CapabilityFact(Capability.Netns)]
    public void The_ideal_send_backlog_grows_with_the_connection_and_says_so() => Namespace.RunWired(
        inPeerNetwork =>
        {
            Socket? listener = null;
            inPeerNetwork(() =>
            {
                listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(new IPEndPoint(IPAddress.Parse("10.99.0.2"), 0));
                listener.Listen();
            });
            var events = new TestEvents();
            var socket = _world.Create(V4, events);
            Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener!)));
            var start = socket.IdealSendBacklogBytes;
            Assert.NotEqual((nuint)0, start);
            var peer = Waiting.For(listener!.AcceptAsync(), "a connection at the peer");
            var read = Task.Run(() => ReadAtPeer(peer, 30_000_000).Length);
            for (var i = 0; i < 30; i++)
            {
                Assert.Equal(STATUS_SUCCESS, Send(socket, new byte[1_000_000]));
            }
            Assert.Equal(30_000_000, Waiting.For(read, "all bytes at the peer"));
            Assert.True(events.WaitIdealSendBacklog() > start);
            Assert.True(socket.IdealSendBacklogBytes > start);
            socket.Close();
            peer.Dispose();
            listener!.Dispose();
        });

    // The wire's other end answers no question for the address, so what is sent waits, until we say whose the
    // address is.
    [CapabilityFact(Capability.Netns)]
    public void A_datagram_without_room_is_sent_when_there_is() => Namespace.Run(s_wire, () =>
    {
        var socket = Blocked(out var pending);
        var behind = new TestDatagramSend([[new byte[500]]]) { Destination = s_unresolved };
        Assert.False(socket.Socket.Send(behind));
        Assert.Equal(0, pending.Completions);
        Namespace.Ip("neigh replace 10.99.0.77 lladdr 02:00:00:00:00:77 dev v0");
        Assert.Equal(STATUS_SUCCESS, pending.Wait());
        Assert.Equal(STATUS_SUCCESS, behind.Wait());
        Assert.Equal(STATUS_SUCCESS, socket.Send(s_unresolved, new byte[500]));
        Assert.Equal(1, pending.Completions);
        socket.Socket.Close();
    });

    [CapabilityFact(Capability.Netns)]
    public void A_datagram_without_room_can_be_given_up() => Namespace.Run(s_wire, () =>
    {
        var socket = Blocked(out var pending);
        var second = new TestDatagramSend([[new byte[500]]]) { Destination = s_unresolved };
        var third = new TestDatagramSend([[new byte[500]]]) { Destination = s_unresolved };
        var fourth = new TestDatagramSend([[new byte[500]]]) { Destination = s_unresolved };
        Assert.False(socket.Socket.Send(second) || socket.Socket.Send(third) || socket.Socket.Send(fourth));
        socket.Socket.Cancel(third);
        socket.Socket.Cancel(pending);
        Assert.Equal(STATUS_CANCELLED, third.Wait());
        Assert.Equal(STATUS_CANCELLED, pending.Wait());
        socket.Socket.Cancel(pending);
        Namespace.Ip("neigh replace 10.99.0.77 lladdr 02:00:00:00:00:77 dev v0");
        Assert.Equal(STATUS_SUCCESS, second.Wait());
        Assert.Equal(STATUS_SUCCESS, fourth.Wait());
        Assert.Equal(1, third.Completions);
        socket.Socket.Close();
    });

    [CapabilityFact(Capability.Netns)]
    public void Closing_gives_up_all_datagrams_without_room() => Namespace.Run(s_wire, () =>
    {
        var socket = Blocked(out var pending);
        var behind = new TestDatagramSend([[new byte[500]]]) { Destination = s_unresolved };
        Assert.False(socket.Socket.Send(behind));
        socket.Socket.Close();
        Assert.Equal(STATUS_CANCELLED, pending.Wait());
        Assert.Equal(STATUS_CANCELLED, behind.Wait());
    });

    private TestDatagramSocket Blocked(out TestDatagramSend pending)
    {
        var socket = _world.Datagram(EndpointAddress.Wildcard(V4));
        Assert.Equal(STATUS_SUCCESS, socket.Socket.Set(SOL_SOCKET, SO_SNDBUF, 4000));
        for (var i = 0; i < 100; i++)
        {
            pending = new TestDatagramSend([[new byte[500]]]) { Destination = s_unresolved };
            if (!socket.Socket.Send(pending))
            {
                return socket;
            }
            Assert.Equal(STATUS_SUCCESS, pending.Status);
        }
        throw new InvalidOperationException("There is always room.");
    }
}
