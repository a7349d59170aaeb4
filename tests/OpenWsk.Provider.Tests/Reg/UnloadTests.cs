// What must be over when DriverUnload returns. Rules UNLOAD-01..03, 05..07, CLOSE-19. The loader says when
// that is; here the test does, for an image that is everywhere.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Provider.Tests.Nmr;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class UnloadTests
{
    [ArmTheory]
    [Rule("UNLOAD-01", Twin.Violated)]
    [Rule("UNLOAD-02", Twin.Violated)]
    [Rule("UNLOAD-03", Twin.Violated)]
    public void UNLOAD_01_returning_while_registered_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        world.Executive.NotifyUnloaded(GuestRange.All);
        Assert.Equal(["UNLOAD-01", "UNLOAD-02", "UNLOAD-03"], world.Breaches);
    });

    [ArmTheory]
    [Rule("UNLOAD-01", Twin.Obeyed)]
    [Rule("UNLOAD-02", Twin.Obeyed)]
    [Rule("UNLOAD-03", Twin.Obeyed)]
    [Rule("UNLOAD-06", Twin.Obeyed)]
    [Rule("UNLOAD-07", Twin.Obeyed)]
    [Rule("CLOSE-19", Twin.Obeyed)]
    public void UNLOAD_01_returning_after_wsk_deregister_is_fine(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        client.Close(client.Socket());
        client.Release();
        // Another thread than that of Unload may have deregistered (UNLOAD-03).
        using (var ended = world.Start(client.Deregister))
            ended.Wait();
        world.Executive.NotifyUnloaded(GuestRange.All);
        Assert.Empty(world.Breaches);
    });

    [ArmTheory]
    [Rule("UNLOAD-01", Twin.Obeyed)]
    public void UNLOAD_01_the_registrations_of_other_drivers_do_not_count(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            world.Executive.NotifyUnloaded(new GuestRange(0x1000, 0x1000));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("UNLOAD-06", Twin.Violated)]
    [Rule("CLOSE-19", Twin.Violated)]
    public void UNLOAD_06_returning_with_open_sockets_is_reported(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        var socket = client.Socket();
        world.Executive.NotifyUnloaded(GuestRange.All);
        Assert.Equal(
            ["UNLOAD-01", "UNLOAD-02", "UNLOAD-03", "UNLOAD-06", "CLOSE-19"], world.Breaches);
        client.Close(socket);
    });

    [ArmTheory]
    [Rule("UNLOAD-07", Twin.Violated)]
    public void UNLOAD_07_returning_with_a_completion_routine_to_come_is_reported(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            using var irp = client.Irp();
            Assert.Equal(STATUS_PENDING, client.Control(WSK_TRANSPORT_LIST_CHANGE, irp: irp));
            world.Executive.NotifyUnloaded(GuestRange.All);
            Assert.Contains("UNLOAD-07", world.Breaches);
            irp.Cancel();
            irp.Wait();
        });

    [ArmTheory]
    [Rule("UNLOAD-05", Twin.Violated)]
    [InlineData(false)]
    [InlineData(true)]
    public void UNLOAD_05_returning_before_the_registrar_is_through_is_reported(
        Arm arm, bool isDeregistering) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world);
        Assert.Equal(STATUS_SUCCESS, client.RegisterClient());
        if (isDeregistering)
            Assert.Equal(STATUS_PENDING, client.Deregister());
        world.Executive.NotifyUnloaded(GuestRange.All);

        Assert.Equal(["UNLOAD-05"], world.Breaches);
        if (!isDeregistering)
            client.Deregister();
        Assert.Equal(STATUS_SUCCESS, client.WaitForDeregister());
    });

    [ArmTheory]
    [Rule("UNLOAD-05", Twin.Obeyed)]
    public void UNLOAD_05_returning_after_the_wait_is_fine(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new NmrTestClient(world);
        Assert.Equal(STATUS_SUCCESS, client.RegisterClient());
        client.End();
        world.Executive.NotifyUnloaded(GuestRange.All);
        Assert.Empty(world.Breaches);
    });
}
