// Listening over the operating system: connections of plain peers are taken in order, wait while nobody takes
// them, and are reset when the listener ends. It knows nothing about conditional mode: HostRequestTests.cs.
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostListenerTests : IDisposable
{
    private readonly HostWorld _world = new();
    private readonly TestListenEvents _events = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_connection_that_waits_is_taken_at_once(ushort family)
    {
        var (socket, listener) = Listen(Loopback(family));
        var peer = _world.ConnectPeer(socket.LocalAddress);
        Assert.Equal(STATUS_SUCCESS, TryAcceptSoon(listener, out var accepted));
        var events = new TestEvents();
        accepted!.Attach(events);
        Assert.Equal(socket.LocalAddress, accepted.LocalAddress);
        Assert.Equal(AddressOf(peer), accepted.RemoteAddress);
        Assert.Equal(STATUS_SUCCESS, Send(accepted, 1, 2, 3));
        Assert.Equal([1, 2, 3], ReadAtPeer(peer, 3));
        peer.Send([4, 5]);
        var buffer = new byte[8];
        Assert.Equal(STATUS_SUCCESS, Receive(accepted, events, buffer, out var bytes));
        Assert.Equal([4, 5], buffer[..bytes]);
        Assert.Equal(2, _world.Transport.OpenSockets);
        accepted.Close();
        socket.Close();
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Whoever_armed_is_told_once_when_a_connection_comes(ushort family)
    {
        var (socket, listener) = Listen(Loopback(family));
        Assert.Equal(STATUS_PENDING, listener.TryAccept(out var none, out _));
        Assert.Null(none);
        listener.ArmAccept();
        _world.ConnectPeer(socket.LocalAddress);
        _events.WaitAcceptable();
        Assert.Equal(STATUS_SUCCESS, listener.TryAccept(out var first, out var id));
        Assert.Equal(0UL, id);
        first!.Attach(new TestEvents());
        _world.ConnectPeer(socket.LocalAddress);
        var second = _events.Accept(listener);
        first.Close();
        second.Close();
        socket.Close();
    }

    [Fact]
    public void Connections_are_taken_in_the_order_in_which_they_came()
    {
        var (socket, listener) = Listen(Loopback(V4));
        var peers = Enumerable.Range(0, 20).Select(_ => _world.ConnectPeer(socket.LocalAddress)).ToList();
        foreach (var peer in peers)
        {
            var accepted = _events.Accept(listener);
            Assert.Equal(AddressOf(peer), accepted.RemoteAddress);
            accepted.Close();
        }
        socket.Close();
    }

    [Fact]
    public void A_listener_on_the_wildcard_has_a_port_and_takes_what_comes_to_any_address()
    {
        var (socket, listener) = Listen(EndpointAddress.Wildcard(V4));
        Assert.True(socket.LocalAddress.IsWildcard);
        foreach (var address in new[] { "127.0.0.1", "127.0.0.5" })
        {
            var target = EndpointAddress.From(IPAddress.Parse(address), socket.LocalAddress.Port);
            _world.ConnectPeer(target);
            var accepted = _events.Accept(listener);
            Assert.Equal(target, accepted.LocalAddress);
            accepted.Close();
        }
        socket.Close();
    }

    [Fact]
    public void Closing_a_listener_resets_what_was_not_taken_and_frees_the_port()
    {
        var (socket, listener) = Listen(FreePort(V4));
        var local = socket.LocalAddress;
        listener.ArmAccept();
        var taken = _world.ConnectPeer(local);
        _events.WaitAcceptable();
        var waiting = _world.ConnectPeer(local);
        socket.Close();
        Assert.True(IsReset(taken));
        Assert.True(IsReset(waiting));
        Assert.Equal(STATUS_CANCELLED, listener.TryAccept(out _, out _));
        Listen(local).Socket.Close();
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    // As a process has that is being started.
    [Fact]
    public void A_closed_listener_is_closed_even_if_somebody_has_a_copy_of_it()
    {
        var (socket, _) = Listen(FreePort(V4));
        var local = socket.LocalAddress;
        var peer = _world.ConnectPeer(local);
        var copy = Duplicate((int)((HostSocket)socket).Handle!.DangerousGetHandle());
        Assert.True(copy > 0);
        using var handle = new SafeFileHandle(copy, ownsHandle: true);
        socket.Close();
        Assert.True(IsReset(peer));
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => late.Connect(local.ToIPEndPoint()));
        Listen(local).Socket.Close();
    }

    [Fact]
    public void A_port_can_be_listened_on_again_while_its_accepted_connections_live()
    {
        var (socket, listener) = Listen(FreePort(V4));
        var local = socket.LocalAddress;
        var peer = _world.ConnectPeer(local);
        var accepted = _events.Accept(listener);
        socket.Close();
        var (next, nextListener) = Listen(local);
        _world.ConnectPeer(local);
        _events.Accept(nextListener).Close();
        Assert.Equal(STATUS_SUCCESS, Send(accepted, 7));
        Assert.Equal([7], ReadAtPeer(peer, 1));
        accepted.Close();
        next.Close();
    }

    [Fact]
    public void A_port_can_be_listened_on_while_old_connections_of_it_are_in_TIME_WAIT()
    {
        var (socket, listener) = Listen(FreePort(V4));
        var local = socket.LocalAddress;
        var peer = _world.ConnectPeer(local);
        var events = new TestEvents();
        var accepted = _events.Accept(listener, events);
        Assert.Equal(STATUS_SUCCESS, Disconnect(accepted));
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(STATUS_GRACEFUL_DISCONNECT, Receive(accepted, events, new byte[1], out _));
        accepted.Close();
        socket.Close();
        using var plain = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified);
        Assert.Throws<SocketException>(() => plain.Bind(local.ToIPEndPoint()));
        var (next, nextListener) = Listen(local);
        _world.ConnectPeer(local);
        _events.Accept(nextListener).Close();
        next.Close();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void As_many_connections_as_the_backlog_says_wait(int backlog)
    {
        var (socket, listener) = Listen(Loopback(V4), backlog: backlog);
        for (var i = 0; i < backlog; i++)
        {
            _world.ConnectPeer(socket.LocalAddress);
        }
        WaitUntilQueued(socket, backlog);
        using var tooMany = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var connect = tooMany.ConnectAsync(socket.LocalAddress.ToIPEndPoint());
        Assert.False(connect.IsCompleted);
        var accepted = _events.Accept(listener);

        // The system asks again for those who were not heard.
        Waiting.For(connect.ContinueWith(task => task.IsCompletedSuccessfully), "the last connection");
        accepted.Close();
        socket.Close();
    }

    [Fact]
    public void Listening_needs_a_bind_and_happens_once()
    {
        var socket = _world.Create(V4);
        var settings = new ListenSettings(4, IsConditional: false);
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Listen(settings, _events, out _));
        Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
        Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, _events, out _));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.Listen(settings, _events, out var none));
        Assert.Null(none);
        socket.Close();
    }

    [Fact]
    public void A_live_listener_keeps_its_address_from_others()
    {
        var (socket, _) = Listen(Loopback(V4));
        var other = _world.Create(V4);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, other.Bind(socket.LocalAddress, isShared: false));
        using var foreign = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => foreign.Bind(socket.LocalAddress.ToIPEndPoint()));
        socket.Close();
        other.Close();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Two_listeners_share_an_address_when_the_provider_allows_it(ushort family)
    {
        var (first, firstListener) = Listen(Loopback(family));
        var (second, secondListener) = Listen(first.LocalAddress, isShared: true);
        Assert.Equal(first.LocalAddress, second.LocalAddress);
        var third = _world.Create(family);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, third.Bind(first.LocalAddress, isShared: false));
        _world.ConnectPeer(first.LocalAddress);
        IListenSocket[] listeners = [firstListener, secondListener];
        var taken = new List<IStreamSocket>();
        foreach (var listener in listeners)
        {
            listener.ArmAccept();
        }
        _events.WaitAcceptable();
        foreach (var listener in listeners)
        {
            if (listener.TryAccept(out var socket, out _) == STATUS_SUCCESS)
            {
                taken.Add(socket!);
            }
        }
        var accepted = Assert.Single(taken);
        accepted.Attach(new TestEvents());

        // Whoever is left gets everything.
        first.Close();
        _world.ConnectPeer(second.LocalAddress);
        _events.Accept(secondListener).Close();
        accepted.Close();
        second.Close();
        third.Close();
    }

    [Fact]
    public void A_specific_listener_goes_before_one_on_the_wildcard()
    {
        var (any, anyListener) = Listen(EndpointAddress.Wildcard(V4));
        var (specific, specificListener) = Listen(Loopback(V4, any.LocalAddress.Port), isShared: true);
        _world.ConnectPeer(specific.LocalAddress);
        _events.Accept(specificListener).Close();
        _world.ConnectPeer(EndpointAddress.From(IPAddress.Parse("127.0.0.9"), any.LocalAddress.Port));
        _events.Accept(anyListener).Close();
        any.Close();
        specific.Close();
    }

    [Fact]
    public void Sharing_does_not_reach_the_listener_of_another_program()
    {
        var foreign = _world.Listen(V4);
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_ADDRESS_ALREADY_EXISTS, socket.Bind(AddressOf(foreign), isShared: true));
        socket.Close();
    }

    private (IStreamSocket Socket, IListenSocket Listener) Listen(
        EndpointAddress local, bool isShared = false, int backlog = 64)
    {
        var socket = _world.Create(local.Family);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(local, isShared));
        var settings = new ListenSettings(backlog, IsConditional: false);
        Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, _events, out var listener));
        return (socket, listener!);
    }

    // The peer knows the connection a moment before the listener does.
    private NTSTATUS TryAcceptSoon(IListenSocket listener, out IStreamSocket? socket)
    {
        var status = listener.TryAccept(out socket, out _);
        if (status != STATUS_PENDING)
        {
            return status;
        }
        listener.ArmAccept();
        _events.WaitAcceptable();
        return listener.TryAccept(out socket, out _);
    }

    // As above; the system tells how many connections a listener has waiting.
    private static void WaitUntilQueued(IStreamSocket listener, int count)
    {
        // TCP_INFO of linux/tcp.h: its tcpi_unacked is that number.
        const int tcp = 6, tcpInfo = 11, unacked = 24;
        var handle = new SafeSocketHandle(
            ((HostSocket)listener).Handle!.DangerousGetHandle(), ownsHandle: false);
        using var system = new Socket(handle);
        var info = new byte[104];
        do
        {
            system.GetRawSocketOption(tcp, tcpInfo, info);
        }
        while (BitConverter.ToInt32(info, unacked) < count);
    }

    [DllImport("libc", EntryPoint = "dup")]
    private static extern int Duplicate(int descriptor);
}
