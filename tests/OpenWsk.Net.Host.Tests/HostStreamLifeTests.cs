// The object of a stream may become another stream once it is closed, given back and out of its dispatcher's
// loop. It then has nothing of its former life, what is told late about that reaches nobody, and one that
// another thread came near is left alone. Everything happens on the dispatcher's thread. It knows nothing
// about sockets of the system that serve again: SpareSocketTests.cs of the ring.
using System.Runtime.ExceptionServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;
#if RING
using Loop = OpenWsk.Net.Uring.UringLoop;
using Stream = OpenWsk.Net.Uring.Streams.UringStream;
#else
using Loop = OpenWsk.Net.Host.Polling.PollLoop;
using Stream = OpenWsk.Net.Host.Polling.PollStream;
#endif

namespace OpenWsk.Net.Host.Tests;

public sealed class HostStreamLifeTests : IDisposable
{
    // What an object keeps for all its lives: its place, and items that it posts to itself.
    private static readonly string[] s_kept =
    [
        "_uring", "_loops", "_loop", "_gate", "<Transport>k__BackingField", "_idealItem", "_finCheck",
        "_readable", "_kick", "_more",
        // In no list of sockets and not told to be broken: both are looked at before it serves again.
        "_neighbours", "_broken",
    ];

#if RING
    private const bool IsRing = true;
#else
    private const bool IsRing = false;
#endif

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Every_field_of_a_stream_that_begins_anew_is_that_of_a_new_one()
    {
#if RING
        DescriptorStream Make() => Stream.Make(_world.Transport, V4, new TestEvents());
#else
        var loops = Polling.PollLoops.TryCreate(_world.Clock, 1)!;
        using var loop = loops[0];
        DescriptorStream Make() => Stream.Make(_world.Transport, loops, V4, new TestEvents());
#endif
        var used = Make();
        var fresh = Make();
        ObjectFields.Stain(used, fresh, s_kept);
        used.BeginNext(V4, new TestEvents());

        // Nobody's object is its owner's.
        Assert.Equal(["_events"], ObjectFields.Differences(used, fresh, s_kept));
    }

    [Fact]
    public void A_stream_that_was_closed_and_given_back_serves_again()
    {
        var remote = AddressOf(_world.Listen(V4));
        var (first, second, kept) = OnLoop(() =>
        {
            var one = Open(remote);
            one.Close();
            one.GiveBack();
            var count = Loop.Current!.Streams.Count;
            return (one, Open(remote), count);
        });
        Assert.Equal(1, kept);
        Assert.Same(first, second);
        second.Close();
    }

    [Fact]
    public void A_stream_with_a_receive_under_way_serves_again_behind_its_end_which_tells_nobody()
    {
        var listener = _world.Listen(V4);
        var remote = AddressOf(listener);
        var former = new TestEvents();
        var next = new TestEvents();
        var first = OnLoop(() =>
        {
            var one = Open(remote, former);
            one.ArmReceive();
            return one;
        });

        // Closing brings the receive's end about, which a ring hears of in the next turn.
        Assert.Equal(IsRing ? 0 : 1, OnLoop(() =>
        {
            first.Close();
            first.GiveBack();
            return Loop.Current!.Streams.Count;
        }));
        while (OnLoop(() => Loop.Current!.Streams.Count) == 0)
        {
            // Each look is a turn of the dispatcher.
        }
        _ = _world.Accept(listener);
        var second = OnLoop(() =>
        {
            var two = Open(remote, next);
            two.ArmReceive();
            return two;
        });
        Assert.Same(first, second);
        var peer = _world.Accept(listener);
        peer.Send([7]);
        next.WaitReceivable();
        var buffer = new byte[4];
        Assert.Equal(STATUS_SUCCESS, second.TryReceive(buffer, out var bytes));
        Assert.Equal((1, (byte)7), (bytes, buffer[0]));
        Assert.Equal(0, former.Receivables);
        second.Close();
    }

    [Fact]
    public void A_stream_that_another_thread_called_does_not_serve_again()
    {
        var remote = AddressOf(_world.Listen(V4));
        var stream = OnLoop(() => Open(remote));
        Assert.NotEqual(0, stream.LocalAddress.Port);
        Assert.Equal(0, OnLoop(() =>
        {
            stream.Close();
            stream.GiveBack();
            return Loop.Current!.Streams.Count;
        }));
    }

    private DescriptorStream Open(EndpointAddress remote, IStreamEvents? events = null)
    {
        var socket = _world.Create(V4, events);
        Assert.Equal(STATUS_SUCCESS, socket.Bind(EndpointAddress.Wildcard(V4), isShared: false));
        var operation = new TestOperation();
        Assert.True(socket.Connect(remote, operation));
        Assert.Equal(STATUS_SUCCESS, operation.Status);
        return (Stream)socket;
    }

    private T OnLoop<T>(Func<T> work)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var item = new LambdaItem(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        _world.Scheduler.Post(item);
        Waiting.For(item.HasRun, "work on the ring's thread");
        failure?.Throw();
        return result!;
    }
}
