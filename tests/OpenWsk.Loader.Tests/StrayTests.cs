// Drivers that run into the middle of our machine code, as a corrupted table of functions leads them: the
// bug check says so, and nothing passes for a routine's return. The driver is Drivers/faults.c.
namespace OpenWsk.Loader.Tests;

public sealed class StrayTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_jump_to_the_way_back_of_a_routine_that_raises_is_told_with_the_place_that_called()
    {
        using var driver = _world.Start("faults");
        var check = Jump(driver, MachineCode.Shared.Raise);
        Assert.Contains("not to the start of a routine, by what it called or jumped to before faults.sys+0x",
            check.Detail, StringComparison.Ordinal);
        Assert.InRange(
            (nuint)check.Snapshot!.Context.Rip, driver.ImageStart,
            driver.ImageStart + driver.Image.SizeBytes);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_jump_to_the_end_of_a_call_is_no_return()
    {
        using var driver = _world.Start("faults");
        Assert.Contains("not to the start of a routine", Jump(driver, MachineCode.Shared.Abandon).Detail);
    }

    private BugCheck Jump(LoadedDriver driver, nuint target)
    {
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, 0, (ulong)Fault.JumpTo, target));
        var check = _world.Executive.LastBugCheck!;
        Assert.Equal(BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, (BugCheckCode)check.Code);
        Assert.Equal((ulong)NTSTATUS.STATUS_ILLEGAL_INSTRUCTION, check.Parameter1);
        return check;
    }
}
