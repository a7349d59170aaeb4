// What only datagram sockets on a ring have: sends that go with the turn and join, datagrams that are lent,
// buffers that run out, an end while the kernel waits. The rules that every transport keeps are Net.Host's
// tests, which run here too (OpenWsk.Net.Uring.Tests.csproj).
using OpenWsk.Abi;
using OpenWsk.Net.Host.Tests;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Uring.Tests.RingWorld;

namespace OpenWsk.Net.Uring.Tests;

public sealed class UringDatagramTests : IDisposable
{
    private readonly RingWorld _world = new();

    public void Dispose() => _world.Dispose();

    [RingFact]
    public void Sends_of_one_turn_arrive_each_as_it_was_sent()
    {
        var (from, to) = Pair();
        var sends = Enumerable.Range(0, 40).Select(i => new FixedSend([1, (byte)i])
        {
            Destination = to.Local,
        }).ToList();
        _world.OnDispatcher(() => sends.ForEach(send => Assert.False(from.Socket.Send(send))));
        Assert.All(sends, send => Assert.Equal(STATUS_SUCCESS, send.Wait()));
        Assert.All(sends, send => Assert.Equal(1, send.Completions));
        for (var i = 0; i < sends.Count; i++)
        {
            Assert.Equal([1, (byte)i], to.Receive().Bytes);
        }
        Assert.Equal(0, to.Receivables);
    }

    [RingFact]
    public void Lengths_and_destinations_are_kept_apart()
    {
        var (from, to) = Pair();
        var other = _world.Datagram(Loopback(V4));
        FixedSend[] sends =
        [
            new([1, 1, 1]) { Destination = to.Local },
            new([2, 2, 2]) { Destination = to.Local },
            new([3]) { Destination = to.Local },
            new([4, 4, 4]) { Destination = to.Local },
            new([5, 5, 5]) { Destination = other.Local },
            new(Array.Empty<byte[]>()) { Destination = to.Local },
            new([[]]) { Destination = to.Local },
            new([6, 6, 6, 6]) { Destination = to.Local },
            new([7, 7, 7, 7]) { Destination = to.Local, Control = new DatagramControl { HopLimit = 9 } },
        ];
        _world.OnDispatcher(() =>
        {
            foreach (var send in sends)
            {
                send.Status = from.Socket.Send(send) ? send.Status : STATUS_PENDING;
            }
        });
        byte[][] expected = [[1, 1, 1], [2, 2, 2], [3], [4, 4, 4], [], [6, 6, 6, 6]];
        Assert.All(expected, bytes => Assert.Equal(bytes, to.Receive().Bytes));
        var last = to.Receive();
        Assert.Equal([7, 7, 7, 7], last.Bytes);
        Assert.Equal(9, (int)last.Info.HopLimit!);
        Assert.Equal([5, 5, 5], other.Receive().Bytes);
    }

    [RingFact]
    public void Messages_of_one_send_go_as_few_submissions_and_arrive_in_order()
    {
        var (from, to) = Pair();
        var messages = Enumerable.Range(0, 150).Select(i => new byte[i % 50 == 49 ? 3 : 1000]).ToArray();
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i][0] = (byte)i;
        }
        to.Socket.Set(SOL_SOCKET, SO_RCVBUF, 4 << 20);
        var send = new FixedSend(messages) { Destination = to.Local };
        _world.OnDispatcher(() => Assert.False(from.Socket.Send(send)));
        Assert.Equal(STATUS_SUCCESS, send.Wait());
        Assert.All(messages, bytes => Assert.Equal(bytes, to.Receive().Bytes));
    }

    [RingFact]
    public void Behind_a_message_that_fails_none_is_sent()
    {
        var (from, to) = Pair();
        var send = new FixedSend([1], new byte[65_508], [2]) { Destination = to.Local };
        _world.OnDispatcher(() => Assert.False(from.Socket.Send(send)));
        Assert.Equal(STATUS_INVALID_BUFFER_SIZE, send.Wait());
        Assert.Equal([1], to.Receive().Bytes);
        Assert.Equal(STATUS_PENDING, to.Socket.TryReceive(new byte[1], out _, out _));
        Assert.Equal(1, send.Completions);
    }

    [RingFact]
    public void What_the_system_does_not_cut_goes_one_by_one()
    {
        // Linux does not cut datagrams without a checksum.
        var (from, to) = Pair();
        Assert.Equal(STATUS_SUCCESS, from.Socket.Set(IPPROTO_UDP, UDP_NOCHECKSUM, 1));
        for (var round = 0; round < 2; round++)
        {
            var send = new FixedSend([1, 2], [3, 4], [5, 6], [7]) { Destination = to.Local };
            _world.OnDispatcher(() => Assert.False(from.Socket.Send(send)));
            Assert.Equal(STATUS_SUCCESS, send.Wait());
            byte[][] expected = [[1, 2], [3, 4], [5, 6], [7]];
            Assert.All(expected, bytes => Assert.Equal(bytes, to.Receive().Bytes));
        }
    }

    [RingFact]
    public void A_lent_datagram_stays_until_it_is_returned_also_after_the_end()
    {
        var (from, to) = Pair();
        var lent = Lend(to, () => from.Send(to.Local, 1, 2, 3), out var info);
        Assert.Equal(from.Local, info.Source);
        var others = Enumerable.Range(0, 300).Select(i => (byte)i).ToList();
        foreach (var one in others)
        {
            to.Socket.ArmReceive();
            from.Send(to.Local, one);
            to.WaitReceivable();
            Assert.Equal([one], to.Receive().Bytes);
        }
        Assert.Equal([1, 2, 3], BytesOf(lent));
        to.Socket.Close();
        Assert.Equal([1, 2, 3], BytesOf(lent));
        to.Socket.Return(lent);
    }

    [RingFact]
    public void Whoever_keeps_what_was_lent_stops_nobody()
    {
        var (from, keeper) = Pair();
        var kept = new List<LentBytes>();
        while (TryLendOne(from, keeper) is { } lent)
        {
            kept.Add(lent);
        }
        Assert.InRange(kept.Count, 32, 128);
        var (sender, other) = Pair();
        for (var i = 0; i < 300; i++)
        {
            sender.Send(other.Local, (byte)i);
            Assert.Equal([(byte)i], other.Receive().Bytes);
        }
        kept.ForEach(lent => keeper.Socket.Return(lent));
        Assert.NotEqual(default, Lend(other, () => sender.Send(other.Local, 5), out _));
    }

    [RingFact]
    public void Datagrams_that_nobody_takes_stop_nobody()
    {
        var (from, idle) = Pair();
        idle.Socket.ArmReceive();
        for (var i = 0; i < 200; i++)
        {
            from.Send(idle.Local, (byte)i);
        }
        var (sender, other) = Pair();
        for (var i = 0; i < 300; i++)
        {
            sender.Send(other.Local, (byte)i);
            Assert.Equal([(byte)i], other.Receive().Bytes);
        }

        // And they are still there, in order.
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal([(byte)i], idle.Receive().Bytes));
    }

    [RingFact]
    public void An_address_is_free_at_once_whoever_closes()
    {
        var local = Loopback(V4, OwnPorts.Next());
        var to = _world.Datagram(local);
        for (var round = 0; round < 20; round++)
        {
            to.Socket.ArmReceive();
            if (round % 2 == 0)
            {
                to.Socket.Close();
            }
            else
            {
                _world.OnDispatcher(to.Socket.Close);
            }
            to = _world.Datagram(local);
            _world.Datagram(Loopback(V4)).Send(local, (byte)round);
            Assert.Equal([(byte)round], to.Receive().Bytes);
        }
    }

    [RingFact]
    public void Refused_datagrams_are_told_to_the_receiver_once()
    {
        var from = _world.Datagram(Loopback(V4));
        from.Socket.Set(IPPROTO_IP, IP_RECVERR, 1);
        Assert.Equal(STATUS_PENDING, from.Socket.TryReceive(new byte[1], out _, out _));
        from.Socket.ArmReceive();
        var send = new FixedSend([1]) { Destination = Loopback(V4, OwnPorts.Next()) };
        _world.OnDispatcher(() => from.Socket.Send(send));
        Assert.Equal(STATUS_SUCCESS, send.Wait());
        from.WaitReceivable();
        Assert.Equal(STATUS_PORT_UNREACHABLE, from.Socket.TryReceive(new byte[1], out _, out _));
        var (other, to) = (_world.Datagram(Loopback(V4)), from);
        other.Send(to.Local, 8);
        Assert.Equal([8], to.Receive().Bytes);
    }

    [RingFact]
    public void The_end_leaves_nothing_behind()
    {
        var world = new RingWorld();
        var from = world.Datagram(Loopback(V4));
        var to = world.Datagram(Loopback(V4));
        to.Socket.ArmReceive();
        from.Send(to.Local, 1);
        to.WaitReceivable();
        Assert.Equal(1, world.Blocks.Count);
        to.Socket.ArmReceive();
        world.Dispose();
        Assert.Equal(0, world.Blocks.Count);
    }

    private (TestDatagramSocket From, TestDatagramSocket To) Pair() =>
        (_world.Datagram(Loopback(V4)), _world.Datagram(Loopback(V4)));

    private static byte[] BytesOf(in LentBytes lent) =>
        GuestMemory.Span(lent.Address, lent.LengthBytes).ToArray();

    private static LentBytes Lend(TestDatagramSocket to, Action send, out DatagramInfo info)
    {
        Assert.NotEqual(STATUS_SUCCESS, to.Socket.TryLend(out _, out _));
        to.Socket.ArmReceive();
        send();
        to.WaitReceivable();
        Assert.Equal(STATUS_SUCCESS, to.Socket.TryLend(out var lent, out info));
        return lent;
    }

    // Null when the transport does not lend any more; the datagram has been taken then.
    private static LentBytes? TryLendOne(TestDatagramSocket from, TestDatagramSocket to)
    {
        to.Socket.ArmReceive();
        from.Send(to.Local, 1);
        to.WaitReceivable();
        if (to.Socket.TryLend(out var lent, out _) == STATUS_SUCCESS)
        {
            return lent;
        }
        Assert.Equal([1], to.Receive().Bytes);
        return null;
    }
}
