// WskSocketConnect's socket context and callback table: which callbacks are called, with what, and that none
// is before it is enabled. Rules SCONN-14..18, 34, 36, 37. What the callbacks may answer: Recv/ and Disc/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectEventTests
{
    // Points nowhere: the provider must hand it back and never look behind it.
    private const ulong Context = 0xFFFF_A000_1234_5678;

    [ArmTheory]
    [Rule("SCONN-14")]
    [Rule("SCONN-18")]
    [Rule("SCONN-37")]
    [Rule("SCONN-16", Twin.Obeyed)]
    [Rule("EVT-02")]
    [Rule("RECV-22")]
    [Rule("DISC-21")]
    public void SCONN_14_callbacks_of_the_table_get_the_context(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        using var events = new TestEvents(world.Executive);
        var socket = client.Connect(listener.Address, Context, events.Table);
        using var peer = listener.Accept();

        Assert.Equal(STATUS_SUCCESS, client.SetEvents(socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT));
        peer.Send("data"u8);
        events.WaitForBytes(4);
        Assert.Equal("data"u8.ToArray(), events.Shown);
        peer.ShutdownSend();
        events.WaitForDisconnects(1);
        Assert.All(events.Receives, r => Assert.Equal(Context, r.Context));
        Assert.All(events.Disconnects, d => Assert.Equal(Context, d.Context));
        client.Close(socket);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("SCONN-15", Twin.Obeyed)]
    public void SCONN_15_a_context_in_non_paged_pool_is_right(Arm arm) => WithContext(arm, 0x40, []);

    [ArmTheory]
    [Rule("SCONN-15", Twin.Violated)]
    public void SCONN_15_a_context_in_paged_pool_is_reported(Arm arm) =>
        WithContext(arm, 0x100, ["SCONN-15"]);

    [ArmTheory]
    [Rule("SCONN-16", Twin.Violated)]
    public void SCONN_16_a_table_of_no_code_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var table = client.Memory(24);
        GuestMemory.Write(table, 0x1234ul);
        var socket = client.Connect(listener.Address, dispatch: table);

        Assert.Equal(["SCONN-16"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("SCONN-17")]
    [InlineData(false)]
    [InlineData(true)]
    public void SCONN_17_a_table_may_be_null_or_hold_nothing(Arm arm, bool hasTable) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = client.Connect(listener.Address, dispatch: hasTable ? client.Memory(24) : 0);
            using var peer = listener.Accept();
            peer.Send("x"u8);

            Assert.Equal((STATUS_SUCCESS, "x"), Text(client.Receive(socket, 9)));
            client.Close(socket);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("SCONN-36")]
    [Rule("EVT-01")]
    [Rule("RECV-21")]
    [Rule("RECV-46")]
    [Rule("DISC-18")]
    public void SCONN_36_no_callback_is_called_before_it_is_enabled(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            var socket = client.Connect(listener.Address, Context, events.Table);
            using var peer = listener.Accept();
            peer.Send("early"u8);
            // The first byte is taken by a receive, so the data is known to have arrived.
            Assert.Equal((STATUS_SUCCESS, "e"), Text(client.Receive(socket, 1)));
            Assert.Empty(events.Receives);

            client.SetEvents(socket, WSK_EVENT_RECEIVE);
            events.WaitForBytes(4);
            Assert.Equal("arly"u8.ToArray(), events.Shown);
            peer.ShutdownSend();
            // Data refused by nobody and FIN seen by a receive: still no disconnect event, which was not
            // enabled.
            Assert.Equal((STATUS_SUCCESS, ""), Text(client.Receive(socket, 1)));
            Assert.Empty(events.Disconnects);
            client.Close(socket);
            Assert.Empty(events.Disconnects);
        });

    [ArmTheory]
    [Rule("SCONN-36")]
    [Rule("CTLC-22")]
    [Rule("CTLC-24", Twin.Obeyed)]
    public void SCONN_36_static_callbacks_are_enabled_from_the_start(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            Assert.Equal(
                STATUS_SUCCESS,
                client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, client.EventControl(WSK_EVENT_RECEIVE)));
            var socket = client.Connect(listener.Address, Context, events.Table);
            using var peer = listener.Accept();
            peer.Send("static"u8);

            events.WaitForBytes(6);
            Assert.Equal("static"u8.ToArray(), events.Shown);
            Assert.Equal(Context, events.Receives[0].Context);
            client.Close(socket);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-38")]
    public void SCONN_37_callbacks_may_be_enabled_in_the_completion_routine(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            using var irp = client.Irp();
            var enabled = STATUS_UNSUCCESSFUL;
            irp.OnCompletion = () =>
                enabled = client.SetEvents(irp.Irp.Value.IoStatus.Information, WSK_EVENT_RECEIVE);
            client.SocketConnect(
                irp, client.Any(), client.Address(listener.Address), context: Context,
                dispatch: events.Table);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            using var peer = listener.Accept();
            peer.Send("now"u8);

            events.WaitForBytes(3);
            Assert.Equal(STATUS_SUCCESS, enabled);
            client.Close(irp.Information);
        });

    [ArmTheory]
    [Rule("SCONN-34", Twin.Violated)]
    [Rule("OPEN-45")]
    [InlineData(SO_REUSEADDR)]
    [InlineData(SO_EXCLUSIVEADDRUSE)]
    public void SCONN_34_an_option_that_comes_too_late_is_refused_and_reported(Arm arm, uint option) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = client.Connect(listener.Address);

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.SetOption(socket, option, 1));
            Assert.Contains("SCONN-34", world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("SCONN-34", Twin.Obeyed)]
    public void SCONN_34_three_calls_leave_room_for_the_option(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        var socket = client.Socket();
        Assert.Equal(STATUS_SUCCESS, client.SetOption(socket, SO_REUSEADDR, 1));
        Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any()));
        Assert.Equal(STATUS_SUCCESS, client.ConnectTo(socket, client.Address(listener.Address)));

        client.Close(socket);
        Assert.Empty(world.Breaches);
    });

    private static void WithContext(Arm arm, ulong poolFlags, string[] breaches) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var routines = world.Executive.Routines;
            var context = routines.Get(Kernel.Libraries.Ntoskrnl, "ExAllocatePool2")
                .Invoke(world.Executive, [poolFlags, 64, 0x74736554]);
            var socket = client.Connect(listener.Address, context);

            client.Close(socket);
            routines.Get(
                Kernel.Libraries.Ntoskrnl, "ExFreePoolWithTag").Invoke(world.Executive, [context, 0]);
            Assert.Equal(breaches, world.Breaches);
        });

    private static (NTSTATUS Status, string Text) Text((NTSTATUS Status, byte[] Data) received) =>
        (received.Status, System.Text.Encoding.ASCII.GetString(received.Data));
}
