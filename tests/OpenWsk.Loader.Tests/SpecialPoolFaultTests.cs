// A driver's access to memory beside a block of pool or in a freed one: the bug check of Windows with all of
// its parameters, whatever the level, whether the driver's own instruction does it or a routine that the
// driver calls. The driver is Drivers/faults.c. Which memory is guarded at all is in SpecialPoolTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class SpecialPoolFaultTests : IDisposable
{
    private const uint Tag = 0x6B736954; // 'Tisk'
    private const int SizeBytes = 96;
    private LoaderWorld _world = new(PoolMode.Special);

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(Fault.ReadAt, 0)]
    [InlineData(Fault.WriteAt, 1)]
    [InlineData(Fault.ReadAtDispatch, 0)]
    public void A_driver_that_uses_a_freed_block_is_stopped_at_the_instruction(Fault fault, ulong operation)
    {
        using var driver = _world.Start("faults");
        var at = Freed() + 8;
        var check = Check(driver, fault, at);
        Assert.Equal(BugCheckCode.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL, (BugCheckCode)check.Code);
        AssertParameters(check, at, operation, check.Snapshot!.Context.Rip);
        Assert.InRange(check.Parameter3, driver.ImageStart, driver.ImageStart + driver.Image.SizeBytes);
        Assert.Contains("8 bytes into a freed 96-byte block 'Tisk'", check.Detail, StringComparison.Ordinal);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(PoolMode.Default, SizeBytes)]
    [InlineData(PoolMode.Special, SizeBytes)]
    [InlineData(PoolMode.SpecialUnderrun, -1)]
    public void A_driver_that_writes_beside_a_block_is_stopped_at_the_instruction(PoolMode mode, int offset)
    {
        Use(mode);
        using var driver = _world.Start("faults");
        var at = (nuint)((nint)Allocate() + offset);
        var check = Check(driver, Fault.WriteAt, at);
        Assert.Equal(BugCheckCode.DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION, (BugCheckCode)check.Code);
        AssertParameters(check, at, 1, check.Snapshot!.Context.Rip);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(true, BugCheckCode.PAGE_FAULT_IN_FREED_SPECIAL_POOL)]
    [InlineData(false, BugCheckCode.PAGE_FAULT_BEYOND_END_OF_ALLOCATION)]
    public void A_routine_that_is_given_such_memory_is_told_from_the_driver(bool isFreed, BugCheckCode code)
    {
        using var driver = _world.Start("faults");
        var at = isFreed ? Freed() : Allocate() + SizeBytes;
        var check = Check(driver, Fault.CallRoutine, at);
        Assert.Equal(code, (BugCheckCode)check.Code);
        var routine = GeneratedRoutines.All.Single(r => r.Name == nameof(TestRoutines.TestReadByte));
        AssertParameters(check, at, 0, _world.Executive.Code.AddressOf(routine));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_freed_block_is_not_executed_either()
    {
        using var driver = _world.Start("faults");
        var at = Freed();
        var check = Check(driver, Fault.JumpTo, at);
        Assert.Equal(BugCheckCode.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL, (BugCheckCode)check.Code);
        AssertParameters(check, at, 8, at);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(PoolMode.Default)]
    [InlineData(PoolMode.Special)]
    public void A_live_block_is_memory_that_is_no_code(PoolMode mode)
    {
        Use(mode);
        using var driver = _world.Start("faults");
        var at = Allocate();
        var check = Check(driver, Fault.JumpTo, at);
        Assert.Equal(BugCheckCode.ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY, (BugCheckCode)check.Code);
        Assert.Equal(at, check.Parameter1);
    }

    private static void AssertParameters(BugCheck check, ulong address, ulong operation, ulong rip)
    {
        Assert.Equal(address, check.Parameter1);
        Assert.Equal(operation, check.Parameter2);
        Assert.Equal(rip, check.Parameter3);
        Assert.Equal(0ul, check.Parameter4);
    }

    private void Use(PoolMode mode)
    {
        _world.Dispose();
        _world = new LoaderWorld(mode);
    }

    private nuint Freed()
    {
        var block = Allocate();
        PoolRoutines.ExFreePoolWithTag(_world.Executive, block, Tag);
        return block;
    }

    private nuint Allocate() =>
        PoolRoutines.ExAllocatePool2(
            _world.Executive, WdmConstants.POOL_FLAG_NON_PAGED, SizeBytes, Tag);

    private BugCheck Check(LoadedDriver driver, Fault fault, nuint value)
    {
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, 0, (ulong)fault, value));
        _world.Executive.CurrentThread.Irql = Irql.Passive;
        return _world.Executive.LastBugCheck!;
    }
}
