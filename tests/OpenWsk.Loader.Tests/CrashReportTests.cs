// What is collected at a bug check: frames across C#, the operand, what addresses belong to, and memory for a
// dump. The driver is Drivers/crashes.c; how a report looks is tested in OpenWsk.Capture.Tests.
namespace OpenWsk.Loader.Tests;

public sealed class CrashReportTests : IDisposable
{
    private const int CallsHost = 0;
    private const int Visits = 1;
    private const int ReadsDeep = 2;
    private readonly LoaderWorld _world = new();
    private CrashReport? _report;

    public CrashReportTests() =>
        _world.Executive.BugChecked += check => _report = _world.Host.CollectCrash(check);

    public void Dispose() => _world.Dispose();

    [CapabilityFact("mingw")]
    public void The_stack_goes_across_routines_and_has_names()
    {
        using var driver = Start();
        var report = Crash(driver, CallsHost, 0x10);
        var names = report.Stack.Select(frame => frame.Function).ToList();
        Assert.Equal(
            ["reads_deep", "called_back", "ntoskrnl.exe!TestCall", "calls_host"], names);
        Assert.Equal([false, false, true, false], report.Stack.Select(frame => frame.IsRoutine));
        Assert.StartsWith("reads_deep", report.Place, StringComparison.Ordinal);
        Assert.Equal("crashes.sys", report.Stack[0].Module);
        Assert.Equal((ulong)driver.ImageStart + report.Stack[0].ModuleOffset, report.Stack[0].Address);
    }

    [CapabilityFact("mingw")]
    public void The_instruction_is_marked_and_its_operand_explained()
    {
        using var driver = Start();
        var report = Crash(driver, ReadsDeep, 0x10);
        var fault = Assert.Single(report.Instructions, i => i.IsFault);
        Assert.Equal(report.Check.Snapshot!.Context.Rip, fault.Address);
        Assert.Contains("[rcx+0x20]", fault.Text, StringComparison.Ordinal);
        Assert.Equal("[rcx+0x20] with rcx = 0x10 is 0x30: a null pointer + 0x30", report.Operand);
        Assert.Equal(0x30ul, report.FaultAddress);
        Assert.True(report.Instructions.Count > 2);
    }

    [CapabilityTheory("mingw")]
    [InlineData(0x1234_5678_9ABC_DEF0, "no address that a processor accepts (not canonical)")]
    [InlineData(0xDDDD_DDDD_DDDD_DDDD, "the fill of freed memory (0xDD): used after it was freed")]
    [InlineData(0xA5A5_A5A5_A5A5_A5A5, "the fill of fresh memory (0xA5): used before it was set")]
    [InlineData(0xFFFF_FFFF_FFFF_FFE0, "a null pointer")]
    [InlineData(0xFFFF_FFFF_FFFF_FFD8, "a null pointer - 8")]
    [InlineData(0xFFFF_C000_1234_5678, "an address in the upper half, where nothing is mapped here")]
    public void Wild_addresses_are_told_apart(ulong value, string owner)
    {
        using var driver = Start();
        Assert.EndsWith(": " + owner, Crash(driver, ReadsDeep, value).Operand, StringComparison.Ordinal);
    }

    [CapabilityFact("mingw")]
    public void Addresses_of_blocks_images_and_stacks_have_an_owner()
    {
        using var driver = Start();
        var block = _world.Executive.Pool.Allocate(100, 0x67617454, isPaged: false, isZeroed: true);
        var addresses = new AddressDescriber(_world.Executive, _world.Native);
        Assert.Contains("into a live 100-byte block 'Ttag'", addresses.Describe(block + 4));
        var code = addresses.Describe(driver.ImageStart + driver.Image.EntryRva);
        Assert.StartsWith("DriverEntry in crashes.sys+0x", code, StringComparison.Ordinal);
        Assert.EndsWith("(section .text, code)", code, StringComparison.Ordinal);
        Assert.EndsWith("(its headers)", addresses.Describe(driver.ImageStart));
        var thread = _world.Executive.CurrentThread;
        Assert.Equal($"the processor block (KPCR) of T{thread.Id}", addresses.Describe(thread.Kpcr + 0x50));
        var own = _world.Native.Blocks.First(b => b.Owner == thread);
        Assert.Equal(
            $"the guest stack of T{thread.Id}, 0x40 below its top", addresses.Describe(own.StackEnd - 0x40));
        Assert.EndsWith("so the stack overflowed", addresses.Describe(own.StackStart - 0x40));
    }

    [CapabilityFact("mingw")]
    public void Memory_for_a_dump_ascends_and_holds_image_and_stack()
    {
        using var driver = Start();
        var report = Crash(driver, CallsHost, 0x10);
        for (var i = 1; i < report.Memory.Count; i++)
            Assert.True(report.Memory[i - 1].End <= report.Memory[i].Address);
        Assert.Contains(report.Memory, m => m.IsCode && m.Address == driver.ImageStart);
        var pointer = report.Check.Snapshot!.Context.Rsp;
        Assert.Contains(report.Memory, m => pointer >= m.Address && pointer < m.End);
        var thread = report.Threads[0];
        Assert.Equal("made the fault", thread.State);
        Assert.InRange(pointer, thread.StackStart, thread.StackStart + thread.StackBytes);
        var module = Assert.Single(report.Modules);
        Assert.Equal(driver.Image.SizeBytes, module.SizeBytes);
    }

    [CapabilityFact("mingw")]
    public void A_bug_check_that_a_routine_gives_shows_the_routine_and_the_call()
    {
        using var driver = Start();
        TestRoutines.OnVisit(
            _world.Executive,
            () => throw _world.Executive.BugCheck(BugCheckCode.MANUALLY_INITIATED_CRASH, "on purpose"));
        var report = Crash(driver, Visits, 0);
        Assert.Equal("ntoskrnl.exe!TestVisit", report.Stack[0].Function);
        Assert.Equal("visits", report.Stack[1].Function);
        Assert.Equal("gave the bug check in ntoskrnl.exe!TestVisit", report.Threads[0].State);
        Assert.StartsWith("call", Assert.Single(report.Instructions, i => i.IsFault).Text);
    }

    [CapabilityFact("mingw")]
    public void Threads_that_wait_in_a_routine_are_described_from_outside()
    {
        using var driver = Start();
        IReadOnlyList<CrashThread> threads = [];
        TestRoutines.OnVisit(_world.Executive, () => threads = _world.Host.DescribeThreads());
        _world.Call(driver, Visits, 0);
        var thread = Assert.Single(threads);
        Assert.Equal("was in ntoskrnl.exe!TestVisit", thread.State);
        Assert.Equal("visits", thread.Stack[1].Function);
    }

    private LoadedDriver Start()
    {
        var driver = _world.Host.Load(TestDrivers.MingwPathOf("crashes"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return driver;
    }

    private CrashReport Crash(LoadedDriver driver, int major, ulong argument)
    {
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, major, argument));
        Assert.NotNull(_report);
        return _report;
    }
}
