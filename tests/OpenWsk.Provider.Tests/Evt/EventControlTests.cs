// SO_WSK_EVENT_CALLBACK: what a request may name, when it may come, and what it answers when no callback is
// running. Rules EVT-03..07, 10, 14, 17, 21, 23, 33, 36, 37. Disabling from inside a callback:
// EventDisableTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class EventControlTests
{
    [ArmTheory]
    [Rule("EVT-21")]
    [Rule("EVT-36")]
    [Rule("EVT-37")]
    [Rule("EVT-03", Twin.Obeyed)]
    [Rule("EVT-17", Twin.Obeyed)]
    [Rule("EVT-23", Twin.Obeyed)]
    public void EVT_21_two_callbacks_come_by_themselves_with_the_providers_buffers(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            Assert.Equal(
                STATUS_SUCCESS, pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT));
            Assert.Empty(world.Provider.PendingIrps);
            pair.Peer.Send("data"u8);
            pair.Events.WaitForBytes(4);
            pair.Peer.ShutdownSend();
            pair.Events.WaitForDisconnects(1);

            Assert.Equal("data"u8.ToArray(), pair.Events.Shown);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-03", Twin.Violated)]
    [Rule("OPEN-44")]
    public void EVT_03_enabling_with_an_irp_is_done_and_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var irp = pair.Client.Irp();

        Assert.Equal(STATUS_SUCCESS, pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE, irp));
        Assert.Equal((1, STATUS_SUCCESS), (irp.Completions, irp.Status));
        Assert.Equal(["EVT-03"], world.Breaches);
        pair.Peer.Send("x"u8);
        pair.Events.WaitForBytes(1);
    });

    [ArmTheory]
    [Rule("EVT-04")]
    [Rule("EVT-14")]
    [InlineData(WSK_EVENT_RECEIVE)]
    [InlineData(WSK_EVENT_DISCONNECT)]
    [InlineData(WSK_EVENT_SEND_BACKLOG)]
    [InlineData(WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT)]
    [InlineData(WSK_EVENT_RECEIVE | WSK_EVENT_SEND_BACKLOG)]
    [InlineData(WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG)]
    [InlineData(WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG)]
    public void EVT_04_any_combination_enables_what_it_names_and_nothing_else(Arm arm, uint mask) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            AddBacklogCallback(pair);
            Assert.Equal(STATUS_SUCCESS, pair.Client.SetEvents(pair.Socket, mask));
            pair.Peer.Send("x"u8);
            pair.Peer.ShutdownSend();
            if ((mask & WSK_EVENT_RECEIVE) != 0)
                pair.Events.WaitForBytes(1);
            else
                Assert.Equal("x", pair.ReceiveText(1));
            if ((mask & WSK_EVENT_DISCONNECT) != 0)
                pair.Events.WaitForDisconnects(1);
            else
                Assert.Equal((STATUS_SUCCESS, 0), pair.ReceiveCount(1));
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));

            Assert.Equal((mask & WSK_EVENT_RECEIVE) != 0 ? 1 : 0, pair.Events.Receives.Count);
            Assert.Equal((mask & WSK_EVENT_DISCONNECT) != 0 ? 1 : 0, pair.Events.Disconnects.Count);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-14")]
    [Rule("OPEN-38")]
    [InlineData(WSK_EVENT_ACCEPT)]
    [InlineData(WSK_EVENT_RECEIVE_FROM)]
    [InlineData(WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE)]
    [InlineData(WSK_EVENT_DISABLE | WSK_EVENT_ACCEPT)]
    [InlineData(0u)]
    public void EVT_14_events_of_other_categories_are_refused(Arm arm, uint mask) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.SetEvents(pair.Socket, mask));
            pair.Peer.Send("x"u8);
            pair.Peer.ShutdownSend();
            Assert.Equal("x", pair.ReceiveText(1));
            Assert.Empty(pair.Events.Receives);
        });

    [ArmTheory]
    [Rule("EVT-05")]
    [Rule("EVT-07")]
    [Rule("EVT-10")]
    [Rule("EVT-06", Twin.Obeyed)]
    [InlineData(false)]
    [InlineData(true)]
    public void EVT_07_disabling_an_idle_callback_takes_effect_at_once(Arm arm, bool hasIrp) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var irp = pair.Client.Irp();
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);

            Assert.Equal(STATUS_SUCCESS, pair.Client.SetEvents(
                pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE, hasIrp ? (ulong)irp : 0));
            Assert.Equal(hasIrp ? 1 : 0, irp.Completions);
            Assert.Equal(hasIrp, irp.IsCompleted);
            if (hasIrp)
                Assert.Equal((STATUS_SUCCESS, (nuint)0, false), (irp.Status, irp.Information,
                    irp.PendingReturned));
            pair.Peer.Send("quiet"u8);
            pair.Peer.ShutdownSend();
            Assert.Equal("q", pair.ReceiveText(1));
            Assert.Empty(pair.Events.Receives);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE);
            pair.Events.WaitForBytes(4);
            Assert.Equal("uiet"u8.ToArray(), pair.Events.Shown);
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("EVT-06", Twin.Violated)]
    [Rule("OPEN-39")]
    [InlineData(WSK_EVENT_DISABLE)]
    [InlineData(WSK_EVENT_DISABLE | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT)]
    public void EVT_06_a_disable_that_does_not_name_one_event_is_refused_and_reported(Arm arm, uint mask) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            pair.Client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.SetEvents(pair.Socket, mask));
            Assert.Equal(["EVT-06"], world.Breaches);
            // Nothing was disabled.
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
        });

    [ArmTheory]
    [Rule("OPEN-39")]
    [InlineData(WSK_EVENT_DISCONNECT, STATUS_SUCCESS)]
    [InlineData(WSK_EVENT_RECEIVE, STATUS_INVALID_DEVICE_REQUEST)]
    public void OPEN_39_what_is_off_can_be_disabled_and_what_is_static_cannot(
        Arm arm, uint mask, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world, WSK_EVENT_RECEIVE);

            Assert.Equal(expected, pair.Client.SetEvents(pair.Socket, mask | WSK_EVENT_DISABLE));
            pair.Peer.Send("x"u8);
            pair.Events.WaitForBytes(1);
        });

    [ArmTheory]
    [Rule("EVT-17", Twin.Violated)]
    [Rule("OPEN-38")]
    [InlineData(false)]
    [InlineData(true)]
    public void EVT_17_enabling_before_the_connection_is_refused_and_reported(Arm arm, bool isBound) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            var socket = client.Socket(dispatch: events.Table);
            if (isBound)
                client.Bind(socket, client.Any());

            Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.SetEvents(socket, WSK_EVENT_RECEIVE));
            Assert.Equal(["EVT-17"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("EVT-23", Twin.Violated)]
    [Rule("OPEN-37")]
    [InlineData(false)]
    [InlineData(true)]
    public void EVT_23_an_event_without_its_callback_is_refused_and_reported(Arm arm, bool hasTable) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            var socket = client.Connect(listener.Address, dispatch: hasTable ? events.Table : 0);
            // The table has everything but WskSendBacklogEvent.
            var mask = WSK_EVENT_RECEIVE | WSK_EVENT_SEND_BACKLOG;

            Assert.Equal(STATUS_INVALID_PARAMETER, client.SetEvents(socket, mask));
            Assert.Equal(["EVT-23"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("EVT-23", Twin.Violated)]
    public void EVT_23_a_static_event_without_its_callback_is_reported_and_off(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            client.Control(WSK_SET_STATIC_EVENT_CALLBACKS, 16, client.EventControl(WSK_EVENT_RECEIVE));
            var socket = client.Connect(listener.Address);
            using var peer = listener.Accept();
            peer.Send("x"u8);

            Assert.Equal("x"u8.ToArray(), client.Receive(socket, 1).Data);
            Assert.Equal(["EVT-23"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("OPEN-41")]
    [InlineData(true, STATUS_INVALID_PARAMETER)]
    [InlineData(false, STATUS_NOT_SUPPORTED)]
    public void OPEN_41_an_interface_that_is_null_or_unknown_is_refused(
        Arm arm, bool isNull, NTSTATUS expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var input = pair.Client.Memory(16);
            GuestMemory.Write(input, new WSK_EVENT_CALLBACK_CONTROL
            {
                NpiId = new GuestPtr<Guid>(isNull ? 0 : pair.Client.Memory(16)),
                EventMask = WSK_EVENT_RECEIVE,
            });

            Assert.Equal(expected, world.Call(
                TestClient.Functions(pair.Socket).Basic.WskControlSocket, pair.Socket,
                (ulong)WSK_CONTROL_SOCKET_TYPE.WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, 16, input, 0,
                0, 0, 0));
        });

    [ArmTheory]
    [Rule("EVT-33")]
    public void EVT_33_the_client_callback_is_called_for_nothing(Arm arm) => ContractWorld.Run(arm, world =>
    {
        var calls = 0;
        var code = world.Executive.Code.Register(_ =>
        {
            calls++;
            return (uint)STATUS_NOT_IMPLEMENTED;
        });
        using (var listener = world.Listen())
        using (var client = new TestClient(world, clientEvent: code))
        {
            var socket = client.Connect(listener.Address);
            using var peer = listener.Accept();
            client.Send(socket, "x"u8);
            world.Provider.NotifyTransportListChange();
            peer.Reset();
            Assert.Equal(STATUS_CONNECTION_RESET, client.Receive(socket, 1).Status);
            client.Close(socket);
        }
        world.Executive.Code.Unregister(code);

        Assert.Equal(0, calls);
        Assert.Empty(world.Breaches);
    });

    // The provider never calls it yet: the ideal backlog of its transports does not change.
    private static void AddBacklogCallback(TestPair pair)
    {
        ref var table = ref GuestMemory.Ref<WSK_CLIENT_CONNECTION_DISPATCH>((nuint)pair.Events.Table);
        table.WskSendBacklogEvent = table.WskReceiveEvent;
    }
}
