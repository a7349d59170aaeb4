// WskSocketConnect given up: cancelled before the call, while connecting, while it races with success, and
// after it; and WskDeregister while it is pending. Rules SCONN-40, SCONN-41.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class SocketConnectCancelTests
{
    private static readonly EndpointAddress s_loopback = EndpointAddress.From(IPAddress.Loopback, 0);

    [ArmTheory]
    [Rule("SCONN-41")]
    [Rule("IRP-32")]
    [Rule("IRP-33")]
    [Rule("IRP-34")]
    public void SCONN_41_cancelling_a_pending_connect_leaves_nothing(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            // On the host the silent peer is on loopback, on the simulated network it is not.
            var bound = world.Network is null ? s_loopback : EndpointAddress.Wildcard(AF_INET);
            var local = client.Address(client.FreePort(bound));
            var silent = client.Address(world.Silent());
            for (var i = 0; i < 2; i++)
            {
                using var irp = client.Irp();
                Assert.Equal(STATUS_PENDING, client.SocketConnect(irp, local, silent));
                Assert.True(irp.Cancel());
                Assert.Equal(STATUS_CANCELLED, irp.Wait());
                Assert.Equal((1, (nuint)0, true), (irp.Completions, irp.Information, irp.PendingReturned));
                Assert.Equal((nuint)0, irp.CancelRoutineSeen);
                Assert.Equal(0, world.Provider.OpenSockets);
            }
        });

    [ArmTheory]
    [Rule("SCONN-41")]
    public void SCONN_41_an_irp_that_is_cancelled_before_the_call_is_given_up_at_once(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var irp = client.Irp();
            Assert.False(irp.Cancel());

            Assert.Equal(
                STATUS_PENDING, client.SocketConnect(irp, client.Any(), client.Address(world.Silent())));
            Assert.Equal(STATUS_CANCELLED, irp.Wait());
            Assert.Equal((1, (nuint)0), (irp.Completions, irp.Information));
            Assert.Equal(0, world.Provider.OpenSockets);
        });

    [ArmTheory]
    [Rule("SCONN-41")]
    [Rule("IRP-37")]
    public void SCONN_41_cancelling_from_the_completion_on_changes_nothing(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            using var irp = client.Irp();
            bool? hadRoutine = null;
            irp.OnCompletion = () => hadRoutine = irp.Cancel();
            client.SocketConnect(irp, client.Any(), client.Address(listener.Address));

            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.False(hadRoutine);
            Assert.Equal((STATUS_SUCCESS, (nuint)2), client.Send(irp.Information, "ok"u8));
            Assert.Equal(STATUS_SUCCESS, client.Close(irp.Information));
        });

    [ArmTheory]
    [Rule("SCONN-41")]
    [Rule("IRP-36")]
    public void SCONN_41_a_cancel_that_races_with_the_connection_has_one_of_two_clean_ends(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var listener = world.Listen();
            using var client = new TestClient(world);
            for (var i = 0; i < 50; i++)
            {
                using var irp = client.Irp();
                client.SocketConnect(irp, client.Any(), client.Address(listener.Address));
                // On the simulated network each round cancels a little later in the handshake.
                if (world.Network is not null)
                    irp.WaitUntil(world.Executive.Clock.NowNs + (i * 1_000));
                irp.Cancel();
                var status = irp.Wait();
                Assert.Equal(1, irp.Completions);
                Assert.Contains(status, new[] { STATUS_SUCCESS, STATUS_CANCELLED });
                Assert.Equal(status == STATUS_SUCCESS ? 1 : 0, world.Provider.OpenSockets);
                if (status == STATUS_SUCCESS)
                    Assert.Equal(STATUS_SUCCESS, client.Close(irp.Information));
            }
        });

    [ArmTheory]
    [Rule("SCONN-40")]
    [Rule("REG-22")]
    public void SCONN_40_deregistration_waits_for_the_pending_irp(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        using var irp = client.Irp();
        client.SocketConnect(irp, client.Any(), client.Address(world.Silent()));
        client.Release();
        using var ended = world.StartDeregister(client);
        var wasOver = true;
        irp.OnCompletion = () => wasOver = ended.IsSet;

        world.StaysUnset(ended);
        Assert.True(irp.Cancel());
        Assert.Equal(STATUS_CANCELLED, irp.Wait());
        Assert.False(wasOver);
        ended.Wait();
    });
}
