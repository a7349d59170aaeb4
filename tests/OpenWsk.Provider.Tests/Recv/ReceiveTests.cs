// WskReceive: completion, flags, order, and the ends of a stream. Rules RECV-01..18, 42..45, OPEN-18, 25, 26.
// Callbacks: ReceiveEventTests.cs.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ReceiveTests
{
    [ArmTheory]
    [Rule("RECV-01")]
    [Rule("IRP-22")]
    public void RECV_01_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var pair = new TestPair(world);
            pair.Peer.Send("hello"u8);
            // The first byte is waited for, so the others have arrived.
            Assert.Equal("h", pair.ReceiveText(1));
            using var buffer = new TestBuffer(world.Executive, 0, 16);
            using var irp = pair.Client.Irp();

            Assert.Equal(STATUS_SUCCESS, pair.Receive(buffer, irp));
            Assert.Equal((1, STATUS_SUCCESS, (nuint)4), (irp.Completions, irp.Status, irp.Information));
            Assert.False(irp.PendingReturned);
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("RECV-02")]
    [Rule("RECV-03")]
    [Rule("OBS-11")]
    [Rule("RECV-14", Twin.Obeyed)]
    public void RECV_02_a_pended_receive_ends_with_what_arrives(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, 64);
        using var irp = pair.Client.Irp();
        Assert.Equal(STATUS_PENDING, pair.Receive(buffer, irp));
        pair.Peer.Send("hello"u8);

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal((1, (nuint)5, true), (irp.Completions, irp.Information, irp.PendingReturned));
        Assert.Equal("hello"u8.ToArray(), buffer.Contents[..5]);
        pair.Peer.Send("abcdef"u8);
        Assert.Equal("abcdef", pair.ReceiveText(4) + pair.ReceiveText(4));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("RECV-04")]
    [Rule("RECV-05")]
    public void RECV_04_zero_bytes_mean_the_peers_fin_for_this_and_every_later_receive(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var buffers = Enumerable.Range(0, 3).Select(_ => new TestBuffer(world.Executive, 0, 16)).ToList();
            var irps = buffers.Select(_ => pair.Client.Irp()).ToList();
            for (var i = 0; i < irps.Count; i++)
                pair.Receive(buffers[i], irps[i]);
            pair.Peer.Send("last"u8);
            Assert.Equal(STATUS_SUCCESS, irps[0].Wait());
            pair.Peer.ShutdownSend();

            Assert.Equal((nuint)4, irps[0].Information);
            Assert.All(
                irps[1..], irp => Assert.Equal((STATUS_SUCCESS, (nuint)0), (irp.Wait(), irp.Information)));
            Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(16));
            Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(16, WSK_FLAG_WAITALL));
            irps.ForEach(irp => irp.Dispose());
            buffers.ForEach(buffer => buffer.Dispose());
        });

    [ArmTheory]
    [Rule("RECV-06")]
    [Rule("RECV-11")]
    public void RECV_06_waitall_waits_until_the_buffer_is_full(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, 6);
        using var irp = pair.Client.Irp();
        pair.Receive(buffer, irp, WSK_FLAG_WAITALL);
        pair.Peer.Send("abc"u8);
        if (world.Network is not null)
            Assert.False(irp.WaitUntil(world.Executive.Clock.NowNs + 1_000_000_000));
        pair.Peer.Send("defgh"u8);

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal((nuint)6, irp.Information);
        Assert.Equal("abcdef"u8.ToArray(), buffer.Contents);
        Assert.Equal("gh", pair.ReceiveText(9));
    });

    [ArmTheory]
    [Rule("RECV-06")]
    [Rule("RECV-45")]
    [Rule("RECV-42")]
    [InlineData(true, STATUS_SUCCESS, 3)]
    [InlineData(false, STATUS_CONNECTION_RESET, 0)]
    public void RECV_45_waitall_ends_with_the_connection(
        Arm arm, bool isGraceful, NTSTATUS expected, int bytes) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 6);
            using var irp = pair.Client.Irp();
            pair.Receive(buffer, irp, WSK_FLAG_WAITALL);
            pair.Peer.Send("abc"u8);
            if (isGraceful)
                pair.Peer.ShutdownSend();
            else
                pair.Peer.Reset();

            Assert.Equal(expected, irp.Wait());
            Assert.Equal((nuint)bytes, irp.Information);
            Assert.Equal((expected, 0), pair.ReceiveCount(8));
        });

    [ArmTheory]
    [Rule("RECV-07")]
    [Rule("RECV-08")]
    [Rule("RECV-11")]
    [Rule("RECV-09", Twin.Obeyed)]
    [Rule("RECV-10", Twin.Obeyed)]
    [InlineData(true, STATUS_SUCCESS)]
    [InlineData(false, STATUS_CONNECTION_RESET)]
    public void RECV_07_drain_throws_data_away_until_the_end(Arm arm, bool isGraceful, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "untouched"u8);
            buffer.Buf.Value.Length = 0;
            using var irp = pair.Client.Irp();
            pair.Receive(buffer, irp, WSK_FLAG_DRAIN);
            pair.Peer.Send(new byte[200_000]);
            if (world.Network is not null)
                Assert.False(irp.WaitUntil(world.Executive.Clock.NowNs + 1_000_000_000));
            if (isGraceful)
                pair.Peer.ShutdownSend();
            else
                pair.Peer.Reset();

            Assert.Equal(expected, irp.Wait());
            Assert.Equal((nuint)0, irp.Information);
            Assert.Equal("untouched"u8.ToArray(), buffer.Contents);
            Assert.Equal((expected, 0), pair.ReceiveCount(8));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("RECV-09", Twin.Violated)]
    [Rule("RECV-10", Twin.Violated)]
    [Rule("RECV-13")]
    [Rule("OPEN-18")]
    [InlineData(WSK_FLAG_DRAIN, "RECV-09")]
    [InlineData(WSK_FLAG_DRAIN | WSK_FLAG_WAITALL, "RECV-10")]
    public void RECV_09_wrong_flags_are_refused_and_reported(Arm arm, uint flags, string rule) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.Run(irp => pair.Receive(buffer, irp, flags)));
            Assert.Equal([rule], world.Breaches);
        });

    [ArmTheory]
    [Rule("RECV-11")]
    [Rule("OPEN-07")]
    [InlineData(1u)]
    [InlineData(0x8000_0000u)]
    public void RECV_11_unknown_flags_are_not_supported(Arm arm, uint flags) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);

            Assert.Equal(STATUS_NOT_SUPPORTED, pair.Client.Run(irp => pair.Receive(buffer, irp, flags)));
        });

    [ArmTheory]
    [Rule("RECV-14", Twin.Violated)]
    [Rule("RECV-13")]
    [Rule("OPEN-05")]
    public void RECV_14_an_unconnected_socket_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Receive(socket, 8).Status);
            Assert.Equal(["RECV-14"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("RECV-15")]
    [Rule("OPEN-25")]
    [Rule("MDL-04")]
    public void RECV_15_a_length_of_zero_takes_nothing_and_ends_at_once(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var nothing = new TestBuffer(world.Executive, 0);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Receive(nothing, irp)));
            pair.Peer.Send("data"u8);

            Assert.Equal("d", pair.ReceiveText(1));
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Receive(nothing, irp)));
            Assert.Equal("ata", pair.ReceiveText(8));
        });

    [ArmTheory]
    [Rule("RECV-17")]
    [Rule("RECV-18")]
    [Rule("IRP-30")]
    public void RECV_18_queued_receives_are_filled_in_order_without_their_wsk_buf(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            const int count = 20;
            const int length = 7;
            using var pair = new TestPair(world);
            var buffers = Enumerable.Range(0, count)
                .Select(_ => new TestBuffer(world.Executive, 0, length)).ToList();
            var irps = buffers.Select(_ => pair.Client.Irp()).ToList();
            var order = new List<int>();
            for (var i = 0; i < count; i++)
            {
                var number = i;
                irps[i].OnCompletion = () => order.Add(number);
                pair.Receive(buffers[i], irps[i], WSK_FLAG_WAITALL);
                buffers[i].Buf.Value = default;
            }
            var data = Enumerable.Range(0, count * length).Select(i => (byte)i).ToArray();
            pair.Peer.Send(data.AsSpan(0, 50));
            pair.Peer.Send(data.AsSpan(50));

            Assert.All(irps, irp => Assert.Equal(STATUS_SUCCESS, irp.Wait()));
            Assert.Equal(data, buffers.SelectMany(buffer => buffer.Contents));
            Assert.Equal(Enumerable.Range(0, count), order);
            irps.ForEach(irp => irp.Dispose());
            buffers.ForEach(buffer => buffer.Dispose());
        });

    [ArmTheory]
    [Rule("RECV-43")]
    [Rule("DISC-10")]
    public void RECV_43_receiving_goes_on_after_a_local_graceful_disconnect(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket));
            Assert.True(pair.Peer.ReadsEnd());
            pair.Peer.Send("still"u8);

            Assert.Equal("still", pair.ReceiveText(5, WSK_FLAG_WAITALL));
            pair.Peer.ShutdownSend();
            Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(8));
        });

    [ArmTheory]
    [Rule("RECV-44")]
    [Rule("IRP-32")]
    [Rule("IRP-33")]
    [Rule("IRP-34")]
    public void RECV_44_a_cancelled_receive_loses_nothing(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var first = new TestBuffer(world.Executive, 0, 8);
        using var second = new TestBuffer(world.Executive, 0, 8);
        using var cancelled = pair.Client.Irp();
        using var kept = pair.Client.Irp();
        pair.Receive(first, cancelled);
        pair.Receive(second, kept);
        Assert.True(cancelled.Cancel());
        Assert.Equal(STATUS_CANCELLED, cancelled.Wait());
        Assert.Equal((1, (nuint)0), (cancelled.Completions, cancelled.Information));
        pair.Peer.Send("whole"u8);

        Assert.Equal(STATUS_SUCCESS, kept.Wait());
        Assert.Equal("whole"u8.ToArray(), second.Contents[..(int)kept.Information]);
    });

    [ArmTheory]
    [Rule("OPEN-26")]
    [Rule("RECV-06")]
    public void OPEN_26_a_cancelled_waitall_gives_what_it_has(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, 8);
        using var irp = pair.Client.Irp();
        pair.Peer.Send("abc"u8);
        // One byte is taken first, so the two others are there when the WAITALL receive starts.
        Assert.Equal("a", pair.ReceiveText(1));
        pair.Receive(buffer, irp, WSK_FLAG_WAITALL);
        irp.Cancel();

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal((nuint)2, irp.Information);
        Assert.Equal("bc"u8.ToArray(), buffer.Contents[..2]);
        pair.Peer.Send("d"u8);
        Assert.Equal("d", pair.ReceiveText(8));
    });

    [ArmTheory]
    [Rule("OPEN-25")]
    public void OPEN_25_a_receive_of_nothing_ends_when_those_before_it_are_cancelled(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);
            using var nothing = new TestBuffer(world.Executive, 0);
            using var first = pair.Client.Irp();
            using var second = pair.Client.Irp();
            pair.Receive(buffer, first);
            pair.Receive(nothing, second);
            Assert.False(second.IsCompleted);
            first.Cancel();

            Assert.Equal(STATUS_CANCELLED, first.Wait());
            Assert.Equal(STATUS_SUCCESS, second.Wait());
            Assert.Equal((nuint)0, second.Information);
        });
}
