// Sockets that are no longer functional, by a fault plan of the world or because the transport says so: every
// function but closing fails, what is pending ends. Rules BIND-04, ADDR-03, ADDR-11, CONN-03, CONN-16,
// SEND-05, RECV-12, DISC-03, CTLS-04, CLOSE-18, OPEN-15. Callbacks: Recv/BrokenReceiveEventTests.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class BrokenSocketTests
{
    [ArmTheory]
    [Rule("BIND-04")]
    [InlineData(true)]
    [InlineData(false)]
    public void BIND_04_bind_fails_with_the_irp(Arm arm, bool isPlanned) =>
        Fails(arm, isPlanned, isBound: false, (client, socket) => client.Bind(socket, client.Any()));

    [ArmTheory]
    [Rule("CONN-03")]
    [InlineData(true)]
    [InlineData(false)]
    public void CONN_03_connect_fails_with_the_irp(Arm arm, bool isPlanned) =>
        Fails(arm, isPlanned, isBound: true, (client, socket) =>
            client.ConnectTo(socket, client.Address(client.World.ClosedPort())));

    [ArmTheory]
    [Rule("CONN-16")]
    [InlineData(true)]
    [InlineData(false)]
    public void CONN_16_connect_ex_fails_with_the_irp(Arm arm, bool isPlanned) =>
        Fails(arm, isPlanned, isBound: true, (client, socket) => client.Run(irp => client.World.Call(
            TestClient.Functions(socket).WskConnectEx, socket, client.Address(client.World.ClosedPort()), 0,
            0, irp)));

    [ArmTheory]
    [Rule("ADDR-03")]
    [InlineData(true)]
    [InlineData(false)]
    public void ADDR_03_the_local_address_fails_with_the_irp(Arm arm, bool isPlanned) =>
        Fails(arm, isPlanned, isBound: true, (client, socket) => client.LocalAddress(socket).Status);

    [ArmTheory]
    [Rule("ADDR-11")]
    [InlineData(true)]
    [InlineData(false)]
    public void ADDR_11_the_remote_address_fails_with_the_irp(Arm arm, bool isPlanned) =>
        FailsConnected(arm, isPlanned, (client, socket) => client.RemoteAddress(socket).Status);

    [ArmTheory]
    [Rule("SEND-05")]
    [InlineData(true)]
    [InlineData(false)]
    public void SEND_05_send_fails_with_the_irp(Arm arm, bool isPlanned) =>
        FailsConnected(arm, isPlanned, (client, socket) => client.Send(socket, "x"u8).Status);

    [ArmTheory]
    [Rule("RECV-12")]
    [InlineData(true)]
    [InlineData(false)]
    public void RECV_12_receive_fails_with_the_irp(Arm arm, bool isPlanned) =>
        FailsConnected(arm, isPlanned, (client, socket) => client.Receive(socket, 1).Status);

    [ArmTheory]
    [Rule("DISC-03")]
    [InlineData(true)]
    [InlineData(false)]
    public void DISC_03_disconnect_fails_with_the_irp(Arm arm, bool isPlanned) =>
        FailsConnected(arm, isPlanned, (client, socket) => client.Disconnect(socket));

    [ArmTheory]
    [Rule("CTLS-04")]
    [InlineData(true)]
    [InlineData(false)]
    public void CTLS_04_a_control_fails_with_the_irp(Arm arm, bool isPlanned) =>
        Fails(arm, isPlanned, isBound: false, (client, socket) => client.SetNumber(socket, SO_REUSEADDR, 1));

    [ArmTheory]
    [Rule("CTLS-04")]
    [InlineData(true)]
    [InlineData(false)]
    public void CTLS_04_a_control_without_irp_fails(Arm arm, bool isPlanned) =>
        FailsConnected(arm, isPlanned, (client, socket) => client.SetEvents(socket, WSK_EVENT_RECEIVE));

    [ArmTheory]
    [Rule("OPEN-15")]
    [Rule("CLOSE-18", Twin.Obeyed)]
    [InlineData(true)]
    [InlineData(false)]
    public void OPEN_15_what_is_pending_ends_and_closing_works(Arm arm, bool isPlanned) =>
        WithPlan(arm, (world, plan) =>
        {
            using var pair = new TestPair(world);
            using var receiving = pair.Client.Irp();
            using var changing = pair.Client.Irp();
            using var buffer = new TestBuffer(world.Executive, 0, 4);
            pair.Receive(buffer, receiving);
            pair.Client.Control(
                pair.Socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_ADDRESS_LIST_CHANGE, 0, 0, 0, 0, 0, 0,
                changing);
            Break(world, plan, pair.Socket, isPlanned);

            Assert.Equal(STATUS_FILE_FORCED_CLOSED, receiving.Wait());
            Assert.Equal(STATUS_FILE_FORCED_CLOSED, changing.Wait());
            Assert.Equal((1, 1), (receiving.Completions, changing.Completions));
            Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("OPEN-15")]
    [InlineData(true)]
    [InlineData(false)]
    public void OPEN_15_a_pending_connect_ends(Arm arm, bool isPlanned) => WithPlan(arm, (world, plan) =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();
        client.Bind(socket, client.Any());
        using var irp = client.Irp();
        Assert.Equal(STATUS_PENDING, world.Call(
            TestClient.Functions(socket).WskConnect, socket, client.Address(world.Silent()), 0, irp));
        Break(world, plan, socket, isPlanned);

        Assert.Equal(STATUS_FILE_FORCED_CLOSED, irp.Wait());
        Assert.Equal(STATUS_SUCCESS, client.Close(socket));
    });

    [ArmTheory]
    [Rule("CLOSE-18", Twin.Violated)]
    public void CLOSE_18_another_call_after_the_status_has_told_it_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            Assert.True(world.Provider.BreakSocket(socket));
            Assert.Equal(STATUS_FILE_FORCED_CLOSED, client.Bind(socket, client.Any()));
            Assert.Empty(world.Breaches);

            Assert.Equal(STATUS_FILE_FORCED_CLOSED, client.Bind(socket, client.Any()));
            Assert.Equal(["CLOSE-18"], world.Breaches);
            client.Close(socket);
        });

    [ArmTheory]
    [Rule("OPEN-15")]
    public void OPEN_15_a_plan_can_break_every_open_socket_and_no_other(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            var sockets = new[] { client.Socket(), client.Socket() };
            world.Provider.BreakAllSockets();
            var later = client.Socket();

            foreach (var socket in sockets)
                Assert.Equal(STATUS_FILE_FORCED_CLOSED, client.Bind(socket, client.Any()));
            Assert.Equal(STATUS_SUCCESS, client.Bind(later, client.Any()));
            foreach (var socket in sockets.Append(later))
                Assert.Equal(STATUS_SUCCESS, client.Close(socket));
            Assert.False(world.Provider.BreakSocket(later));
            Assert.Empty(world.Breaches);
        });

    private static void Fails(
        Arm arm, bool isPlanned, bool isBound, Func<TestClient, nuint, NTSTATUS> call) =>
        WithPlan(arm, (world, plan) =>
        {
            using var client = new TestClient(world);
            var socket = client.Socket();
            if (isBound)
                Assert.Equal(STATUS_SUCCESS, client.Bind(socket, client.Any()));
            Break(world, plan, socket, isPlanned);

            Assert.Equal(STATUS_FILE_FORCED_CLOSED, call(client, socket));
            Assert.Empty(world.Breaches);
            Assert.Equal(STATUS_SUCCESS, client.Close(socket));
        });

    private static void FailsConnected(Arm arm, bool isPlanned, Func<TestClient, nuint, NTSTATUS> call) =>
        WithPlan(arm, (world, plan) =>
        {
            using var pair = new TestPair(world);
            Break(world, plan, pair.Socket, isPlanned);

            Assert.Equal(STATUS_FILE_FORCED_CLOSED, call(pair.Client, pair.Socket));
            Assert.Empty(world.Breaches);
        });

    private static void Break(ContractWorld world, PlannedTransport plan, nuint socket, bool isPlanned)
    {
        if (isPlanned)
            Assert.True(world.Provider.BreakSocket(socket));
        else
            plan.Tell(stream => stream.OnBroken());
    }

    private static void WithPlan(Arm arm, Action<ContractWorld, PlannedTransport> body)
    {
        var plan = default(PlannedTransport);
        ContractWorld.Run(
            arm, world => body(world, plan!),
            wrap: (inner, executive) => plan = new PlannedTransport(inner, executive));
    }
}
