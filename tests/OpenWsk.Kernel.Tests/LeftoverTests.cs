// What is still to run when somebody asks what the guest has left behind: told by kind and gone when it is
// removed. Work items are in TimerTests.cs; kinds that drivers leave are tested with `openwsk run`.
namespace OpenWsk.Kernel.Tests;

public sealed class LeftoverTests
{
    [Fact]
    public void A_dpc_that_is_queued_is_told_until_it_is_removed() => KernelWorld.Simulate(world =>
    {
        var dpc = world.Memory(64);
        world.Call("KeInitializeDpc", dpc, world.Callback(_ => 0), 0);
        Assert.Empty(world.Executive.CollectLeftovers());
        world.Call("KeInsertQueueDpc", dpc, 0, 0);
        var left = Assert.Single(world.Executive.CollectLeftovers());
        Assert.Equal(("queued DPC", 1, $"at 0x{(ulong)dpc:x}"), (left.Kind, left.Count, left.Detail));
        world.Call("KeRemoveQueueDpc", dpc);
        Assert.Empty(world.Executive.CollectLeftovers());
    });
}
