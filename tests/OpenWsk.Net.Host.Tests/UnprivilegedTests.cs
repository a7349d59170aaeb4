// What the transport says where the host forbids something to its user: raw sockets, low ports, silence.
// It knows nothing about what root may do; the other tests show that.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class UnprivilegedTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Root)]
    public void Raw_sockets_are_denied() => Unprivileged.Run(() =>
    {
        foreach (var family in new[] { V4, V6 })
        {
            var status = _world.Transport.CreateDatagram(
                family, SOCK_RAW, IPPROTO_ICMP, new TestDatagramEvents(), out var socket);
            Assert.Equal(STATUS_ACCESS_DENIED, status);
            Assert.Null(socket);
        }
        Assert.Equal(0, _world.Transport.OpenSockets);
    });

    [CapabilityFact(Capability.Root)]
    public void A_buffer_beyond_the_administrators_limit_is_kept_as_it_was_set() => Unprivileged.Run(() =>
    {
        var socket = _world.Datagram(Loopback(V4)).Socket;
        Assert.Equal(STATUS_SUCCESS, socket.Set(SOL_SOCKET, SO_RCVBUF, 1_000_000_000));
        Assert.Equal(1_000_000_000U, socket.Get(SOL_SOCKET, SO_RCVBUF));
        Assert.True(socket.System(1, 8) < 1_000_000_000);
    });

    [CapabilityFact(Capability.Netns)]
    public void Silence_is_not_supported_and_nothing_has_happened() => Namespace.RunWired(inPeerNetwork =>
    {
        Socket? listener = null;
        inPeerNetwork(() =>
        {
            listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Parse("10.99.0.2"), 0));
            listener.Listen();
        });
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener!)));
        var peer = Waiting.For(listener!.AcceptAsync(), "a connection at the peer");
        Unprivileged.Run(() => Assert.Equal(STATUS_NOT_SUPPORTED, socket.BecomeSilent()));
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1, 2));
        Assert.Equal([1, 2], ReadAtPeer(peer, 2));
        socket.Close();
        Assert.True(IsReset(peer));
        peer.Dispose();
        listener!.Dispose();
    });

    private sealed class TestDatagramEvents : IDatagramEvents
    {
        public void OnReceivable()
        {
        }

        public void OnBroken()
        {
        }
    }
}
