// Captures in DriverEntry, and on a block that is overwritten. Rules NPI-13..15. The loader marks the thread
// that runs DriverEntry; here the test does.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class DriverEntryTests
{
    [ArmTheory]
    [Rule("NPI-14", Twin.Violated)]
    [InlineData(WSK_INFINITE_WAIT)]
    [InlineData(60_000u)]
    public void NPI_14_a_long_wait_in_driver_entry_is_reported(Arm arm, uint timeout) =>
        Assert.Equal(["NPI-14"], Capture(arm, timeout, isReady: true));

    [ArmTheory]
    [Rule("NPI-14", Twin.Obeyed)]
    [Rule("NPI-15", Twin.Obeyed)]
    [InlineData(WSK_NO_WAIT, true)]
    [InlineData(WSK_NO_WAIT, false)]
    [InlineData(100u, true)]
    public void NPI_14_no_wait_or_a_short_one_is_fine(Arm arm, uint timeout, bool isReady) =>
        Assert.Empty(Capture(arm, timeout, isReady));

    [ArmTheory]
    [Rule("NPI-15", Twin.Violated)]
    public void NPI_15_waiting_for_the_provider_in_driver_entry_is_reported(Arm arm) =>
        Assert.Equal(["NPI-15"], Capture(arm, 1, isReady: false));

    [ArmTheory]
    [Rule("NPI-15", Twin.Obeyed)]
    public void NPI_15_waiting_in_another_thread_is_fine(Arm arm) => ContractWorld.Run(
        arm,
        world =>
        {
            using var client = new TestClient(world, captures: false);
            world.Executive.CurrentThread.IsInDriverEntry = true;
            using (var ended = world.Start(() => client.Capture(WSK_INFINITE_WAIT)))
            {
                world.Provider.MakeReady();
                ended.Wait();
            }
            world.Executive.CurrentThread.IsInDriverEntry = false;
            Assert.Empty(world.Breaches);
        },
        new WskSettings { IsReadyAtStart = false });

    [ArmTheory]
    [Rule("NPI-13", Twin.Violated)]
    public void NPI_13_a_capture_on_an_overwritten_block_breaks_it(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var client = new TestClient(world);
        client.Release();
        client.Deregister();
        client.Registration.Value = default;

        Assert.Equal(STATUS_DEVICE_NOT_READY, client.CaptureAfterDeregister());
        Assert.Equal(["NPI-13"], world.Breaches);
    });

    [ArmTheory]
    [Rule("NPI-13", Twin.Obeyed)]
    public void NPI_13_a_late_capture_on_the_block_as_it_was_left_is_fine(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var client = new TestClient(world);
            client.Release();
            client.Deregister();

            Assert.Equal(STATUS_DEVICE_NOT_READY, client.CaptureAfterDeregister());
            Assert.Empty(world.Breaches);
        });

    private static IReadOnlyList<string> Capture(Arm arm, uint timeout, bool isReady)
    {
        IReadOnlyList<string> breaches = [];
        ContractWorld.Run(
            arm,
            world =>
            {
                using var client = new TestClient(world, captures: false);
                world.Executive.CurrentThread.IsInDriverEntry = true;
                var status = client.Capture(timeout);
                world.Executive.CurrentThread.IsInDriverEntry = false;
                Assert.Equal(isReady ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY, status);
                breaches = world.Breaches;
            },
            new WskSettings { IsReadyAtStart = isReady });
        return breaches;
    }
}
