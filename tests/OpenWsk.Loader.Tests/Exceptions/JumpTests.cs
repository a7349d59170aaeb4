// Frames that a driver leaves by hand, the IRQL across a raise, and what is called at a bug check. The driver
// is Drivers/jumps.c; each case returns its steps as digits. It knows nothing about unwinding.
namespace OpenWsk.Loader.Tests;

public sealed class JumpTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    private enum Jump
    {
        LongJump, LongJumpZero, LongJumpAcross, RaiseStatus, RaiseAtDispatch, FrameChain, BugCheck, WhereSeen,
    }

    public static TheoryData<string> Levels => ["-O0", "-O2"];

    public void Dispose() => _world.Dispose();

    // Digits: 1 and 2 before the jump, 3 the __finally on the way, 4 a variable, then what setjmp returns.
    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void A_long_jump_runs_the_finally_blocks_on_its_way(string level)
    {
        var run = Load(level);
        Assert.Equal(12347ul, run(Jump.LongJump, 1));
        Assert.Equal(12341ul, run(Jump.LongJumpZero, 1));
        Assert.Equal(12345ul, run(Jump.LongJumpAcross, 1));
        Assert.Equal(1, ExceptionTestRoutines.Finallys(_world.Executive).Value);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void Without_a_frame_a_long_jump_runs_nothing(string level)
    {
        var run = Load(level);
        Assert.Equal(1247ul, run(Jump.LongJump, 0));
        Assert.Equal(1245ul, run(Jump.LongJumpAcross, 0));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void A_raised_status_is_handled_at_the_irql_of_the_raise(string level)
    {
        var run = Load(level);
        Assert.Equal(12ul, run(Jump.RaiseStatus, 0xC000_0001));
        Assert.Equal(221ul, run(Jump.RaiseAtDispatch, 0xC000_0001));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void A_frame_chain_is_the_callers_and_can_skip_some(string level) =>
        Assert.Equal(1ul, Load(level)(Jump.FrameChain, 0));

    // One callback faults and is left; those after it run all the same, and the first bug check stays.
    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(0, 0xE2u)]
    [InlineData(1, 0x7Eu)]
    public void Callbacks_are_called_at_a_bug_check_and_may_fail(ulong byFault, uint code)
    {
        var run = Load("-O1");
        var seen = (nuint)run(Jump.WhereSeen, 0);
        Assert.Throws<GuestStoppedException>(() => run(Jump.BugCheck, byFault));
        Assert.Equal(code, _world.Executive.LastBugCheck!.Code);
        var words = Enumerable.Range(0, 5).Select(i => GuestMemory.Read<ulong>(seen + 8 * (nuint)i));
        Assert.Equal([48ul, 0ul, 42ul, Irql.High, 1ul], words);
    }

    private Func<Jump, ulong, ulong> Load(string level)
    {
        var driver = _world.Host.Load(ExceptionDrivers.PathOf("jumps", level));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return (number, argument) => _world.Call(driver, 0, (ulong)number, argument);
    }
}
