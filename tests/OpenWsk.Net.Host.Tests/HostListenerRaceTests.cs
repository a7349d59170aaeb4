// Listeners and datagram sockets that are closed while connections and datagrams come in from several
// threads: whatever the order, nothing is left open and nothing comes after the close has been told. It
// knows nothing about which outcome is right for an order; the other tests of listeners do.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostListenerRaceTests : IDisposable
{
    private const int Rounds = 60;

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_listener_is_closed_while_connections_come_are_taken_and_reset(bool isConditional)
    {
        var random = new Random(5);
        for (var round = 0; round < Rounds; round++)
        {
            var events = new RacingEvents();
            var socket = _world.Create(V4);
            Assert.Equal(STATUS_SUCCESS, socket.Bind(Loopback(V4), isShared: false));
            var settings = new ListenSettings(4, isConditional);
            Assert.Equal(STATUS_SUCCESS, socket.Listen(settings, events, out var listener));
            events.Listener = listener!;
            var local = socket.LocalAddress;
            var pauses = Enumerable.Range(0, 8).Select(_ => random.Next(30_000)).ToArray();
            listener!.ArmAccept();
            Parallel.Invoke(
                () => Array.ForEach(pauses[..6], pause => Come(local, pause)),
                () => Array.ForEach(pauses[..6], pause => Come(local, pause / 2)),
                () =>
                {
                    Work(pauses[6] * 4);
                    socket.Close();
                });

            // An event that was running when the listener was closed has ended.
            var last = new LambdaItem(() => { }) { Processor = socket.Processor };
            _world.Scheduler.Post(last);
            Waiting.For(last.HasRun, "the end of what the dispatcher was doing");
            events.CloseTaken();
        }
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    [Fact]
    public void A_datagram_socket_is_closed_while_others_send_receive_and_arm()
    {
        var random = new Random(7);
        for (var round = 0; round < Rounds; round++)
        {
            var socket = _world.Datagram(Loopback(V4));
            var local = socket.Local;
            var pause = random.Next(100_000);
            Parallel.Invoke(
                () =>
                {
                    while (socket.Send(local, 1, 2, 3) == STATUS_SUCCESS)
                    {
                    }
                },
                () =>
                {
                    while (socket.Socket.TryReceive(new byte[9], out _, out _) != STATUS_CANCELLED)
                    {
                        socket.Socket.ArmReceive();
                    }
                },
                () =>
                {
                    Work(pause);
                    socket.Socket.Close();
                });
        }
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    private static void Come(EndpointAddress listener, int pause)
    {
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            Blocking = false,
        };
        try
        {
            peer.Connect(listener.ToIPEndPoint());
        }
        catch (SocketException)
        {
            // Under way, or nobody listens any more.
        }
        Work(pause);
        peer.Close(0);
    }

    private static void Work(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            _ = Environment.CurrentManagedThreadId;
        }
    }

    // Takes what comes and decides every request, on the dispatcher.
    private sealed class RacingEvents : IListenEvents
    {
        private readonly List<IStreamSocket> _taken = [];

        public IListenSocket Listener { get; set; } = null!;

        public void OnAcceptable()
        {
            while (Listener.TryAccept(out var socket, out _) == STATUS_SUCCESS)
            {
                socket!.Attach(new TestEvents());
                lock (_taken)
                {
                    _taken.Add(socket);
                }
            }
            Listener.ArmAccept();
        }

        public void OnRequest(in ConnectionRequest request) =>
            Listener.Decide(request.Id, isAccepted: request.Id % 2 == 0);

        public void OnRequestDropped(ulong requestId)
        {
        }

        public void CloseTaken()
        {
            lock (_taken)
            {
                _taken.ForEach(socket => socket.Close());
            }
        }
    }
}
