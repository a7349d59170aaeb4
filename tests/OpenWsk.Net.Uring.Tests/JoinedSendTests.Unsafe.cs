// Sends that go to the kernel together: their order, that each ends by itself, and that one can be cancelled
// without harm to the others. All are made on the stream's dispatcher, where sends join. Sends one by one:
// HostStreamDataTests.cs, which runs here too.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Host.Tests;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Uring.Tests;

public sealed unsafe class JoinedSendTests : IDisposable
{
    private const int SmallReceiveBuffer = 4096;
    private readonly HostWorld _world = new();
    private readonly List<NativeSend> _sends = [];

    public void Dispose()
    {
        _world.Dispose();
        _sends.ForEach(send => send.Free());
    }

    [RingFact]
    public void Sends_of_one_turn_go_out_as_one()
    {
        var (socket, peer) = _world.Pair(HostWorld.V4);
        var order = new List<int>();
        var sends = Enumerable.Range(0, 5).Select(i => Make(10 + i, (byte)i, segments: 1 + i)).ToArray();
        for (var i = 0; i < sends.Length; i++)
        {
            var place = i;
            sends[i].Completed = () => order.Add(place);
            sends[i].IsUndelayed = true;
        }
        OnDispatcher(socket, () => Array.ForEach(sends, send => Assert.False(socket.Send(send))));

        // One call of the kernel for all of them is one segment, which arrives as a whole.
        var all = new byte[1000];
        Assert.Equal(60, Waiting.For(peer.ReceiveAsync(all), "bytes at the peer"));
        Assert.Equal(sends.SelectMany(send => send.ToArray()), all[..60]);
        Assert.All(sends, send => Assert.Equal(STATUS_SUCCESS, send.Wait()));
        Assert.Equal([0, 1, 2, 3, 4], order);
        socket.Close();
    }

    [RingFact]
    public void Bytes_keep_their_order_through_short_sends()
    {
        var random = new Random(5);
        var (socket, peer) = _world.Pair(HostWorld.V4, receiveBufferBytes: SmallReceiveBuffer);
        var order = new List<int>();
        var sends = new NativeSend[400];
        for (var i = 0; i < sends.Length; i++)
        {
            var place = i;
            var length = random.Next(4) == 0 ? random.Next(1, 100_000) : random.Next(1, 5_000);
            sends[i] = Make(length, (byte)i, segments: random.Next(1, Math.Min(length, 40)));
            sends[i].Completed = () => order.Add(place);
        }
        for (var i = 0; i < sends.Length; i += 10)
        {
            var turn = sends[i..(i + 10)];
            OnDispatcher(socket, () => Array.ForEach(turn, send => Assert.False(socket.Send(send))));
        }
        var expected = sends.SelectMany(send => send.ToArray()).ToArray();
        Assert.Equal(expected, HostWorld.ReadAtPeer(peer, expected.Length));
        Assert.All(sends, send => Assert.Equal(STATUS_SUCCESS, send.Wait()));
        Assert.Equal(Enumerable.Range(0, sends.Length), order);
        socket.Close();
    }

    [RingFact]
    public void Cancel_takes_one_out_that_nothing_was_sent_of() => CancelOneOfFour(isOnDispatcher: false);

    [RingFact]
    public void Cancel_on_the_dispatcher_does_so_too() => CancelOneOfFour(isOnDispatcher: true);

    [RingFact]
    public void Cancel_of_what_has_gone_out_is_too_late()
    {
        var (socket, peer) = _world.Pair(HostWorld.V4);
        NativeSend[] sends = [Make(16, 1), Make(16, 2), Make(16, 3)];
        OnDispatcher(socket, () =>
        {
            Array.ForEach(sends, send => Assert.False(socket.Send(send)));
            socket.Cancel(sends[1]);
        });
        Assert.All(sends, send => Assert.Equal(STATUS_SUCCESS, send.Wait()));
        Assert.Equal(sends.SelectMany(send => send.ToArray()), HostWorld.ReadAtPeer(peer, 48));
        socket.Close();
    }

    [RingFact]
    public void Abort_ends_all_of_them()
    {
        var (socket, _) = _world.Pair(HostWorld.V4, receiveBufferBytes: SmallReceiveBuffer);
        Fill(socket);
        NativeSend[] sends = [Make(16, 1), Make(16, 2), Make(16, 3)];
        OnDispatcher(socket, () => Array.ForEach(sends, send => Assert.False(socket.Send(send))));
        socket.Cancel(sends[2]);
        socket.Abort();
        Assert.All(sends, send => Assert.Equal(STATUS_CANCELLED, send.Wait()));
        socket.Close();
        Assert.All(sends, send => Assert.Equal(1, send.Completions));
    }

    private void CancelOneOfFour(bool isOnDispatcher)
    {
        var (socket, peer) = _world.Pair(HostWorld.V4, receiveBufferBytes: SmallReceiveBuffer);
        var filled = Fill(socket);
        NativeSend[] sends = [Make(16, 1), Make(16, 2), Make(16, 3), Make(16, 4)];
        OnDispatcher(socket, () => Array.ForEach(sends, send => Assert.False(socket.Send(send))));
        if (isOnDispatcher)
        {
            OnDispatcher(socket, () => socket.Cancel(sends[1]));
        }
        else
        {
            socket.Cancel(sends[1]);
        }
        Assert.Equal(STATUS_CANCELLED, sends[1].Wait());

        byte[] expected = [.. sends[0].ToArray(), .. sends[2].ToArray(), .. sends[3].ToArray()];
        Assert.Equal(expected, HostWorld.ReadAtPeer(peer, filled + expected.Length)[filled..]);
        Assert.All([sends[0], sends[2], sends[3]], send => Assert.Equal(STATUS_SUCCESS, send.Wait()));
        socket.Close();
        Assert.All(sends, send => Assert.Equal(1, send.Completions));
    }

    // Sends past the stream until the system takes no more, and has it take none before most of that is out.
    private static int Fill(IStreamSocket socket)
    {
        var memory = stackalloc byte[4096];
        var vector = new IoVector { Base = memory, Length = 4096 };
        var filled = 0;
        var handle = (int)((HostSocket)socket).Handle!.DangerousGetHandle();
        while (Descriptors.Send(handle, &vector, 1, out var bytes) == Errno.None)
        {
            filled += bytes;
        }

        // The system finds some more room a moment later, when the peer's side has taken what it can hold.
        Assert.Equal(STATUS_SUCCESS, socket.Set(WskConstants.SOL_SOCKET, WskConstants.SO_SNDBUF, 4096));
        return filled;
    }

    private void OnDispatcher(IStreamSocket socket, Action run)
    {
        var item = new LambdaItem(run) { Processor = socket.Processor };
        _world.Scheduler.Post(item);
        Waiting.For(item.HasRun, "an item");
    }

    private NativeSend Make(int length, byte seed, int segments = 1)
    {
        var send = new NativeSend(length, seed, segments);
        _sends.Add(send);
        return send;
    }

    // A send of native memory, in pieces of about one length.
    private sealed class NativeSend : SendOperation
    {
        private readonly AutoResetEvent _completed = new(false);
        private readonly byte* _memory;
        private readonly int _length;

        public NativeSend(int length, byte seed, int segments)
        {
            _length = length;
            SegmentCount = segments;
            _memory = (byte*)NativeMemory.Alloc((nuint)length);
            for (var i = 0; i < length; i++)
            {
                _memory[i] = (byte)((i * 7) + seed);
            }
        }

        public int Completions { get; private set; }

        public Action? Completed { get; set; }

        public override int SegmentCount { get; }

        public override Memory<byte> Segment(int index) => throw new NotSupportedException();

        public override GuestSegment SegmentAt(int index)
        {
            var one = _length / SegmentCount;
            return new GuestSegment(
                (nuint)_memory + (nuint)(index * one),
                index == SegmentCount - 1 ? _length - (index * one) : one);
        }

        public byte[] ToArray() => new ReadOnlySpan<byte>(_memory, _length).ToArray();

        public NTSTATUS Wait()
        {
            Waiting.For(_completed, "completion of a send");
            return Status;
        }

        public void Free() => NativeMemory.Free(_memory);

        protected override void OnCompleted()
        {
            Completions++;
            Completed?.Invoke();
            _completed.Set();
        }
    }
}
