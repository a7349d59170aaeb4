// Calls on one socket from several threads at once, with the peer ending the connection as it likes: whatever
// the order, every operation ends exactly once and nothing is left open.
// It knows nothing about which outcome is right for an order; the other HostStream*Tests do.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostStreamRaceTests : IDisposable
{
    private const int Rounds = 150;

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_operation_ends_once_whatever_the_order(int seed)
    {
        var random = new Random(seed);
        var listener = _world.Listen(V4);
        for (var round = 0; round < Rounds; round++)
        {
            Race(listener, new Random(random.Next()));
        }
        Assert.Equal(0, _world.Transport.OpenSockets);
    }

    [Fact]
    public void Cancel_of_a_connect_races_with_its_success()
    {
        var random = new Random(3);
        var listener = _world.Listen(V4);
        for (var round = 0; round < Rounds; round++)
        {
            var socket = _world.Create(V4);
            Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V4), isShared: false));
            var connect = new TestOperation();
            var isDone = socket.Connect(AddressOf(listener), connect);
            Work(random.Next(2000));
            socket.Cancel(connect);
            var status = isDone ? connect.Status : connect.Wait();
            Assert.Contains(status, new[] { STATUS_SUCCESS, STATUS_CANCELLED });
            socket.Close();
            Assert.Equal(isDone ? 0 : 1, connect.Completions);
        }
    }

    private void Race(TcpListener listener, Random random)
    {
        var events = new TestEvents();
        var socket = _world.Create(V4, events);
        Assert.Equal(STATUS_SUCCESS, Connect(socket, AddressOf(listener)));
        using var peer = _world.Accept(listener);
        var sizes = Enumerable.Range(0, 6).Select(_ => random.Next(1, 1_000_000));
        var sends = sizes.Select(size => new TestSend(new byte[size])).ToArray();
        var isSendDone = new bool[sends.Length];
        var disconnect = new TestOperation();
        var isDisconnectDone = false;
        var pauses = Enumerable.Range(0, 20).Select(_ => random.Next(3000)).ToArray();
        var victim = sends[random.Next(sends.Length)];
        var ending = random.Next(3);

        Action[] actors =
        [
            () =>
            {
                for (var i = 0; i < sends.Length; i++)
                {
                    isSendDone[i] = socket.Send(sends[i]);
                    Work(pauses[i]);
                }
                isDisconnectDone = socket.Disconnect(disconnect);
            },
            () =>
            {
                var buffer = new byte[1000];
                for (var i = 6; i < 14; i++)
                {
                    socket.TryReceive(buffer, out _);
                    socket.ArmReceive();
                    Work(pauses[i]);
                }
                socket.Cancel(victim);
            },
            () => EndPeer(peer, ending, pauses),
        ];
        RunTogether(actors);
        if (ending != 1)
        {
            socket.Abort();
        }
        socket.Close();
        for (var i = 0; i < sends.Length; i++)
        {
            if (!isSendDone[i])
            {
                sends[i].Wait();
            }
            Assert.Equal(isSendDone[i] ? 0 : 1, sends[i].Completions);
        }
        if (!isDisconnectDone)
        {
            disconnect.Wait();
        }
        Assert.Equal(isDisconnectDone ? 0 : 1, disconnect.Completions);
    }

    // Shifts the threads against each other by a little work; nothing depends on how long it takes.
    private static int Work(int steps)
    {
        var hash = new HashCode();
        for (var i = 0; i < steps; i++)
        {
            hash.Add(i);
        }
        return hash.ToHashCode();
    }

    private static void EndPeer(Socket peer, int ending, int[] pauses)
    {
        // The cancelled send may have reset the connection already.
        peer.Send([1, 2, 3], SocketFlags.None, out _);
        Work(pauses[15]);
        if (ending == 0)
        {
            peer.Close(0);
        }
        else if (ending == 1)
        {
            peer.Shutdown(SocketShutdown.Both);
        }
    }

    private void RunTogether(Action[] actors)
    {
        using var started = new Barrier(actors.Length);
        using var ended = new CountdownEvent(actors.Length);
        foreach (var actor in actors)
        {
            _world.Scheduler.StartThread("actor", () =>
            {
                started.SignalAndWait();
                actor();
                ended.Signal();
            });
        }
        Waiting.For(ended.WaitHandle, "the end of every actor");
    }
}
