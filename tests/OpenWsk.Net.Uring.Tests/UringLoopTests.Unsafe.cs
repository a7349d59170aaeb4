// The ring and its loop without any stream: completions reach their targets, wakes from other threads end a
// rest, buffers come back, and the end leaves nothing with the kernel. Sockets are a pair of .NET's own.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Tests;

public sealed unsafe class UringLoopTests
{
    private static readonly UringFeatures s_small =
        UringFeatures.Current with { HasIncrementalBuffers = false };

    [RingFact]
    public void An_operation_completes_with_its_kind_and_result()
    {
        using var loop = Begin(UringFeatures.Current);
        var target = new Target();
        var slot = loop.Add(target);
        loop.Prepare(slot, 7)->Opcode = UringOpcode.Nop;
        RunUntil(loop, () => target.Told.Count == 1);
        Assert.Equal((7, 0), (target.Told[0].Kind, target.Told[0].Result));
        loop.Remove(slot);
    }

    [RingFact]
    public void More_submissions_than_the_queue_has_places_all_complete()
    {
        using var loop = Begin(UringFeatures.Current);
        var target = new Target();
        var slot = loop.Add(target);
        for (var i = 0; i < 5000; i++)
        {
            loop.Prepare(slot, 3)->Opcode = UringOpcode.Nop;
        }
        RunUntil(loop, () => target.Told.Count == 5000);
        loop.Remove(slot);
    }

    [RingFact]
    public void A_wake_of_another_thread_ends_the_rest_also_when_it_comes_first()
    {
        using var loop = Begin(UringFeatures.Current);
        loop.Wake();
        loop.Rest(IParker.Never);
        for (var i = 0; i < 100; i++)
        {
            var waker = Task.Run(loop.Wake);
            loop.Rest(IParker.Never);
            waker.GetAwaiter().GetResult();
        }
    }

    [RingFact]
    public void A_rest_ends_at_its_deadline()
    {
        var clock = new HostClock();
        using var loop = Begin(UringFeatures.Current, clock);
        var deadlineNs = clock.NowNs + 2_000_000;
        while (clock.NowNs < deadlineNs)
        {
            loop.Rest(deadlineNs);
        }
    }

    [RingFact]
    public void A_slot_that_was_freed_hears_nothing_of_its_old_operations()
    {
        var slots = new RingSlots();
        var slot = slots.Add(new Target());
        var name = slots.Begin(slot, 1);
        Assert.NotNull(slots.Find(name, isLast: true, out _));
        slots.Remove(slot);
        Assert.Equal(slot, slots.Add(new Target()));
        Assert.Null(slots.Find(name, isLast: true, out _));
    }

    [RingFact]
    public void Messages_share_a_buffer_and_arrive_whole() => ReceiveMany(UringFeatures.Current);

    [RingFact]
    public void Without_incremental_buffers_messages_arrive_as_well() => ReceiveMany(s_small);

    [RingFact]
    public void Pieces_that_nobody_returns_do_not_stop_the_receive()
    {
        using var loop = Begin(s_small);
        var (near, far) = Connect();
        using var both = near;
        using var other = far;
        var target = StartReceive(loop, near);
        for (var i = 0; i < 1000; i++)
        {
            far.Send([(byte)i]);
            RunUntil(loop, () => target.Pieces.Count == i + 1);
        }
        Assert.Contains(target.Pieces, piece => piece.Buffer == RingPiece.OwnBlock);
        Assert.All(target.Pieces.Select((piece, i) => ((byte)i, *(byte*)piece.Address)),
            pair => Assert.Equal(pair.Item1, pair.Item2));
    }

    private static void ReceiveMany(UringFeatures features)
    {
        using var loop = Begin(features);
        var (near, far) = Connect();
        using var both = near;
        using var other = far;
        var target = StartReceive(loop, near);
        for (var i = 0; i < 3000; i++)
        {
            far.Send([(byte)i, (byte)(i >> 8)]);
            RunUntil(loop, () => target.Pieces.Count == 1);
            var piece = target.Pieces[0];
            Assert.Equal(i, *(ushort*)piece.Address);
            Assert.Equal(2, piece.LengthBytes);
            target.Pieces.Clear();
            if (i % 2 == 0)
            {
                loop.ReturnPiece(piece.Buffer, piece.Address);
            }
            else
            {
                Task.Run(() => loop.ReturnPiece(piece.Buffer, piece.Address)).GetAwaiter().GetResult();
            }
        }
    }

    private static UringLoop Begin(UringFeatures features, IClock? clock = null)
    {
        var loop = new UringLoop(clock ?? new HostClock(), 0, features);
        loop.Begin();
        return loop;
    }

    private static void RunUntil(UringLoop loop, Func<bool> isDone)
    {
        while (!isDone())
        {
            loop.Rest(IParker.Never);
            if (loop.HasWork)
            {
                loop.Completions.Run();
            }
        }
    }

    private static Target StartReceive(UringLoop loop, Socket socket)
    {
        loop.NeedBuffers();
        var target = new Target { Loop = loop };
        var submission = loop.Prepare(loop.Add(target), 2);
        submission->Opcode = UringOpcode.Receive;
        submission->Descriptor = (int)socket.Handle;
        submission->Priority = UringNumbers.RecvMultishot;
        submission->Flags = UringNumbers.SqeBufferSelect;
        submission->BufferGroup = ProvidedBuffers.Group;
        return target;
    }

    private static (Socket Near, Socket Far) Connect()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
        };
        far.Connect(listener.LocalEndpoint);
        return (listener.AcceptSocket(), far);
    }

    private sealed class Target : IRingTarget
    {
        public UringLoop? Loop { get; init; }

        public List<(int Kind, int Result, bool IsLast)> Told { get; } = [];

        public List<RingPiece> Pieces { get; } = [];

        public void OnCompletion(int kind, int result, uint flags, bool isLast)
        {
            Told.Add((kind, result, isLast));
            if ((flags & UringNumbers.CqeBuffer) != 0)
            {
                Pieces.Add(Loop!.TakePiece(result, flags));
            }
        }
    }
}
