// The buffers of the two address getters while their IRPs are pending. Rule ADDR-06; paged ones: Bind/ and
// Conn/.
using OpenWsk.Abi;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

public sealed class AddressBufferTests
{
    [ArmTheory]
    [Rule("ADDR-06", Twin.Violated)]
    [InlineData("WskGetLocalAddress")]
    [InlineData("WskGetRemoteAddress")]
    public void ADDR_06_freeing_the_buffer_while_the_irp_is_pending_is_reported(Arm arm, string function) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var irp = pair.Client.Irp();
            using (new DispatcherHold(world.Executive))
            {
                using var buffer = new PagedBlock(world, isPaged: false);
                Assert.Equal(STATUS_PENDING, Ask(pair, function, buffer, irp));
            }
            Assert.Equal(STATUS_SUCCESS, irp.Wait());
            Assert.Equal(["ADDR-06"], world.Breaches);
        });

    [ArmTheory]
    [Rule("ADDR-06", Twin.Obeyed)]
    [InlineData("WskGetLocalAddress")]
    [InlineData("WskGetRemoteAddress")]
    public void ADDR_06_freeing_it_after_the_completion_is_fine(Arm arm, string function) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using (var buffer = new PagedBlock(world, isPaged: false))
                Assert.Equal(STATUS_SUCCESS, pair.Client.Run(irp => Ask(pair, function, buffer, irp)));
            Assert.Empty(world.Breaches);
        });

    private static NTSTATUS Ask(TestPair pair, string function, PagedBlock buffer, ulong irp) =>
        pair.Client.World.Call(
            pair.Client.Function(pair.Socket, function), pair.Socket, buffer.Address, irp);
}
