// WskSocketConnect's return value against its IRP: pended, at once, refused; at DISPATCH_LEVEL; and the
// choice OPEN-17. Inline completion is made by the setting and by a transport whose operations are over at
// once (EagerTransport.cs).
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectCompletionTests
{
    private static WskSettings Inline => new() { Completion = CompletionMode.Inline };

    [ArmTheory]
    [Rule("SCONN-27")]
    [Rule("OBS-05")]
    [Rule("IRP-21")]
    public void SCONN_27_a_pended_connect_ends_through_the_irp(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        using var irp = client.Irp();

        Assert.Equal(
            STATUS_PENDING, client.SocketConnect(irp, client.Any(), client.Address(listener.Address)));
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        Assert.Equal((1, true, Irql.Dispatch), (irp.Completions, irp.PendingReturned, irp.CompletionIrql));
        client.Close(irp.Information);
    });

    [ArmTheory]
    [Rule("SCONN-26")]
    [Rule("SCONN-42")]
    [Rule("IRP-22")]
    [Rule("IRP-23")]
    public void SCONN_26_success_by_return_means_that_the_irp_is_complete(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_SUCCESS, client.SocketConnect(irp, client.Any(), client.Address(listener.Address)));
            Assert.True(irp.IsCompleted);
            Assert.Equal((1, STATUS_SUCCESS, false), (irp.Completions, irp.Status, irp.PendingReturned));
            Assert.Equal((STATUS_SUCCESS, listener.Address), client.RemoteAddress(irp.Information));
            Assert.Equal(STATUS_SUCCESS, client.Close(irp.Information));
        },
        Inline,
        (transport, executive) => new EagerTransport(transport, executive));

    [ArmTheory]
    [Rule("SCONN-28")]
    [Rule("SCONN-42")]
    [Rule("IRP-22")]
    [Rule("IRP-23")]
    public void SCONN_28_failure_by_return_means_that_the_irp_has_failed(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world);
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_CONNECTION_REFUSED,
                client.SocketConnect(irp, client.Any(), client.Address(world.ClosedPort())));
            Assert.True(irp.IsCompleted);
            Assert.Equal(
                (1, STATUS_CONNECTION_REFUSED, false), (irp.Completions, irp.Status, irp.PendingReturned));
            Assert.Equal((nuint)0, irp.Information);
            Assert.Equal(0, world.Provider.OpenSockets);
        },
        Inline,
        (transport, executive) => new EagerTransport(transport, executive));

    [ArmTheory]
    [Rule("SCONN-42")]
    [Rule("OPEN-17")]
    [Rule("OBS-04")]
    public void SCONN_42_what_is_over_at_once_is_pended_all_the_same(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var irp = client.Irp();

            Assert.Equal(
                STATUS_PENDING, client.SocketConnect(irp, client.Any(), client.Address(listener.Address)));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal((1, true), (irp.Completions, irp.PendingReturned));
            client.Close(irp.Information);
        },
        wrap: (transport, executive) => new EagerTransport(transport, executive));

    [ArmTheory]
    [Rule("SCONN-43")]
    [Rule("IRQL-06", Twin.Obeyed)]
    [Rule("IRQL-13")]
    public void SCONN_43_it_may_be_called_at_dispatch_level(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var listener = world.Listen();
        using var client = new TestClient(world);
        using var irp = client.Irp();
        var (local, remote) = (client.Any(), client.Address(listener.Address));

        var status = world.AtIrql(Irql.Dispatch, () => client.SocketConnect(irp, local, remote));
        Assert.Equal(STATUS_PENDING, status);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        client.Close(irp.Information);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("IRQL-06", Twin.Violated)]
    [Rule("OPEN-65")]
    public void IRQL_06_a_call_above_dispatch_level_is_reported_and_done(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var irp = client.Irp();
            var (local, remote) = (client.Any(), client.Address(listener.Address));

            world.AtIrql(3, () => client.SocketConnect(irp, local, remote));
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            client.Close(irp.Information);
            Assert.Equal(["IRQL-06"], world.Breaches);
        });
}
