// MmProbeAndLockPages and the level it is called at. Rule MDL-14. The exception handler around it that the
// rule also asks for cannot be seen from outside the driver; here locking never raises.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;

namespace OpenWsk.Provider.Tests;

public sealed class LockLevelTests
{
    [ArmTheory]
    [Rule("MDL-14", Twin.Obeyed)]
    [InlineData(true, Irql.Passive)]
    [InlineData(true, Irql.Apc)]
    public void MDL_14_pageable_memory_is_locked_up_to_apc_level(Arm arm, bool isPaged, byte irql) =>
        Assert.Empty(Lock(arm, isPaged, irql));

    [ArmTheory]
    [Rule("MDL-14", Twin.Violated)]
    [InlineData(0)]
    [InlineData(20)]
    public void MDL_14_pageable_memory_at_dispatch_level_is_reported(Arm arm, int offset) =>
        Assert.Equal(["MDL-14"], Lock(arm, true, Irql.Dispatch, offset));

    private static IReadOnlyList<string> Lock(Arm arm, bool isPaged, byte irql, int offset = 0)
    {
        IReadOnlyList<string> breaches = [];
        ContractWorld.Run(arm, world =>
        {
            using var block = new PagedBlock(world, isPaged);
            var mdl = Kernel(world, "IoAllocateMdl", block.Address + (nuint)offset, 16, 0, 0, 0);
            world.AtIrql(irql, () => Kernel(world, "MmProbeAndLockPages", mdl, 0, 1));
            Kernel(world, "MmUnlockPages", mdl);
            Kernel(world, "IoFreeMdl", mdl);
            breaches = world.Breaches;
        });
        return breaches;
    }

    private static ulong Kernel(ContractWorld world, string name, params ReadOnlySpan<ulong> arguments) =>
        world.Executive.Routines.Get(Libraries.Ntoskrnl, name).Invoke(world.Executive, arguments);
}
