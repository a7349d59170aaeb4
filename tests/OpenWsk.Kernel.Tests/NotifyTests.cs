// Registrations that are only recorded: added once, taken back, left over. It knows nothing about what would
// be told.
namespace OpenWsk.Kernel.Tests;

public sealed class NotifyTests
{
    [Theory]
    [InlineData("PsSetCreateThreadNotifyRoutine", "PsRemoveCreateThreadNotifyRoutine", "thread notification")]
    [InlineData("PsSetLoadImageNotifyRoutine", "PsRemoveLoadImageNotifyRoutine", "image notification")]
    public void A_routine_is_added_once_and_taken_back_once(string add, string remove, string kind) =>
        KernelWorld.Simulate(world =>
        {
            Assert.Equal(0ul, world.Call(add, 0x5000));
            Assert.Equal((uint)NTSTATUS.STATUS_INVALID_PARAMETER, world.Call(add, 0x5000));
            Assert.Equal([kind], world.Executive.CollectLeftovers().Select(l => l.Kind));
            Assert.Equal(0ul, world.Call(remove, 0x5000));
            Assert.Equal((uint)NTSTATUS.STATUS_PROCEDURE_NOT_FOUND, world.Call(remove, 0x5000));
            Assert.Empty(world.Executive.CollectLeftovers());
        });
}
