// WskDisconnect and WskDisconnectEvent. Rules DISC-01..16, 18..25, OPEN-14, OPEN-63.
// Sending and receiving after an end: Send/ and Recv/. It knows nothing about silent mode.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class DisconnectTests
{
    private const int MuchBytes = 48 * 1024 * 1024;

    [ArmTheory]
    [Rule("DISC-01")]
    [Rule("IRP-22")]
    public void DISC_01_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var pair = new TestPair(world);
            using var irp = pair.Client.Irp();

            Assert.Equal(STATUS_SUCCESS, pair.Disconnect(irp));
            Assert.Equal((1, STATUS_SUCCESS, false), (irp.Completions, irp.Status, irp.PendingReturned));
            Assert.True(pair.Peer.ReadsEnd());
        },
        new WskSettings { Completion = CompletionMode.Inline },
        (transport, executive) => new EagerTransport(transport, executive));

    [ArmTheory]
    [Rule("DISC-02")]
    [Rule("DISC-06")]
    [Rule("DISC-16")]
    [Rule("DISC-05", Twin.Obeyed)]
    public void DISC_02_a_graceful_disconnect_is_a_fin_and_leaves_the_socket_open(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var irp = pair.Client.Irp();
            Assert.Equal(STATUS_PENDING, pair.Disconnect(irp));
            Assert.True(pair.Peer.ReadsEnd());

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, true), (irp.Completions, irp.PendingReturned));
            Assert.Equal(1, world.Provider.OpenSockets);
            Assert.Equal(STATUS_SUCCESS, pair.Client.RemoteAddress(pair.Socket).Status);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DISC-05", Twin.Violated)]
    [Rule("DISC-04")]
    [Rule("OPEN-05")]
    [InlineData(0u)]
    [InlineData(WSK_FLAG_ABORTIVE)]
    public void DISC_05_an_unconnected_socket_is_refused_and_reported(Arm arm, uint flags) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            client.Bind(socket, client.Any());

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Disconnect(socket, flags));
            Assert.Equal(["DISC-05"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("DISC-07")]
    [Rule("DISC-08")]
    [Rule("DISC-09", Twin.Obeyed)]
    [Rule("MDL-09")]
    public void DISC_07_all_sends_and_the_last_buffer_arrive_before_the_fin(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, MuchBytes);
            var last = new TestBuffer(world.Executive, "goodbye"u8);
            using var send = pair.Client.Irp();
            using var irp = pair.Client.Irp();
            pair.Send(buffer, send);
            pair.Disconnect(irp, 0, last);
            pair.Peer.Receive(MuchBytes);

            Assert.Equal("goodbye"u8.ToArray(), pair.Peer.Receive(7));
            Assert.True(pair.Peer.ReadsEnd());
            Assert.Equal((STATUS_SUCCESS, (nuint)MuchBytes), (send.Wait(), send.Information));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            last.Dispose();
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DISC-09", Twin.Violated)]
    [Rule("DISC-04")]
    public void DISC_09_an_abortive_disconnect_with_a_buffer_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "no"u8);

            Assert.Equal(
                STATUS_INVALID_PARAMETER,
                pair.Client.Run(irp => pair.Disconnect(irp, WSK_FLAG_ABORTIVE, buffer)));
            Assert.Equal(["DISC-09"], world.Breaches);
            pair.Client.Send(pair.Socket, "on"u8);
            Assert.Equal("on"u8.ToArray(), pair.Peer.Receive(2));
        });

    [ArmTheory]
    [Rule("DISC-04")]
    [Rule("OPEN-07")]
    public void DISC_04_unknown_flags_are_refused(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);

        Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.Disconnect(pair.Socket, 0x8000_0000));
        Assert.Equal((STATUS_SUCCESS, (nuint)2), pair.Client.Send(pair.Socket, "on"u8));
    });

    [ArmTheory]
    [Rule("DISC-11")]
    public void DISC_11_it_does_not_end_before_the_transport_is_done(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, MuchBytes);
            using var irp = pair.Client.Irp();
            var isRead = false;
            var wasRead = false;
            irp.OnCompletion = () => wasRead = Volatile.Read(ref isRead);
            Assert.Equal(STATUS_PENDING, pair.Disconnect(irp, 0, buffer));
            if (world.Network is not null)
                Assert.False(irp.WaitUntil(world.Executive.Clock.NowNs + 1_000_000_000));
            Volatile.Write(ref isRead, true);
            pair.Peer.Receive(MuchBytes);

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.True(wasRead);
        });

    [ArmTheory]
    [Rule("DISC-12")]
    [Rule("DISC-14")]
    [Rule("OPEN-14")]
    public void DISC_12_an_abortive_disconnect_ends_the_graceful_one_and_all_sends(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, MuchBytes);
            using var first = pair.Client.Irp();
            using var second = pair.Client.Irp();
            using var graceful = pair.Client.Irp();
            pair.Send(buffer, first);
            pair.Send(buffer, second);
            Assert.Equal(STATUS_PENDING, pair.Disconnect(graceful));

            Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket, WSK_FLAG_ABORTIVE));
            Assert.Equal(STATUS_CANCELLED, first.Wait());
            Assert.Equal(STATUS_CANCELLED, second.Wait());
            Assert.False(graceful.Wait().IsSuccess());
            Assert.Equal((1, 1, 1), (first.Completions, second.Completions, graceful.Completions));
            Assert.False(pair.Peer.ReadsEnd());
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DISC-13")]
    public void DISC_13_a_close_ends_a_graceful_disconnect(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, MuchBytes);
        using var graceful = pair.Client.Irp();
        using var close = pair.Client.Irp();
        Assert.Equal(STATUS_PENDING, pair.Disconnect(graceful, 0, buffer));
        pair.Close(close);

        Assert.Equal(STATUS_SUCCESS, close.Wait());
        Assert.True(graceful.IsCompleted);
        Assert.Equal((1, STATUS_CANCELLED), (graceful.Completions, graceful.Status));
    });

    [ArmTheory]
    [Rule("DISC-06")]
    [Rule("DISC-15")]
    [Rule("OPEN-14")]
    public void DISC_15_an_abortive_disconnect_is_a_reset_and_ends_both_ways(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);
            using var pending = pair.Client.Irp();
            pair.Receive(buffer, pending);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket, WSK_FLAG_ABORTIVE));

            Assert.Equal((STATUS_CONNECTION_ABORTED, (nuint)0), (pending.Wait(), pending.Information));
            Assert.Equal((STATUS_CONNECTION_DISCONNECTED, (nuint)0), pair.Client.Send(pair.Socket, "x"u8));
            Assert.Equal((STATUS_CONNECTION_DISCONNECTED, 0), pair.ReceiveCount(8));
            Assert.False(pair.Peer.ReadsEnd());
        });

    [ArmTheory]
    [Rule("OPEN-63")]
    public void OPEN_63_a_second_graceful_disconnect_fails_and_an_abortive_one_never(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket));
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, pair.Client.Disconnect(pair.Socket));
            Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket, WSK_FLAG_ABORTIVE));
            Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket, WSK_FLAG_ABORTIVE));
        });

    [ArmTheory]
    [Rule("OPEN-63")]
    public void OPEN_63_a_graceful_disconnect_after_the_peers_reset_tells_it(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Peer.Reset();
            Assert.Equal((STATUS_CONNECTION_RESET, 0), pair.ReceiveCount(8));

            Assert.Equal(STATUS_CONNECTION_RESET, pair.Client.Disconnect(pair.Socket));
        });

    [ArmTheory]
    [Rule("DISC-18")]
    [Rule("DISC-19")]
    [Rule("DISC-20")]
    [Rule("IRQL-10")]
    [Rule("DISC-22", Twin.Obeyed)]
    [InlineData(true)]
    [InlineData(false)]
    public void DISC_19_the_event_says_whether_the_peer_reset(Arm arm, bool isReset) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_DISCONNECT);
            if (isReset)
                pair.Peer.Reset();
            else
                pair.Peer.ShutdownSend();
            pair.Events.WaitForDisconnects(1);

            var call = Assert.Single(pair.Events.Disconnects);
            var flags = WSK_FLAG_AT_DISPATCH_LEVEL | (isReset ? WSK_FLAG_ABORTIVE : 0);
            Assert.Equal((flags, Irql.Dispatch), (call.Flags, call.Irql));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("DISC-22", Twin.Violated)]
    [Rule("OPEN-31")]
    public void DISC_22_another_answer_than_success_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        pair.Events.DisconnectAnswer = STATUS_UNSUCCESSFUL;
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_DISCONNECT);
        pair.Peer.ShutdownSend();
        pair.Events.WaitForDisconnects(1);
        pair.Client.Run(irp => pair.Close(irp));

        Assert.Equal(["DISC-22"], world.Breaches);
    });

    [ArmTheory]
    [Rule("DISC-25")]
    [InlineData(0u)]
    [InlineData(WSK_FLAG_ABORTIVE)]
    public void DISC_25_the_clients_own_end_raises_no_event(Arm arm, uint flags) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_DISCONNECT);
            Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket, flags));
            Assert.Equal(flags == 0, pair.Peer.ReadsEnd());
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));

            Assert.Empty(pair.Events.Disconnects);
        });

    [ArmTheory]
    [Rule("OPEN-27")]
    public void OPEN_27_data_and_receives_come_before_the_event(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, 3);
        using var other = new TestBuffer(world.Executive, 0, 3);
        using var data = pair.Client.Irp();
        using var end = pair.Client.Irp();
        pair.Receive(buffer, data, WSK_FLAG_WAITALL);
        pair.Receive(other, end);
        var seen = (Data: 0, End: 0);
        pair.Events.OnDisconnect = _ => seen = (data.Completions, end.Completions);
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_DISCONNECT);
        pair.Peer.Send("abc"u8);
        pair.Peer.ShutdownSend();
        pair.Events.WaitForDisconnects(1);

        Assert.Equal((1, 1), seen);
        Assert.Equal(((nuint)3, (nuint)0), (data.Information, end.Information));
    });

    [ArmTheory]
    [Rule("OPEN-27")]
    public void OPEN_27_data_that_the_client_refuses_does_not_hold_the_event_back(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Events.OnReceive = _ => STATUS_DATA_NOT_ACCEPTED;
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
            pair.Peer.Send("abc"u8);
            pair.Events.WaitForReceives(1);
            pair.Peer.ShutdownSend();
            pair.Events.WaitForDisconnects(1);

            Assert.Equal("abc", pair.ReceiveText(3));
            Assert.Single(pair.Events.Disconnects);
            Assert.Empty(world.Breaches);
        });
}
