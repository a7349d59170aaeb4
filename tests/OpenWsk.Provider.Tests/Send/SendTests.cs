// WskSend on a connected socket: completion, order, backpressure, and what ends it. Rules SEND-01..15,
// OPEN-13, 14, 19. Buffers and MDL chains: Mdl/. It knows nothing about silent mode and sockets that no
// longer function.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SendTests
{
    // More than the buffers of two stacks hold, so that it cannot be sent while nobody reads.
    private const int MuchBytes = 48 * 1024 * 1024;

    [ArmTheory]
    [Rule("SEND-01")]
    [Rule("IRP-22")]
    public void SEND_01_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "hello"u8);
            using var irp = pair.Client.Irp();

            Assert.Equal(STATUS_SUCCESS, pair.Send(buffer, irp));
            Assert.Equal((1, STATUS_SUCCESS, (nuint)5), (irp.Completions, irp.Status, irp.Information));
            Assert.False(irp.PendingReturned);
            Assert.Equal("hello"u8.ToArray(), pair.Peer.Receive(5));
        },
        new WskSettings { Completion = CompletionMode.Inline },
        (transport, executive) => new EagerTransport(transport, executive));

    [ArmTheory]
    [Rule("SEND-02")]
    [Rule("SEND-04")]
    [Rule("OBS-11")]
    [Rule("SEND-09", Twin.Obeyed)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(1_000_000)]
    public void SEND_02_a_pended_send_ends_with_all_its_bytes(Arm arm, int length) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var data = Pattern(length);
            using var buffer = new TestBuffer(world.Executive, data);
            using var irp = pair.Client.Irp();
            Assert.Equal(STATUS_PENDING, pair.Send(buffer, irp));
            var received = pair.Peer.Receive(length);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, (nuint)length, true), (irp.Completions, irp.Information, irp.PendingReturned));
            Assert.True(data.AsSpan().SequenceEqual(received));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SEND-03")]
    public void SEND_03_a_send_does_not_end_before_its_data_is_sent(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, MuchBytes);
            using var irp = pair.Client.Irp();
            var isRead = false;
            var wasRead = false;
            irp.OnCompletion = () => wasRead = Volatile.Read(ref isRead);
            Assert.Equal(STATUS_PENDING, pair.Send(buffer, irp));
            if (world.Network is not null)
                Assert.False(irp.WaitUntil(world.Executive.Clock.NowNs + 1_000_000_000));
            Volatile.Write(ref isRead, true);
            pair.Peer.Receive(MuchBytes);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((nuint)MuchBytes, irp.Information);
            Assert.True(wasRead);
        });

    [ArmTheory]
    [Rule("SEND-06")]
    [Rule("SEND-07")]
    [Rule("OPEN-07")]
    [Rule("OPEN-20")]
    [InlineData(1u)]
    [InlineData(0x8000_0000u)]
    public void SEND_06_unknown_flags_are_not_supported(Arm arm, uint flags) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "hello"u8);

            Assert.Equal(STATUS_NOT_SUPPORTED, pair.Client.Run(irp => pair.Send(buffer, irp, flags)));
            Assert.Equal((STATUS_SUCCESS, (nuint)4), pair.Client.Send(pair.Socket, "next"u8));
            Assert.Equal("next"u8.ToArray(), pair.Peer.Receive(4));
        });

    [ArmTheory]
    [Rule("SEND-08")]
    public void SEND_08_nodelay_is_supported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);

        Assert.Equal((STATUS_SUCCESS, (nuint)3), pair.Client.Send(pair.Socket, "now"u8, WSK_FLAG_NODELAY));
        Assert.Equal("now"u8.ToArray(), pair.Peer.Receive(3));
    });

    [ArmTheory]
    [Rule("SEND-09", Twin.Violated)]
    [Rule("SEND-07")]
    [Rule("OPEN-05")]
    [InlineData(false)]
    [InlineData(true)]
    public void SEND_09_an_unconnected_socket_is_refused_and_reported(Arm arm, bool isBound) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            if (isBound)
                client.Bind(socket, client.Any());

            Assert.Equal((STATUS_INVALID_DEVICE_STATE, (nuint)0), client.Send(socket, "x"u8));
            Assert.Equal(["SEND-09"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("SEND-10")]
    public void SEND_10_the_wsk_buf_may_go_after_the_call(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, Pattern(MuchBytes));
        using var irp = pair.Client.Irp();
        Assert.Equal(STATUS_PENDING, pair.Send(buffer, irp));
        buffer.Buf.Value = default;

        Assert.True(Pattern(MuchBytes).AsSpan().SequenceEqual(pair.Peer.Receive(MuchBytes)));
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal((nuint)MuchBytes, irp.Information);
    });

    [ArmTheory]
    [Rule("SEND-11")]
    [Rule("SEND-12")]
    [Rule("IRP-30")]
    public void SEND_11_many_sends_arrive_in_the_order_of_their_calls(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            const int count = 64;
            const int length = 10_000;
            using var pair = new TestPair(world);
            var data = Pattern(count * length);
            var buffers = Enumerable.Range(0, count)
                .Select(i => new TestBuffer(world.Executive, data.AsSpan(i * length, length))).ToList();
            var irps = buffers.Select(_ => pair.Client.Irp()).ToList();
            for (var i = 0; i < count; i++)
                pair.Send(buffers[i], irps[i]);

            Assert.True(data.AsSpan().SequenceEqual(pair.Peer.Receive(data.Length)));
            Assert.All(irps, irp => Assert.Equal(STATUS_SUCCESS, irp.Wait()));
            Assert.All(irps, irp => Assert.Equal((1, (nuint)length), (irp.Completions, irp.Information)));
            irps.ForEach(irp => irp.Dispose());
            buffers.ForEach(buffer => buffer.Dispose());
        });

    [ArmTheory]
    [Rule("SEND-13")]
    [Rule("DISC-23")]
    public void SEND_13_sending_goes_on_after_the_peers_fin(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        pair.Peer.ShutdownSend();
        Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(8));

        Assert.Equal((STATUS_SUCCESS, (nuint)5), pair.Client.Send(pair.Socket, "after"u8));
        Assert.Equal("after"u8.ToArray(), pair.Peer.Receive(5));
    });

    [ArmTheory]
    [Rule("SEND-14")]
    [Rule("DISC-24")]
    [Rule("OPEN-13")]
    public void SEND_14_sending_fails_after_the_peers_reset(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        pair.Peer.Reset();
        Assert.Equal((STATUS_CONNECTION_RESET, 0), pair.ReceiveCount(8));

        Assert.Equal((STATUS_CONNECTION_RESET, (nuint)0), pair.Client.Send(pair.Socket, "x"u8));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("SEND-14")]
    [Rule("OPEN-13")]
    public void SEND_14_a_pending_send_ends_with_the_peers_reset(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, MuchBytes);
        using var irp = pair.Client.Irp();
        Assert.Equal(STATUS_PENDING, pair.Send(buffer, irp));
        pair.Peer.Reset();

        Assert.Equal(STATUS_CONNECTION_RESET, irp.Wait());
        Assert.Equal((nuint)0, irp.Information);
    });

    [ArmTheory]
    [Rule("SEND-15")]
    [Rule("OPEN-14")]
    public void SEND_15_sending_fails_after_a_local_disconnect(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket));

        Assert.Equal((STATUS_CONNECTION_DISCONNECTED, (nuint)0), pair.Client.Send(pair.Socket, "x"u8));
    });

    [ArmTheory]
    [Rule("OPEN-19")]
    [Rule("MDL-04")]
    [InlineData(true)]
    [InlineData(false)]
    public void OPEN_19_nothing_to_send_succeeds_and_sends_nothing(Arm arm, bool hasMdl) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, hasMdl ? [8] : []);
            buffer.Buf.Value.Length = 0;
            buffer.Buf.Value.Offset = hasMdl ? 0u : 77u;
            using var irp = pair.Client.Irp();
            pair.Send(buffer, irp);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((nuint)0, irp.Information);
            pair.Client.Send(pair.Socket, "1"u8);
            Assert.Equal("1"u8.ToArray(), pair.Peer.Receive(1));
            Assert.Empty(world.Breaches);
        });

    private static byte[] Pattern(int length)
    {
        var data = new byte[length];
        for (var i = 0; i < length; i++)
            data[i] = (byte)((i * 31) + (i >> 8));
        return data;
    }
}
