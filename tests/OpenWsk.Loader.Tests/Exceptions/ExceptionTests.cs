// Structured exceptions of C drivers, case by case: Drivers/exceptions.c, built with and without optimisation
// and with faults in a __try's own function as exceptions. Each case returns its steps as digits. It knows
// nothing about dispatching; see Exceptions/ in the loader.
namespace OpenWsk.Loader.Tests;

public sealed class ExceptionTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    public static TheoryData<string> Builds => ["-O0", "-O1", "-O2", "-O0 async", "-O2 async"];

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_raise_reaches_its_handler(string build)
    {
        var run = Load(build);
        Assert.Equal(123ul, run(Case.RaiseToExcept, 0xC000_0001));
        Assert.Equal(12ul, run(Case.RaiseOthers, 0));
        Assert.Equal(1ul, run(Case.HostRaises, 0xC000_000B));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_fault_reaches_its_handler(string build)
    {
        var run = Load(build);
        Assert.Equal(12ul, run(Case.FaultInCallee, 0));
        Assert.Equal(12ul, run(Case.FaultInline, 0));
        Assert.Equal(1ul, run(Case.DivideByZero, 0));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_filter_sees_the_exception_and_its_functions_variables(string build)
    {
        var run = Load(build);
        Assert.Equal(12345ul, run(Case.FilterSeesAll, 7));
        Assert.Equal(123ul, run(Case.FilterDeclines, 0));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void Finally_blocks_run_inside_out_after_the_filters(string build)
    {
        var run = Load(build);
        Assert.Equal(1467ul, run(Case.FinallyRuns, 0));
        Assert.Equal(123578ul, run(Case.FinallyRuns, 1));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_filter_can_repair_the_context_and_continue(string build)
    {
        var run = Load(build);
        Assert.Equal(12377ul, run(Case.ContinueExecution, 77));
        Assert.Equal(123ul, run(Case.RaiseAndContinue, 0));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void What_cannot_be_continued_raises_another_exception(string build) =>
        Assert.Equal(112ul, Load(build)(Case.Noncontinuable, 0));

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_raise_in_a_handler_or_a_finally_replaces_the_exception(string build)
    {
        var run = Load(build);
        Assert.Equal(12ul, run(Case.RaiseInExcept, 0));
        Assert.Equal(12ul, run(Case.RaiseInFinally, 0));
        Assert.Equal(123ul, run(Case.RaiseInFinallyOfSameFunction, 0));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_fault_in_a_filter_is_an_exception_like_any_other(string build)
    {
        var run = Load(build);
        Assert.Equal(123ul, run(Case.FilterHandlesAFault, 0));
        Assert.Equal(112ul, run(Case.FilterFaults, 0));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_jump_out_of_a_try_runs_its_finally(string build)
    {
        var run = Load(build);
        Assert.Equal(13124ul, run(Case.GotoOutOfFinally, 1));
        Assert.Equal(125ul, run(Case.ReturnOutOfFinally, 0));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void An_exception_crosses_the_host_with_filters_before_finallys(string build)
    {
        var run = Load(build);
        Assert.Equal(123ul, run(Case.AcrossTheHost, 0));
        Assert.Equal(1ul, run(Case.AcrossTheHostOften, 12));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_hosts_own_finally_runs_when_an_exception_passes()
    {
        Assert.Equal(1ul, Load("-O2")(Case.HostCleansUp, 0));
        Assert.Equal(1, ExceptionTestRoutines.Finallys(_world.Executive).Value);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_exception_that_nobody_handles_is_a_bug_check_and_runs_no_finally()
    {
        var run = Load("-O2");
        Assert.Throws<GuestStoppedException>(() => run(Case.UnhandledAcross, 0xC000_000C));
        Assert.Equal(0xC000_000Cul, _world.Executive.LastBugCheck!.Parameter1 & 0xFFFF_FFFF);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_context_is_captured_and_restored(string build) =>
        Assert.Equal(1222ul, Load(build)(Case.CaptureAndRestore, 0));

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Builds))]
    public void A_driver_traces_and_unwinds_its_own_stack(string build)
    {
        var run = Load(build);
        var trace = run(Case.CaptureTrace, 0);
        Assert.InRange(trace % 10, 1ul, 3ul);
        Assert.InRange(trace / 10, 2ul, 4ul);
        Assert.InRange(run(Case.UnwindsByHand, 0), 22ul, 44ul);
    }

    private Func<Case, ulong, ulong> Load(string build)
    {
        string[] options = build.EndsWith("async", StringComparison.Ordinal)
            ? [build[..3], "-fasync-exceptions", "-DINLINE_FAULTS"]
            : [build];
        var driver = _world.Host.Load(ExceptionDrivers.PathOf("exceptions", options));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return (number, argument) => _world.Call(driver, 0, (ulong)number, argument);
    }
}
