// WskCloseSocket: what it ends, in which order, and what the peer sees. Rules CLOSE-01..15, OBS-20, OBS-21.
// It knows nothing about listening and datagram sockets.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class CloseTests
{
    private const int MuchBytes = 48 * 1024 * 1024;

    [ArmTheory]
    [Rule("CLOSE-01")]
    [Rule("IRP-22")]
    public void CLOSE_01_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_SUCCESS, world.Call(TestClient.Functions(socket).Basic.WskCloseSocket, socket, irp));
            Assert.Equal((1, STATUS_SUCCESS, false), (irp.Completions, irp.Status, irp.PendingReturned));
            Assert.Equal(0, world.Provider.OpenSockets);
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("CLOSE-02")]
    [Rule("CLOSE-03")]
    [Rule("CLOSE-04", Twin.Obeyed)]
    [Rule("CLOSE-11", Twin.Obeyed)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void CLOSE_02_closing_succeeds_in_every_state(Arm arm, int steps) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = client.Socket();
            if (steps > 0)
                client.Bind(socket, client.Any());
            if (steps > 1)
                client.ConnectTo(socket, client.Address(listener.Address));
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_PENDING, world.Call(TestClient.Functions(socket).Basic.WskCloseSocket, socket, irp));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, (nuint)0, true), (irp.Completions, irp.Information, irp.PendingReturned));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("CLOSE-03")]
    [Rule("OPEN-13")]
    public void CLOSE_03_closing_succeeds_after_the_peers_reset(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        pair.Peer.Reset();
        Assert.Equal((STATUS_CONNECTION_RESET, 0), pair.ReceiveCount(8));

        Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));
    });

    [ArmTheory]
    [Rule("CLOSE-05")]
    [Rule("CLOSE-06")]
    [Rule("CLOSE-07")]
    [Rule("OPEN-16")]
    [Rule("OBS-21")]
    public void CLOSE_06_pending_irps_are_cancelled_before_the_close_ends(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var small = new TestBuffer(world.Executive, 0, 8);
            using var large = new TestBuffer(world.Executive, 0, MuchBytes);
            var irps = Enumerable.Range(0, 5).Select(_ => pair.Client.Irp()).ToList();
            pair.Receive(small, irps[0]);
            pair.Receive(small, irps[1], WSK_FLAG_WAITALL);
            pair.Send(large, irps[2]);
            pair.Send(large, irps[3]);
            pair.Disconnect(irps[4]);
            using var close = pair.Client.Irp();
            var completedBefore = 0;
            close.OnCompletion = () => completedBefore = irps.Sum(irp => irp.Completions);
            pair.Close(close);

            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal(irps.Count, completedBefore);
            Assert.All(
                irps, irp => Assert.Equal((STATUS_CANCELLED, (nuint)0), (irp.Status, irp.Information)));
            irps.ForEach(irp => irp.Dispose());
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("CLOSE-05")]
    [Rule("CLOSE-06")]
    [Rule("OBS-21")]
    public void CLOSE_06_a_pending_connect_is_cancelled(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();
        client.Bind(socket, client.Any());
        using var connect = client.Irp();
        world.Call(
            TestClient.Functions(socket).WskConnect, socket, client.Address(world.Silent()), 0, connect);

        Assert.Equal(STATUS_SUCCESS, client.Close(socket));
        Assert.True(connect.IsCompleted);
        Assert.Equal((1, STATUS_CANCELLED), (connect.Completions, connect.Status));
    });

    [ArmTheory]
    [Rule("CLOSE-07")]
    public void CLOSE_07_the_close_waits_for_the_completion_routine_that_runs(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);
            using var receive = pair.Client.Irp();
            using var close = pair.Client.Irp();
            using var inside = new ManagedEvent(world.Executive);
            var gate = new CallbackGate(world.Executive);
            var wasClosed = true;
            receive.OnCompletion = () =>
            {
                inside.Set();
                gate.Wait();
                wasClosed = close.IsCompleted;
            };
            pair.Receive(buffer, receive);
            pair.Peer.Send("x"u8);
            inside.Wait();

            // Completions may be inline here, so nothing but the running routine holds the close back.
            Assert.Equal(STATUS_PENDING, pair.Close(close));
            gate.Open();
            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.False(wasClosed);
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("CLOSE-08")]
    [Rule("CLOSE-09")]
    [Rule("OBS-20")]
    [Rule("OPEN-29")]
    public void CLOSE_08_the_close_waits_for_the_callback_that_runs(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var inside = new ManagedEvent(world.Executive);
            using var close = pair.Client.Irp();
            var wasClosed = true;
            // The callback lets another thread close and does not return before that call is through.
            var called = new CallbackGate(world.Executive);
            pair.Events.OnReceive = _ =>
            {
                inside.Set();
                called.Wait();
                wasClosed = close.IsCompleted;
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);
            inside.Wait();
            pair.Close(close);
            called.Open();

            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.False(wasClosed);
            Assert.Single(pair.Events.Receives);
        });

    [ArmTheory]
    [Rule("CLOSE-10")]
    [Rule("EVT-29")]
    public void CLOSE_10_a_close_inside_a_callback_ends_after_it(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var close = pair.Client.Irp();
        var (returned, wasClosed) = (STATUS_UNSUCCESSFUL, true);
        pair.Events.OnReceive = _ =>
        {
            returned = pair.Close(close);
            wasClosed = close.IsCompleted;
            return STATUS_SUCCESS;
        };
        pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
        pair.Peer.Send("x"u8);

        Assert.Equal(STATUS_SUCCESS, close.Wait());
        Assert.Equal((STATUS_PENDING, false), (returned, wasClosed));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CLOSE-11", Twin.Violated)]
    [Rule("OPEN-01")]
    public void CLOSE_11_a_call_during_the_close_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var close = pair.Client.Irp();
            using var late = pair.Client.Irp();
            using var second = pair.Client.Irp();
            var (sent, closed) = (STATUS_SUCCESS, STATUS_SUCCESS);
            // Inside a callback the close cannot end, so these calls come while it runs.
            pair.Events.OnReceive = _ =>
            {
                pair.Close(close);
                sent = pair.Send(buffer, late);
                closed = pair.Close(second);
                return STATUS_SUCCESS;
            };
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Peer.Send("x"u8);

            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal((STATUS_FILE_FORCED_CLOSED, STATUS_FILE_FORCED_CLOSED), (sent, closed));
            Assert.Equal(
                (STATUS_FILE_FORCED_CLOSED, STATUS_FILE_FORCED_CLOSED), (late.Status, second.Status));
            Assert.Equal(["CLOSE-11", "CLOSE-11"], world.Breaches);
        });

    [ArmTheory]
    [Rule("SOCK-37", Twin.Violated)]
    [Rule("OPEN-01")]
    [Rule("OPEN-02")]
    [InlineData(true)]
    [InlineData(false)]
    public void OPEN_02_a_call_on_no_socket_is_refused_and_reported(Arm arm, bool isNull) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            var functions = TestClient.Functions(socket);
            client.Close(socket);
            var status = client.Run(irp => world.Call(
                functions.WskBind, isNull ? 0 : socket, client.Any(), 0, irp));

            Assert.Equal(STATUS_INVALID_HANDLE, status);
            Assert.Equal(["SOCK-37"], world.Breaches);
            Assert.Equal(
                STATUS_INVALID_HANDLE,
                client.Run(irp => world.Call(functions.Basic.WskCloseSocket, isNull ? 0 : socket, irp)));
        });

    [ArmTheory]
    [Rule("CLOSE-12")]
    [Rule("SOCK-36")]
    public void CLOSE_12_the_object_is_gone_when_the_irp_completes(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();
        using var irp = client.Irp();
        var open = -1;
        irp.OnCompletion = () => open = world.Provider.OpenSockets;
        world.Call(TestClient.Functions(socket).Basic.WskCloseSocket, socket, irp);

        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal(0, open);
    });

    [ArmTheory]
    [Rule("CLOSE-14")]
    [Rule("OPEN-67")]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void CLOSE_14_a_close_before_both_fins_is_a_reset(Arm arm, bool isLocalFin, bool isPeerFin) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            if (isLocalFin)
                Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket));
            if (isPeerFin)
            {
                pair.Peer.ShutdownSend();
                Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(8));
            }
            pair.Client.Run(irp => pair.Close(irp));

            // The peer that has read our FIN is told the reset by its next write; the host test of this is
            // the transport's own.
            if (!isLocalFin)
                Assert.False(pair.Peer.ReadsEnd());
        });

    [ArmTheory]
    [Rule("CLOSE-15")]
    public void CLOSE_15_a_close_after_both_fins_is_quiet(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        pair.Peer.ShutdownSend();
        Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(8));
        Assert.Equal(STATUS_SUCCESS, pair.Client.Disconnect(pair.Socket));
        pair.Client.Run(irp => pair.Close(irp));

        Assert.True(pair.Peer.ReadsEnd());
    });
}
