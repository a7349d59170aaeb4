// WskDeregister: what it waits for, what it does not wait for, and what is over when it returns. Rules
// REG-18..27, UNLOAD-04. That it waits is seen by an order of events; on the simulated network also by time
// that passes.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class DeregistrationTests
{
    [ArmTheory]
    [Rule("REG-18")]
    [Rule("NPI-07")]
    [InlineData(1)]
    [InlineData(3)]
    public void REG_18_it_waits_for_every_capture(Arm arm, int captures) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        for (var i = 1; i < captures; i++)
            Assert.Equal(STATUS_SUCCESS, client.Capture(WSK_NO_WAIT));
        Assert.Equal(captures, world.Provider.Captures);
        using var ended = world.StartDeregister(client);
        for (var i = 0; i < captures; i++)
        {
            world.StaysUnset(ended);
            client.Release();
        }
        ended.Wait();
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("REG-19")]
    public void REG_19_it_waits_for_running_calls(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var irp = client.Irp();
        ManagedEvent? ended = null;
        // A refused call completes its IRP before it returns: in there the call is still running.
        irp.OnCompletion = () =>
        {
            client.Release();
            ended = world.StartDeregister(client);
            world.StaysUnset(ended);
        };
        client.SocketConnect(irp, client.Any(), client.Any(), flags: 1);

        ended!.Wait();
        ended.Dispose();
        Assert.Equal(0, world.Provider.Registrations);
    });

    [ArmTheory]
    [Rule("REG-20")]
    [Rule("REG-26")]
    [Rule("CLOSE-19", Twin.Obeyed)]
    public void REG_20_it_waits_for_open_sockets_which_work_on_without_the_capture(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            var socket = client.Connect(listener.Address);
            using var peer = listener.Accept();
            client.Release();
            using var ended = world.StartDeregister(client);
            world.StaysUnset(ended);

            Assert.Equal((STATUS_SUCCESS, (nuint)4), client.Send(socket, "data"u8));
            Assert.Equal("data"u8.ToArray(), peer.Receive(4));
            world.StaysUnset(ended);
            Assert.Equal(STATUS_SUCCESS, client.Close(socket));
            ended.Wait();
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("REG-23")]
    [Rule("CTLC-17")]
    public void REG_23_it_cancels_transport_list_changes(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var irp = client.Irp();
        Assert.Equal(STATUS_PENDING, client.Control(WSK_TRANSPORT_LIST_CHANGE, irp: irp));
        client.Release();
        client.Deregister();

        Assert.Equal(STATUS_CANCELLED, irp.Wait());
        Assert.Equal((1, (nuint)0), (irp.Completions, irp.Information));
    });

    [ArmTheory]
    [Rule("REG-24")]
    [Rule("UNLOAD-04")]
    public void REG_24_afterwards_the_client_is_gone_and_nothing_calls_it(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var events = new TestEvents(world.Executive);
            var socket = client.Connect(listener.Address, dispatch: events.Table);
            using var peer = listener.Accept();
            client.SetEvents(socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT);
            using var receive = client.Irp();
            using var buffer = new TestBuffer(world.Executive, 0, 16);
            world.Call(TestClient.Functions(socket).WskReceive, socket, buffer, 0, receive);
            var (table, clientObject) = (client.Table, client.Client);
            client.Close(socket);
            client.Release();
            client.Deregister();

            Assert.True(receive.IsCompleted);
            Assert.Equal(
                (0, 0, 0), (world.Provider.Registrations, world.Provider.Captures,
                world.Provider.OpenSockets));
            Assert.Empty(world.Provider.PendingIrps);
            var calls = 0;
            world.Watch = e => calls += e.Kind == Ports.KernelEventKind.Callback ? 1 : 0;
            peer.Dispose();
            using var irp = new TestIrp(world.Executive);
            Assert.Equal(
                STATUS_INVALID_HANDLE,
                world.Call(table.WskControlClient, clientObject, WSK_TRANSPORT_LIST_CHANGE, 0, 0, 0, 0, 0,
                irp));
            // The one callback is the completion routine of that call.
            Assert.Equal(1, calls);
            Assert.Empty(events.Receives);
            Assert.Empty(events.Disconnects);
        });

    [ArmTheory]
    [Rule("REG-25")]
    public void REG_25_with_nothing_held_it_does_not_wait(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world, captures: false);
        var before = world.Executive.Clock.NowNs;
        client.Deregister();

        if (world.Network is not null)
            Assert.Equal(before, world.Executive.Clock.NowNs);
        Assert.Equal(0, world.Provider.Registrations);
    });

    [ArmTheory]
    [Rule("REG-27", Twin.Violated)]
    [Rule("OPEN-65")]
    public void REG_27_a_wait_at_dispatch_level_stops_the_driver_and_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            world.Executive.CurrentThread.Irql = Irql.Dispatch;

            Assert.Throws<GuestStoppedException>(client.Deregister);
            world.Executive.CurrentThread.Irql = Irql.Passive;
            Assert.Equal(["IRQL-02", "REG-27"], world.Breaches);
        });

    [ArmTheory]
    [Rule("REG-27", Twin.Obeyed)]
    [Rule("IRQL-01", Twin.Obeyed)]
    [Rule("IRQL-02", Twin.Obeyed)]
    public void REG_27_a_wait_in_a_thread_of_its_own_is_right(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var ended = world.StartDeregister(client);
        client.Release();

        ended.Wait();
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("IRQL-02", Twin.Violated)]
    public void IRQL_02_at_dispatch_level_with_nothing_held_it_is_reported_and_done(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world, captures: false);
            world.AtIrql(Irql.Dispatch, () =>
            {
                client.Deregister();
                return 0;
            });

            Assert.Equal(["IRQL-02"], world.Breaches);
            Assert.Equal(0, world.Provider.Registrations);
        });

    [ArmTheory]
    [Rule("IRQL-01", Twin.Violated)]
    public void IRQL_01_registering_at_dispatch_level_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        world.Executive.CurrentThread.Irql = Irql.Dispatch;
        using (var client = new TestClient(world, captures: false))
            world.Executive.CurrentThread.Irql = Irql.Passive;

        Assert.Equal(["IRQL-01"], world.Breaches);
    });
}
