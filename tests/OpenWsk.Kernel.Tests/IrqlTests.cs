// The level at which a routine is called, which every export is judged by before it runs. It knows nothing
// about what single routines do at a level.
namespace OpenWsk.Kernel.Tests;

public sealed class IrqlTests
{
    [Theory]
    [InlineData("ProbeForRead", Irql.Apc, false)]
    [InlineData("ProbeForRead", Irql.Dispatch, true)]
    [InlineData("IoGetCurrentProcess", Irql.Dispatch, false)]
    public void A_routine_that_is_called_above_its_level_is_found(string name, byte irql, bool isFound) =>
        KernelWorld.Simulate(world =>
        {
            world.Executive.CurrentThread.Irql = irql;
            world.Call(name, [.. world.Executive.Routines.Get(Libraries.Ntoskrnl, name).Parameters
                .Select(_ => 0ul)]);
            world.Executive.CurrentThread.Irql = Irql.Passive;
            Assert.Equal(isFound ? ["IRQL"] : [], world.Breaches);
        });
}
