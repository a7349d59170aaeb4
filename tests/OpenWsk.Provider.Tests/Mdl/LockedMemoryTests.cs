// MDLs of a WSK_BUF must describe memory that stays where it is: locked pages or nonpaged pool. Rule MDL-06.
// Windows of chains: ChainTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class LockedMemoryTests
{
    [ArmTheory]
    [Rule("MDL-06", Twin.Violated)]
    [InlineData(true)]
    [InlineData(false)]
    public void MDL_06_an_mdl_of_unlocked_memory_is_refused_and_reported(Arm arm, bool isSend) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 4, 4);
            Forget(buffer.Buf.Value.Mdl.Value.Next);

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.Run(irp =>
                isSend ? pair.Send(buffer, irp) : pair.Receive(buffer, irp)));
            Assert.Equal(["MDL-06"], world.Breaches);
        });

    [ArmTheory]
    [Rule("MDL-06", Twin.Obeyed)]
    public void MDL_06_locked_pages_are_right(Arm arm) => ContractWorld.Run(arm, world =>
    {
        const ulong kernelMode = 0;
        const ulong ioWriteAccess = 1;
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 0, 4);
        var mdl = buffer.Buf.Value.Mdl;
        Forget(mdl);
        world.Call(Libraries.Ntoskrnl, "MmProbeAndLockPages", mdl.Address, kernelMode, ioWriteAccess);
        pair.Peer.Send("data"u8);

        Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => pair.Receive(buffer, irp, WSK_FLAG_WAITALL)));
        world.Call(Libraries.Ntoskrnl, "MmUnlockPages", mdl.Address);
        Assert.Equal("data"u8.ToArray(), buffer.Contents);
        Assert.Empty(world.Breaches);
    });

    // As IoAllocateMdl left it: neither built for nonpaged pool nor locked.
    private static void Forget(GuestPtr<MDL> mdl) =>
        mdl.Value.MdlFlags &= unchecked((short)~MDL_SOURCE_IS_NONPAGED_POOL);
}
