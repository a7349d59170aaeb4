// SIO_WSK_SET_TCP_SILENT_MODE: when it is there, and that only closing is left afterwards. Rules CTLS-47,
// 49..51, SEND-16, DISC-17. That nothing is sent: SilentWireTests.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SilentModeTests
{
    private static readonly EndpointAddress s_elsewhere =
        EndpointAddress.From(System.Net.IPAddress.Parse("192.0.2.7"), 80);

    [ArmTheory]
    [Rule("CTLS-47")]
    [Rule("CTLS-50", Twin.Obeyed)]
    [Rule("CTLS-51", Twin.Obeyed)]
    public void CTLS_47_success_is_told_by_return_and_by_the_irp(Arm arm) => InSilence(arm, (world, pair) =>
    {
        Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Close(irp)));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("SEND-16")]
    [Rule("CTLS-51", Twin.Violated)]
    public void SEND_16_a_send_in_silent_mode_fails_and_is_reported(Arm arm) =>
        InSilence(arm, (world, pair) =>
        {
            Assert.Equal((STATUS_INVALID_DEVICE_STATE, (nuint)0), pair.Client.Send(pair.Socket, "x"u8));
            Assert.Equal(["CTLS-51"], world.Breaches);
        });

    [ArmTheory]
    [Rule("DISC-17")]
    [Rule("CTLS-51", Twin.Violated)]
    [InlineData(0u)]
    [InlineData(WSK_FLAG_ABORTIVE)]
    public void DISC_17_a_disconnect_in_silent_mode_fails_and_is_reported(Arm arm, uint flags) =>
        InSilence(arm, (world, pair) =>
        {
            Assert.Equal(STATUS_INVALID_DEVICE_STATE, pair.Client.Disconnect(pair.Socket, flags));
            Assert.Equal(["CTLS-51"], world.Breaches);
        });

    [ArmTheory]
    [Rule("CTLS-51", Twin.Violated)]
    public void CTLS_51_every_other_call_fails_and_is_reported(Arm arm) => InSilence(arm, (world, pair) =>
    {
        var client = pair.Client;
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Receive(pair.Socket, 1).Status);
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.LocalAddress(pair.Socket).Status);
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.RemoteAddress(pair.Socket).Status);
        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.SetEvents(pair.Socket, WSK_EVENT_RECEIVE));
        Assert.Equal(
            STATUS_INVALID_DEVICE_STATE, client.Ioctl(pair.Socket, SIO_WSK_SET_TCP_SILENT_MODE));
        Assert.Equal(5, world.Breaches.Count(r => r == "CTLS-51"));
    });

    [ArmTheory]
    [Rule("CTLS-49")]
    [Rule("OPEN-51")]
    public void CTLS_49_it_is_not_there_on_loopback(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);

        Assert.Equal(STATUS_NOT_SUPPORTED, pair.Client.Ioctl(pair.Socket, SIO_WSK_SET_TCP_SILENT_MODE));
        Assert.Equal((STATUS_SUCCESS, (nuint)1), pair.Client.Send(pair.Socket, "x"u8));
        Assert.Equal("x"u8.ToArray(), pair.Peer.Receive(1));
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("CTLS-50", Twin.Violated)]
    [Rule("OPEN-51")]
    public void CTLS_50_a_pending_disconnect_refuses_it_and_is_reported(Arm arm) =>
        WithPlan(arm, (world, plan) =>
        {
            using var pair = new TestPair(world);
            plan.Remote = s_elsewhere;
            using var irp = pair.Client.Irp();
            using (new DispatcherHold(world.Executive))
            {
                Assert.Equal(STATUS_PENDING, pair.Disconnect(irp));
                using var silent = pair.Client.Irp();
                Assert.Equal(STATUS_INVALID_DEVICE_STATE, Silence(pair, silent));
                Assert.Equal((1, STATUS_INVALID_DEVICE_STATE), (silent.Completions, silent.Status));
            }
            Assert.Equal(["CTLS-50"], world.Breaches);
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
        });

    [ArmTheory]
    [Rule("CTLS-47")]
    [Rule("CTLS-16", Twin.Violated)]
    public void CTLS_47_it_needs_an_irp_and_a_connection(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();

        Assert.Equal(STATUS_INVALID_DEVICE_STATE, client.Ioctl(socket, SIO_WSK_SET_TCP_SILENT_MODE));
        Assert.Equal(
            STATUS_REQUEST_NOT_ACCEPTED, client.QueryInline(socket, SIO_WSK_SET_TCP_SILENT_MODE, 0).Status);
        client.Close(socket);
    });

    // The path is loopback on both arms; the plan makes it look like another one and takes the silence.
    private static void InSilence(Arm arm, Action<ContractWorld, TestPair> body) =>
        WithPlan(arm, (world, plan) =>
        {
            using var pair = new TestPair(world);
            plan.Remote = s_elsewhere;
            using var irp = pair.Client.Irp();
            Assert.Equal(STATUS_SUCCESS, Silence(pair, irp));
            Assert.Equal((1, STATUS_SUCCESS, (nuint)0), (irp.Completions, irp.Status, irp.Information));
            Assert.Equal(["BecomeSilent"], plan.Calls);

            body(world, pair);
            Assert.Equal(["BecomeSilent"], plan.Calls);
        });

    private static void WithPlan(Arm arm, Action<ContractWorld, PlannedTransport> body)
    {
        var plan = default(PlannedTransport);
        ContractWorld.Run(
            arm, world => body(world, plan!),
            wrap: (inner, executive) =>
                plan = new PlannedTransport(inner, executive) { Silence = STATUS_SUCCESS });
    }

    private static NTSTATUS Silence(TestPair pair, ulong irp) => pair.Client.Control(
        pair.Socket, WSK_CONTROL_SOCKET_TYPE.WskIoctl, SIO_WSK_SET_TCP_SILENT_MODE, 0, 0, 0, 0, 0, 0, irp);
}
