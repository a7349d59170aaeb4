// Dual-stack sockets: with IPV6_V6ONLY off, peers of IPv4 turn up under their mapped addresses; with it on,
// which is Windows' default, they do not turn up. It knows nothing about other options.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostDualStackTests : IDisposable
{
    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_dual_listener_takes_peers_of_both_families()
    {
        var (socket, listener, events) = Listen(isDual: true);
        var port = socket.LocalAddress.Port;
        var peer = _world.ConnectPeer(Loopback(V4, port));
        var accepted = events.Accept(listener);
        Assert.True(accepted.RemoteAddress.IsV4Mapped);
        Assert.Equal(Mapped(((IPEndPoint)peer.LocalEndPoint!).Port), accepted.RemoteAddress);
        Assert.Equal(Mapped(port), accepted.LocalAddress);
        Assert.Equal(STATUS_SUCCESS, Send(accepted, 3));
        Assert.Equal([3], ReadAtPeer(peer, 1));
        accepted.Close();
        _world.ConnectPeer(Loopback(V6, port));
        accepted = events.Accept(listener);
        Assert.Equal(Loopback(V6, port), accepted.LocalAddress);
        accepted.Close();
        socket.Close();
    }

    [Fact]
    public void A_listener_of_IPv6_alone_refuses_IPv4()
    {
        var (socket, _, _) = Listen(isDual: false);
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var refused = Assert.Throws<SocketException>(
            () => peer.Connect(Loopback(V4, socket.LocalAddress.Port).ToIPEndPoint()));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        socket.Close();
    }

    [Fact]
    public void A_dual_stream_connects_to_a_mapped_address()
    {
        var listener = _world.Listen(V4);
        var socket = _world.Create(V6);
        Assert.Equal(STATUS_SUCCESS, socket.Set(IPPROTO_IPV6, IPV6_V6ONLY, 0));
        Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V6), isShared: false));
        Assert.Equal(STATUS_SUCCESS, Connect(socket, Mapped(AddressOf(listener).Port)));
        Assert.True(socket.LocalAddress.IsV4Mapped);
        Assert.Equal(socket.LocalAddress.Port, RemoteOf(_world.Accept(listener)).Port);
        socket.Close();
    }

    [Fact]
    public void Datagrams_of_both_families_come_and_go()
    {
        var dual = new TestDatagramSocket(_world.Transport, V6);
        Assert.Equal(STATUS_SUCCESS, dual.Socket.Set(IPPROTO_IPV6, IPV6_V6ONLY, 0));
        dual.Bind(EndpointAddress.Wildcard(V6));
        var v4 = _world.Datagram(Loopback(V4));
        var control = new DatagramControl { HopLimit = 7, TrafficClass = 0x20, Ecn = 1 };
        v4.Send(Loopback(V4, dual.Local.Port), control, [[1]]);
        var received = dual.Receive();
        Assert.Equal(Mapped(v4.Local.Port), received.Info.Source);
        Assert.Equal(Mapped(0), received.Info.Destination);
        Assert.Equal(7, (int)received.Info.HopLimit!);
        Assert.Equal(0x21, (int)received.Info.TrafficClass!);

        // What goes to a mapped address leaves as IPv4, with what the sender asked for.
        control = control with { Source = Mapped(0, "127.0.0.6"), HopLimit = 9 };
        Assert.Equal(STATUS_SUCCESS, dual.Send(received.Info.Source, control, [[2]]));
        var answer = v4.Receive();
        Assert.Equal(EndpointAddress.From(IPAddress.Parse("127.0.0.6"), dual.Local.Port), answer.Info.Source);
        Assert.Equal(9, (int)answer.Info.HopLimit!);
        Assert.Equal(0x21, (int)answer.Info.TrafficClass!);
        dual.Socket.Close();
    }

    [Fact]
    public void Datagrams_of_IPv4_do_not_come_to_IPv6_alone()
    {
        var socket = _world.Datagram(EndpointAddress.Wildcard(V6, FreePort(V6).Port));
        var other = _world.Datagram(EndpointAddress.Wildcard(V4, socket.Local.Port));
        var from = _world.Datagram(Loopback(V4));
        from.Send(Loopback(V4, socket.Local.Port), 1);
        Assert.Equal([1], other.Receive().Bytes);
        Assert.Equal(STATUS_PENDING, socket.Socket.TryReceive(new byte[1], out _, out _));
    }

    private static EndpointAddress Mapped(int port, string address = "127.0.0.1") =>
        EndpointAddress.From(IPAddress.Parse(address).MapToIPv6(), (ushort)port);

    // IPv4 has a port of IPv6 alone to itself, so it is one that nobody uses there.
    private (IStreamSocket Socket, IListenSocket Listener, TestListenEvents Events) Listen(bool isDual)
    {
        var events = new TestListenEvents();
        var socket = _world.Create(V6);
        if (isDual)
        {
            Assert.Equal(STATUS_SUCCESS, socket.Set(IPPROTO_IPV6, IPV6_V6ONLY, 0));
        }
        var local = EndpointAddress.Wildcard(V6, FreePort(V6).Port);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local, isShared: false));
        var settings = new ListenSettings(8, IsConditional: false);
        Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, events, out var listener));
        return (socket, listener!, events);
    }
}
