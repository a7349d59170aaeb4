// Datagrams that the system has joined on their way in, received by somebody who asked for no such thing:
// they arrive one by one, lent or copied, and the buffer that they share is free when the last is back.
// What a receiver gets who asked for joined ones is in HostDatagramOptionTests.cs, which runs here too.
using OpenWsk.Abi;
using OpenWsk.Net.Host.Tests;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;
using static OpenWsk.Net.Uring.Tests.RingWorld;

namespace OpenWsk.Net.Uring.Tests;

public sealed class JoinedArrivalTests : IDisposable
{
    private const int One = 1000;

    // Linux' SOL_UDP and UDP_GRO.
    private const int UdpLevel = 17;
    private const int UdpGro = 104;

    private readonly RingWorld _world = new();
    private int _sends;

    public static TheoryData<ushort> Families => [V4, V6];

    public void Dispose() => _world.Dispose();

    [RingTheory]
    [MemberData(nameof(Families))]
    public void They_lie_behind_one_another_and_are_lent_one_by_one(ushort family)
    {
        var (from, to) = Pair(family);
        var bytes = Send(from, to, 5 * One + 500);
        var lent = Lend(to, 6, from.Local);

        Assert.Equal(bytes, lent.SelectMany(BytesOf));
        Assert.Equal([One, One, One, One, One, 500], lent.Select(one => one.LengthBytes));
        Assert.All(lent.Zip(lent.Skip(1)), pair =>
            Assert.Equal(pair.First.Address + One, pair.Second.Address));
        lent.ForEach(one => to.Socket.Return(one));
    }

    [RingTheory]
    [MemberData(nameof(Families))]
    public void Taken_as_copies_they_are_datagrams_like_others(ushort family)
    {
        var (from, to) = Pair(family);
        var bytes = Send(from, to, 3 * One);
        to.WaitReceivable();
        for (var i = 0; i < 3; i++)
        {
            var one = to.Receive();
            Assert.Equal(bytes[(i * One)..((i + 1) * One)], one.Bytes);
            Assert.Equal((0, from.Local), (one.Info.SegmentBytes, one.Info.Source));
            Assert.False(one.Info.IsTruncated);
        }
        Assert.Equal(STATUS_PENDING, to.Socket.TryReceive(new byte[1], out _, out _));
    }

    [RingFact]
    public void A_short_buffer_loses_the_rest_of_one_and_nothing_of_the_next()
    {
        var (from, to) = Pair(V4);
        var bytes = Send(from, to, 2 * One);
        to.WaitReceivable();
        var first = to.Receive(room: 10);
        Assert.Equal((10, true), (first.Bytes.Length, first.Info.IsTruncated));
        Assert.Equal(bytes[One..], to.Receive().Bytes);
    }

    [RingFact]
    public void A_buffer_is_free_when_all_of_it_is_back_in_any_order_from_any_thread()
    {
        var (from, to) = Pair(V4);
        var kept = default(LentBytes);
        var expected = Array.Empty<byte>();

        // More rounds than there are buffers: one that was lost each time would end the lending.
        for (var round = 0; round < 200; round++)
        {
            Send(from, to, 4 * One);
            var lent = Lend(to, 4, from.Local);
            if (round == 0)
            {
                kept = lent[1];
                expected = BytesOf(kept);
                lent.RemoveAt(1);
            }
            to.Socket.Return(lent[^1]);
            _world.OnDispatcher(() => lent[..^1].ForEach(one => to.Socket.Return(one)));
            to.Socket.ArmReceive();
        }
        Assert.Equal(expected, BytesOf(kept));
        to.Socket.Return(kept);
    }

    [RingFact]
    public void Who_took_joined_ones_and_takes_no_more_leaves_buffers_to_others()
    {
        var (from, to) = Pair(V4);
        for (var round = 0; round < 50; round++)
        {
            Send(from, to, 4 * One);
            Lend(to, 4, from.Local).ForEach(one => to.Socket.Return(one));
            to.Socket.ArmReceive();
        }
        for (var i = 0; i < 200; i++)
        {
            from.Send(to.Local, (byte)i);

            // Whoever is flooded takes all that has come before it can stop.
            _world.OnDispatcher(() => { });
        }
        var (sender, other) = Pair(V4);
        Send(sender, other, 2 * One);
        Lend(other, 2, sender.Local).ForEach(one => other.Socket.Return(one));
    }

    [RingFact]
    public void Without_buffers_the_systems_own_queue_is_taken_one_by_one()
    {
        var (from, to) = Pair(V4);
        var (sender, keeper) = Pair(V4);
        var kept = new List<LentBytes>();
        while (true)
        {
            keeper.Socket.ArmReceive();
            sender.Send(keeper.Local, 1);
            keeper.WaitReceivable();
            if (keeper.Socket.TryLend(out var lent, out _) != STATUS_SUCCESS)
            {
                break;
            }
            kept.Add(lent);
        }
        for (var round = 0; round < 100; round++)
        {
            var bytes = Send(from, to, 3 * One);
            var received = Enumerable.Range(0, 3).Select(_ => to.Receive()).ToList();
            Assert.Equal(bytes, received.SelectMany(one => one.Bytes));
            Assert.All(received, one => Assert.Equal(0, one.Info.SegmentBytes));
        }
        kept.ForEach(one => keeper.Socket.Return(one));
    }

    [RingFact]
    public void A_limit_that_comes_and_goes_changes_only_how_much_is_shown_at_once()
    {
        var (from, to) = Pair(V4);
        Assert.Equal(1, to.Socket.System(UdpLevel, UdpGro));
        Assert.Equal(STATUS_SUCCESS, to.Socket.Set(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 2500));
        Send(from, to, 3 * One);
        to.WaitReceivable();
        var joined = to.Receive();
        Assert.Equal((2 * One, One), (joined.Bytes.Length, joined.Info.SegmentBytes));

        Assert.Equal(STATUS_SUCCESS, to.Socket.Set(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE, 0));
        Assert.Equal(1, to.Socket.System(UdpLevel, UdpGro));
        Assert.Equal(One, to.Receive().Bytes.Length);
        to.Socket.ArmReceive();
        Send(from, to, 2 * One);
        to.WaitReceivable();
        Assert.Equal(One, to.Receive().Bytes.Length);
        Assert.Equal(One, to.Receive().Bytes.Length);
    }

    // The receiver's wait is in the ring when this returns.
    private (TestDatagramSocket From, TestDatagramSocket To) Pair(ushort family)
    {
        var (from, to) = (_world.Datagram(Loopback(family)), _world.Datagram(Loopback(family)));
        to.Socket.ArmReceive();
        _world.OnDispatcher(() => { });
        return (from, to);
    }

    // No two are alike, so that a buffer that is used again too early shows.
    private byte[] Send(TestDatagramSocket from, TestDatagramSocket to, int bytes)
    {
        var data = Enumerable.Range(0, bytes).Select(i => (byte)(i * 7 + _sends)).ToArray();
        _sends++;
        Assert.Equal(
            STATUS_SUCCESS, from.Send(to.Local, new DatagramControl { SegmentBytes = One }, [data]));
        return data;
    }

    private static List<LentBytes> Lend(TestDatagramSocket to, int count, EndpointAddress source)
    {
        to.WaitReceivable();
        var all = new List<LentBytes>();
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(STATUS_SUCCESS, to.Socket.TryLend(out var lent, out var info));
            Assert.Equal((0, source), (info.SegmentBytes, info.Source));
            all.Add(lent);
        }
        Assert.NotEqual(STATUS_SUCCESS, to.Socket.TryLend(out _, out _));
        return all;
    }

    private static byte[] BytesOf(LentBytes lent) =>
        GuestMemory.Span(lent.Address, lent.LengthBytes).ToArray();
}
