// Sockets that the system takes away: the administrator destroys them. Their owner is told once, and every
// call but closing fails. It knows nothing about what a WSK client hears then.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostBrokenTests : IDisposable
{
    private const string LoopbackUp = "link set lo up";

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Netns, "ss")]
    public void A_listener_that_was_destroyed_says_so_once() => Namespace.Run([LoopbackUp], () =>
    {
        var events = new TestEvents();
        var listenEvents = new TestListenEvents();
        var socket = _world.Create(V4, events);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
        var settings = new ListenSettings(8, IsConditional: false);
        Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, listenEvents, out var listener));
        listener!.ArmAccept();
        Namespace.Command("ss", $"-K -t -l sport = :{socket.LocalAddress.Port}");
        events.WaitBroken();
        listenEvents.WaitAcceptable();
        Assert.True(listener.TryAccept(out var none, out _).IsError());
        Assert.Null(none);
        listener.ArmAccept();
        listenEvents.WaitAcceptable();
        Assert.Equal(1, events.Brokens);
        socket.Close();
    });

    [CapabilityFact(Capability.Netns, "ss")]
    public void A_datagram_socket_that_was_destroyed_says_so_once() => Namespace.Run([LoopbackUp], () =>
    {
        var socket = _world.Datagram(Loopback(V4));
        var local = socket.Local;
        socket.Socket.ArmReceive();
        Namespace.Command("ss", $"-K -u -a sport = :{local.Port}");
        socket.WaitBroken();
        socket.WaitReceivable();
        Assert.Equal(STATUS_CONNECTION_ABORTED, socket.Socket.TryReceive(new byte[1], out _, out _));
        Assert.Equal(STATUS_CONNECTION_ABORTED, socket.Send(local, 1));
        socket.Socket.ArmReceive();
        socket.WaitReceivable();
        Assert.Equal(1, socket.Brokens);
        socket.Socket.Close();
        Assert.Equal(0, _world.Transport.OpenSockets);
    });
}
