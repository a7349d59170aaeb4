// Sending and receiving over the operating system: order, segments, backpressure, readiness, cancellation of
// sends, native memory. How connections end is HostStreamEndTests.cs; what it all costs,
// HostStreamCostTests.cs.
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Net.Host.Tests.HostWorld;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostStreamDataTests : IDisposable
{
    // More than the system buffers on both sides of a loopback connection whose receiver asks for little.
    private const int MoreThanBuffers = 6 * 1024 * 1024;
    private const int SmallReceiveBuffer = 64 * 1024;

    private readonly HostWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<ushort> Families => [WskConstants.AF_INET, WskConstants.AF_INET6];

    [Theory]
    [MemberData(nameof(Families))]
    public void Send_and_receive_move_bytes(ushort family)
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(family, events);
        Assert.Equal(STATUS_SUCCESS, Send(socket, 1, 2, 3));
        Assert.Equal([1, 2, 3], ReadAtPeer(peer, 3));
        peer.Send([4, 5]);
        var buffer = new byte[10];
        Assert.Equal(STATUS_SUCCESS, Receive(socket, events, buffer, out var bytes));
        Assert.Equal([4, 5], buffer[..bytes]);
        socket.Close();
    }

    [Fact]
    public void Send_takes_segments_small_and_large_in_order()
    {
        var random = new Random(1);
        var (socket, peer) = _world.Pair(V4);
        int[] sizes = [1, 3, 40_000, 7, 100, 16_384, 16_383, 70_000, 1];
        var segments = sizes.Select(size => NewBytes(random, size)).ToArray();
        var send = new TestSend([.. segments.Select(s => s.AsMemory())]);
        var isDone = socket.Send(send);
        Assert.Equal(segments.SelectMany(s => s), ReadAtPeer(peer, sizes.Sum()));
        Assert.Equal(STATUS_SUCCESS, isDone ? send.Status : send.Wait());
        socket.Close();
    }

    [Fact]
    public void Send_without_delay_ends_the_systems_delay()
    {
        var (socket, peer) = _world.Pair(V4);
        Assert.Equal(0, socket.System(6, 1));
        SendUndelayed(socket, peer);
        Assert.Equal(1, socket.System(6, 1));

        // The owner's own word, and then another such send.
        Assert.Equal(STATUS_SUCCESS, socket.Set(WskConstants.IPPROTO_TCP, WskConstants.TCP_NODELAY, 0));
        Assert.Equal(0, socket.System(6, 1));
        SendUndelayed(socket, peer);
        Assert.Equal(1, socket.System(6, 1));
        socket.Close();
    }

    [Fact]
    public void Send_of_nothing_is_done_at_once()
    {
        var (socket, _) = _world.Pair(V4);
        var send = new TestSend();
        Assert.True(socket.Send(send));
        Assert.Equal(STATUS_SUCCESS, send.Status);
        socket.Close();
    }

    [Fact]
    public void Send_pends_while_the_peer_does_not_read_and_later_ones_stay_behind_it()
    {
        var random = new Random(2);
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        var big = NewBytes(random, MoreThanBuffers);
        var order = new List<int>();
        var sends = new[]
        {
            new TestSend(big.AsMemory(0, 10), big.AsMemory(10)) { Completed = () => order.Add(0) },
            new TestSend(NewBytes(random, 5), NewBytes(random, 50_000)) { Completed = () => order.Add(1) },
            new TestSend(NewBytes(random, 100)) { Completed = () => order.Add(2) },
        };
        Assert.All(sends, send => Assert.False(socket.Send(send)));
        var sent = sends.SelectMany(s => s.ToArray()).ToArray();
        Assert.Equal(sent, ReadAtPeer(peer, sent.Length));
        Assert.All(sends, send => Assert.Equal(STATUS_SUCCESS, send.Wait()));
        Assert.Equal([0, 1, 2], order);
        socket.Close();
    }

    [Fact]
    public void Cancel_of_a_waiting_send_takes_it_out_whole()
    {
        var random = new Random(3);
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        var first = NewBytes(random, MoreThanBuffers);
        var last = NewBytes(random, 10);
        TestSend[] sends = [new(first), new(NewBytes(random, 1000)), new(NewBytes(random, 1000)), new(last)];
        Assert.All(sends, send => Assert.False(socket.Send(send)));
        socket.Cancel(sends[2]);
        socket.Cancel(sends[1]);
        Assert.Equal(STATUS_CANCELLED, sends[1].Wait());
        Assert.Equal(STATUS_CANCELLED, sends[2].Wait());
        Assert.Equal(first.Concat(last), ReadAtPeer(peer, first.Length + last.Length));
        Assert.Equal(STATUS_SUCCESS, sends[3].Wait());
        socket.Cancel(sends[3]);
        socket.Close();
        Assert.All(sends, send => Assert.Equal(1, send.Completions));
    }

    [Fact]
    public void Cancel_of_the_last_waiting_send_leaves_room_for_another()
    {
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        TestSend[] sends = [new(new byte[MoreThanBuffers]), new(new byte[1000]), new(new byte[] { 9 })];
        Assert.False(socket.Send(sends[0]));
        Assert.False(socket.Send(sends[1]));
        socket.Cancel(sends[1]);
        Assert.False(socket.Send(sends[2]));
        Assert.Equal(9, ReadAtPeer(peer, MoreThanBuffers + 1)[^1]);
        Assert.Equal(STATUS_SUCCESS, sends[2].Wait());
        socket.Close();
    }

    [Fact]
    public void Cancel_of_a_send_that_has_begun_resets_the_connection()
    {
        var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
        TestSend[] sends = [new(new byte[MoreThanBuffers]), new(new byte[1000])];
        Assert.All(sends, send => Assert.False(socket.Send(send)));
        socket.Cancel(sends[0]);
        Assert.All(sends, send => Assert.Equal(STATUS_CANCELLED, send.Wait()));
        Assert.Equal(SocketError.ConnectionReset, HostStreamEndTests.ErrorAtPeer(peer));
        Assert.Equal(STATUS_CONNECTION_ABORTED, Send(socket, 1));
        socket.Close();
    }

    [Fact]
    public void Send_takes_native_memory_as_it_is()
    {
        const int Length = MoreThanBuffers;
        var address = Marshal.AllocHGlobal(Length);
        try
        {
            GuestMemory.Span((nuint)address, Length).Fill(0x5A);
            var (socket, peer) = _world.Pair(V4, receiveBufferBytes: SmallReceiveBuffer);
            using var guest = new GuestBuffer();
            guest.Set((nuint)address, Length);
            var send = new TestSend(guest.Window);
            Assert.False(socket.Send(send));
            Assert.DoesNotContain(ReadAtPeer(peer, Length), b => b != 0x5A);
            Assert.Equal(STATUS_SUCCESS, send.Wait());
            socket.Close();
        }
        finally
        {
            Marshal.FreeHGlobal(address);
        }
    }

    [Fact]
    public void Receive_into_nothing_asks_without_taking()
    {
        var events = new TestEvents();
        var (socket, peer) = _world.Pair(V4, events);
        Assert.Equal(STATUS_PENDING, socket.TryReceive([], out _));
        peer.Send([1]);
        Assert.Equal(STATUS_SUCCESS, Receive(socket, events, [], out var bytes));
        Assert.Equal(0, bytes);
        Assert.Equal(STATUS_SUCCESS, socket.TryReceive([], out _));
        Assert.Equal(STATUS_SUCCESS, socket.TryReceive(new byte[2], out bytes));
        Assert.Equal(1, bytes);
        Assert.Equal(STATUS_PENDING, socket.TryReceive(new byte[2], out bytes));
        Assert.Equal(0, bytes);
        socket.Close();
    }

    [Fact]
    public void ArmReceive_tells_once_each_time_and_on_the_dispatcher()
    {
        var events = new TestEvents();
        var thread = 0;
        events.Receivable = () => thread = Environment.CurrentManagedThreadId;
        var (socket, peer) = _world.Pair(V4, events);
        socket.ArmReceive();
        peer.Send([1]);
        events.WaitReceivable();
        Assert.Equal(1, events.Receivables);
        peer.Send([2]);
        Assert.Equal(2, ReceiveAll(socket, 2));
        Assert.Equal(1, events.Receivables);
        peer.Send([3]);
        socket.ArmReceive();
        events.WaitReceivable();
        Assert.Equal(2, events.Receivables);

        var item = new LambdaItem(() => Assert.Equal(thread, Environment.CurrentManagedThreadId))
        {
            Processor = socket.Processor,
        };
        _world.Scheduler.Post(item);
        Waiting.For(item.HasRun, "the item");
        socket.Close();
    }

    [Fact]
    public void Two_arms_give_two_events()
    {
        var events = new TestEvents();
        using var both = new CountdownEvent(2);
        events.Receivable = () => both.Signal();
        var (socket, peer) = _world.Pair(V4, events);
        socket.ArmReceive();
        socket.ArmReceive();
        peer.Send([1]);
        Waiting.For(both.WaitHandle, "two events");
        socket.Close();
    }

    [Fact]
    public void Calls_before_the_connection_are_state_errors()
    {
        var socket = _world.Create(V4);
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Send(socket, 1));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, socket.TryReceive(new byte[1], out _));
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, Disconnect(socket));
        socket.Close();
    }

    private static int ReceiveAll(IStreamSocket socket, int bytes)
    {
        var got = 0;
        while (got < bytes)
        {
            if (socket.TryReceive(new byte[1], out var n) == STATUS_SUCCESS)
            {
                got += n;
            }
        }
        return got;
    }

    private static byte[] NewBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void SendUndelayed(IStreamSocket socket, Socket peer)
    {
        var send = new TestSend(new byte[] { 1 }) { IsUndelayed = true };
        Assert.Equal(STATUS_SUCCESS, socket.Send(send) ? send.Status : send.Wait());
        Assert.Equal([1], ReadAtPeer(peer, 1));
    }
}
