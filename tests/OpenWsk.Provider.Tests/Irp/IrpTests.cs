// What every function does with its IRP: needed, without a location, in use, completed under no lock and not
// too deep; and the levels that functions may be called at. Rules of the groups IRP and IRQL that need the
// provider. Allocation, the walk up the stack and cancel routines: the kernel's own tests.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class IrpTests
{
    [ArmTheory]
    [Rule("IRP-41")]
    [Rule("IRP-01", Twin.Violated)]
    [Rule("OPEN-03")]
    [Rule("OBS-02")]
    public void IRP_41_every_function_but_release_needs_an_irp(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, "x"u8);
        var functions = TestClient.Functions(pair.Socket);
        var (socket, address) = (pair.Socket, pair.Client.Any());
        var table = pair.Client.Table;
        var before = world.Provider.OpenSockets;
        NTSTATUS[] answers =
        [
            world.Call(
                table.WskSocket, pair.Client.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                WSK_FLAG_CONNECTION_SOCKET, 0, 0, 0, 0, 0, 0),
            world.Call(table.WskGetAddressInfo, pair.Client.Client, 0, 0, 0, 0, 0, 0, 0, 0, 0),
            world.Call(table.WskGetNameInfo, pair.Client.Client, 0, 0, 0, 0, 0, 0, 0, 0),
            world.Call(functions.WskBind, socket, address, 0, 0),
            world.Call(functions.WskConnect, socket, address, 0, 0),
            world.Call(functions.WskConnectEx, socket, address, 0, 0, 0),
            world.Call(functions.WskGetLocalAddress, socket, address, 0),
            world.Call(functions.WskGetRemoteAddress, socket, address, 0),
            world.Call(functions.WskSend, socket, buffer, 0, 0),
            world.Call(functions.WskReceive, socket, buffer, 0, 0),
            world.Call(functions.WskDisconnect, socket, 0, 0, 0),
            world.Call(functions.Basic.WskCloseSocket, socket, 0),
        ];

        Assert.All(answers, answer => Assert.Equal(STATUS_INVALID_PARAMETER, answer));
        Assert.Equal(answers.Length - 2, world.Breaches.Count(rule => rule == "IRP-01"));
        Assert.Equal(2, world.Breaches.Count(rule => rule == "NAME-20"));
        Assert.Equal(answers.Length, world.Breaches.Count);
        // No side effect: the socket still works, and there is no other.
        Assert.Equal(before, world.Provider.OpenSockets);
        pair.Client.Send(pair.Socket, "y"u8);
        Assert.Equal("y"u8.ToArray(), pair.Peer.Receive(1));
    });

    [ArmTheory]
    [Rule("IRP-01", Twin.Obeyed)]
    [Rule("IRP-02", Twin.Obeyed)]
    [Rule("IRP-20")]
    [Rule("IRP-21")]
    [Rule("IRP-28")]
    [Rule("IRQL-11")]
    public void IRP_20_an_irp_is_completed_once_at_dispatch_level_or_below(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var irp = pair.Client.Irp();
            var memory = pair.Client.Memory(28);
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(
                    STATUS_PENDING,
                    world.Call(TestClient.Functions(pair.Socket).WskGetLocalAddress, pair.Socket, memory,
                    irp));
                Assert.Equal(STATUS_SUCCESS, irp.Wait());
                Assert.Equal((i + 1, true), (irp.Completions, irp.PendingReturned));
                Assert.True(irp.CompletionIrql <= Irql.Dispatch);
                irp.Reuse();
            }
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("IRP-02", Twin.Violated)]
    public void IRP_02_an_irp_without_stack_location_is_refused_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var routines = world.Executive.Routines;
            var irp = routines.Get(Libraries.Ntoskrnl, "IoAllocateIrp").Invoke(world.Executive, [0, 0]);

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Disconnect(irp));
            Assert.Equal(["IRP-02"], world.Breaches);
            routines.Get(Libraries.Ntoskrnl, "IoFreeIrp").Invoke(world.Executive, [irp]);
            Assert.Equal((STATUS_SUCCESS, (nuint)1), pair.Client.Send(pair.Socket, "x"u8));
        });

    [ArmTheory]
    [Rule("IRP-39", Twin.Violated)]
    public void IRP_39_an_irp_that_is_pending_is_not_taken_twice_and_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);
            using var irp = pair.Client.Irp();
            pair.Receive(buffer, irp);

            Assert.False(pair.Receive(buffer, irp).IsSuccess());
            Assert.Equal(["IRP-39"], world.Breaches);
            pair.Peer.Send("once"u8);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, (nuint)4), (irp.Completions, irp.Information));
        });

    [ArmTheory]
    [Rule("IRP-44")]
    public void IRP_44_others_can_use_the_socket_while_a_completion_routine_runs(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 8);
            using var sent = new TestBuffer(world.Executive, "during"u8);
            using var receive = pair.Client.Irp();
            using var send = pair.Client.Irp();
            using var create = pair.Client.Irp();
            using var inside = new ManagedEvent(world.Executive);
            var gate = new CallbackGate(world.Executive);
            receive.OnCompletion = () =>
            {
                inside.Set();
                gate.Wait();
            };
            pair.Receive(buffer, receive);
            pair.Peer.Send("x"u8);
            inside.Wait();
            // A lock that the completion held would stop these calls for ever.
            Assert.Equal(STATUS_PENDING, pair.Send(sent, send));
            Assert.Equal(STATUS_PENDING, world.Call(
                pair.Client.Table.WskSocket, pair.Client.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                WSK_FLAG_CONNECTION_SOCKET, 0, 0, 0, 0, 0, create));
            gate.Open();

            Assert.Equal(STATUS_SUCCESS, receive.Wait());
            Assert.Equal(STATUS_SUCCESS, send.Wait());
            Assert.Equal(STATUS_SUCCESS, create.Wait());
            pair.Client.Close(create.Information);
        });

    [ArmTheory]
    [Rule("OPEN-57")]
    [Rule("OBS-22")]
    [Rule("DIFF-14")]
    public void OPEN_57_inline_completions_nest_to_a_small_depth_only(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            const int count = 40;
            using var pair = new TestPair(world);
            var memory = pair.Client.Memory(28);
            var irps = Enumerable.Range(0, count).Select(_ => pair.Client.Irp()).ToList();
            // Of each thread its own: the dispatcher goes on with the chain where the depth is reached.
            using var depth = new ThreadLocal<int>();
            var deepest = 0;
            var gate = new Lock();
            NTSTATUS Ask(int i) => world.Call(
                TestClient.Functions(pair.Socket).WskGetLocalAddress, pair.Socket, memory, irps[i]);
            for (var i = 0; i < count - 1; i++)
            {
                var next = i + 1;
                irps[i].OnCompletion = () =>
                {
                    depth.Value++;
                    lock (gate)
                        deepest = Math.Max(deepest, depth.Value);
                    Ask(next);
                    depth.Value--;
                };
            }
            Assert.Equal(STATUS_SUCCESS, Ask(0));

            Assert.All(irps, irp => Assert.Equal(STATUS_SUCCESS, irp.Wait()));
            Assert.InRange(deepest, 2, world.Provider.Settings.InlineDepthMax + 1);
            irps.ForEach(irp => irp.Dispose());
        },
        new WskSettings { Completion = CompletionMode.Inline });

    [ArmTheory]
    [Rule("IRQL-07", Twin.Violated)]
    [Rule("OPEN-65")]
    public void IRQL_07_a_socket_function_above_dispatch_level_is_reported_and_done(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, "x"u8);
            using var irp = pair.Client.Irp();
            world.AtIrql(3, () => pair.Send(buffer, irp));

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(["IRQL-07"], world.Breaches);
        });

    [ArmTheory]
    [Rule("IRQL-13")]
    [Rule("IRQL-07", Twin.Obeyed)]
    public void IRQL_13_functions_work_at_dispatch_level_and_leave_it(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var data = new TestBuffer(world.Executive, "data"u8);
            using var room = new TestBuffer(world.Executive, 0, 8);
            using var send = pair.Client.Irp();
            using var receive = pair.Client.Irp();
            using var disconnect = pair.Client.Irp();
            using var close = pair.Client.Irp();
            world.AtIrql(Irql.Dispatch, () => pair.Receive(room, receive));
            world.AtIrql(Irql.Dispatch, () => pair.Send(data, send));
            world.AtIrql(Irql.Dispatch, () => pair.Disconnect(disconnect));
            Assert.Equal("data"u8.ToArray(), pair.Peer.Receive(4));
            Assert.Equal(STATUS_SUCCESS, disconnect.Wait());
            world.AtIrql(Irql.Dispatch, () => pair.Close(close));

            Assert.Equal(STATUS_SUCCESS, close.Wait());
            Assert.Equal((STATUS_SUCCESS, STATUS_CANCELLED), (send.Status, receive.Status));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("IRQL-09", Twin.Violated)]
    public void IRQL_09_name_functions_above_passive_level_are_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var address = client.Irp();
            using var name = client.Irp();
            world.AtIrql(Irql.Dispatch, () => world.Call(
                client.Table.WskGetAddressInfo, client.Client, 0, 0, 0, 0, 0, 0, 0, 0, address));
            world.AtIrql(Irql.Dispatch, () => world.Call(
                client.Table.WskGetNameInfo, client.Client, 0, 0, 0, 0, 0, 0, 0, name));

            Assert.Equal(2, world.Breaches.Count(rule => rule == "IRQL-09"));
        });
}
