// Faults at DISPATCH_LEVEL: no handler is asked about memory that is not there, and other exceptions end at
// another root than a thread's. Each bug check with all of its parameters. The driver is Drivers/faults.c;
// what the same faults are at PASSIVE_LEVEL is in FaultTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class FaultLevelTests : IDisposable
{
    private const ulong KernelHalf = 0xFFFF_C000_1234_5678;
    private const ulong NonCanonical = 0x1234_5678_9ABC_DEF0;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(Fault.ReadAt, 0x10, 0)]
    [InlineData(Fault.WriteAt, 0x10, 1)]
    [InlineData(Fault.WriteAt, KernelHalf, 1)]
    [InlineData(Fault.JumpTo, 0x10, 8)]
    public void A_page_fault_names_address_level_operation_and_instruction(
        Fault fault, ulong address, ulong operation)
    {
        using var driver = _world.Start("faults");
        var check = Check(driver, fault, address, Irql.Dispatch);
        Assert.Equal(BugCheckCode.DRIVER_IRQL_NOT_LESS_OR_EQUAL, (BugCheckCode)check.Code);
        AssertParameters(check, address, Irql.Dispatch, operation, check.Snapshot!.Context.Rip);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_page_fault_in_a_routine_is_told_from_the_drivers()
    {
        using var driver = _world.Start("faults");
        var check = Check(driver, Fault.CallRoutine, 0x10, Irql.Dispatch);
        Assert.Equal(BugCheckCode.IRQL_NOT_LESS_OR_EQUAL, (BugCheckCode)check.Code);
        var routine = GeneratedRoutines.All.Single(r => r.Name == nameof(TestRoutines.TestReadByte));
        AssertParameters(check, 0x10, Irql.Dispatch, 0, _world.Executive.Code.AddressOf(routine));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(Fault.DivideBy, 0, NTSTATUS.STATUS_INTEGER_DIVIDE_BY_ZERO, 0, 0)]
    [InlineData(Fault.ReadAt, NonCanonical, NTSTATUS.STATUS_ACCESS_VIOLATION, 0, ulong.MaxValue)]
    public void What_nobody_handles_names_the_exception_with_its_own_parameters(
        Fault fault, ulong value, NTSTATUS code, ulong first, ulong second)
    {
        using var driver = _world.Start("faults");
        var check = Check(driver, fault, value, Irql.Dispatch);
        Assert.Equal(BugCheckCode.KMODE_EXCEPTION_NOT_HANDLED, (BugCheckCode)check.Code);
        AssertParameters(check, (ulong)code, check.Snapshot!.Context.Rip, first, second);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Apc_level_is_below_all_that()
    {
        using var driver = _world.Start("faults");
        var check = Check(driver, Fault.ReadAt, 0x10, Irql.Apc);
        Assert.Equal(BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, (BugCheckCode)check.Code);
        Assert.Equal((ulong)NTSTATUS.STATUS_ACCESS_VIOLATION, check.Parameter1);
        Assert.Equal(check.Snapshot!.Context.Rip, check.Parameter2);
    }

    private static void AssertParameters(
        BugCheck check, ulong first, ulong second, ulong third, ulong fourth) =>
        Assert.Equal(
            (first, second, third, fourth),
            (check.Parameter1, check.Parameter2, check.Parameter3, check.Parameter4));

    private BugCheck Check(LoadedDriver driver, Fault fault, ulong value, byte irql)
    {
        var thread = _world.Executive.CurrentThread;
        thread.Irql = irql;
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, 0, (ulong)fault, value));
        thread.Irql = Irql.Passive;
        return _world.Executive.LastBugCheck!;
    }
}
