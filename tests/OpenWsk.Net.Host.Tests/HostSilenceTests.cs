// Silence over the operating system, on a wire between two networks: nothing goes out any more, whatever
// comes in, and closing tells nobody. It knows nothing about WSK's rules for silent sockets.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostSilenceTests : IDisposable
{
    private static readonly IPAddress s_peerAddress = IPAddress.Parse("10.99.0.2");

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Netns)]
    public void A_silent_connection_answers_nothing() => Namespace.RunWired(inPeerNetwork =>
    {
        var (socket, peer) = Connected(inPeerNetwork);
        using var marks = new Marks(inPeerNetwork);
        var local = socket.LocalAddress;
        Assert.Equal(STATUS_SUCCESS, socket.BecomeSilent());
        var sent = Namespace.TcpCounter("OutSegs");
        var received = Namespace.TcpCounter("InSegs");
        peer.Send([1, 2, 3]);
        marks.SendToUs();
        Assert.True(Namespace.TcpCounter("InSegs") > received);
        Assert.Equal(sent, Namespace.TcpCounter("OutSegs"));
        Assert.Equal((nuint)0, socket.ReceiveBacklogBytes);
        Assert.Equal(local, socket.LocalAddress);

        // Nothing but closing is left.
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Send(socket, 1));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.TryReceive(new byte[1], out _));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Disconnect(socket));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.BecomeSilent());
        Assert.Equal(sent, Namespace.TcpCounter("OutSegs"));
        socket.Close();
        peer.Dispose();
    });

    [CapabilityTheory(Capability.Netns)]
    [InlineData(false)]
    [InlineData(true)]
    public void Ending_a_silent_connection_tells_nobody(bool isAborted) => Namespace.RunWired(inPeerNetwork =>
    {
        var (socket, peer) = Connected(inPeerNetwork);
        using var marks = new Marks(inPeerNetwork);
        socket.ArmReceive();
        Assert.Equal(STATUS_SUCCESS, socket.BecomeSilent());
        var sent = Namespace.TcpCounter("OutSegs");
        if (isAborted)
        {
            socket.Abort();
        }
        socket.Close();
        Assert.Equal(sent, Namespace.TcpCounter("OutSegs"));
        marks.SendToPeer();
        Assert.False(peer.Poll(0, SelectMode.SelectRead));
        Assert.Equal(0, _world.Transport.OpenSockets);
        peer.Dispose();
    });

    [CapabilityFact(Capability.Netns)]
    public void What_the_peer_has_not_acknowledged_stands_in_the_way() => Namespace.RunWired(inPeerNetwork =>
    {
        var (socket, peer) = Connected(inPeerNetwork);
        Namespace.Ip("link set v0 down");
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.BecomeSilent());
        socket.Close();
        peer.Dispose();
    });

    [Fact]
    public void A_loopback_connection_cannot_be_silent()
    {
        var (socket, peer) = _world.Pair(V4);
        Assert.Equal(STATUS_NOT_SUPPORTED, socket.BecomeSilent());
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1));
        Assert.Equal([1], ReadAtPeer(peer, 1));
        socket.Close();
    }

    private (IStreamSocket Socket, Socket Peer) Connected(Action<Action> inPeerNetwork)
    {
        Socket? listener = null;
        inPeerNetwork(() =>
        {
            listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(s_peerAddress, 0));
            listener.Listen();
        });
        using var used = listener!;
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener!)));
        return (socket, Waiting.For(listener!.AcceptAsync(), "a connection at the peer"));
    }

    // Datagrams on the same wire: when one has arrived, so has what was sent before it.
    private sealed class Marks : IDisposable
    {
        private readonly Socket _ours = Make(IPAddress.Parse("10.99.0.1"));
        private Socket _peers = null!;

        public Marks(Action<Action> inPeerNetwork) => inPeerNetwork(() => _peers = Make(s_peerAddress));

        public void SendToUs() => Send(_peers, _ours);

        public void SendToPeer() => Send(_ours, _peers);

        public void Dispose()
        {
            _ours.Dispose();
            _peers.Dispose();
        }

        private static void Send(Socket from, Socket to)
        {
            from.SendTo([1], to.LocalEndPoint!);
            to.Receive(new byte[1]);
        }

        private static Socket Make(IPAddress address)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
            {
                ReceiveTimeout = (int)Waiting.HangGuard.TotalMilliseconds,
            };
            socket.Bind(new IPEndPoint(address, 0));
            return socket;
        }
    }
}
