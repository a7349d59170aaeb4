// Faults of guest code: each becomes the bug check that Windows gives, the thread and the process live, and
// what C# does with the same signals is untouched. The driver is Drivers/faults.c.
namespace OpenWsk.Loader.Tests;

/// <summary>The routines of faults.c, in its order.</summary>
public enum Fault : ulong
{
    ReadAt, WriteAt, JumpTo, WriteConstant, CallVariable, DivideBy, DivideOverflowing, Undefined, Breakpoint,
    FailFast, Assertion, Overflow, LoseStack, LoseEverything, Loop, RaiseIrql, RaiseIrqlHighRegister,
    ReadAtDispatch, LoopAtDispatch, Interrupts, ReadMsr, WriteMsr, Ports, ControlRegisters,
    ClearWriteProtection, HaltAndFlush, ReadShared, CallRoutine, CallVisit, CatchThenRead, LoopAfterVisit,
    LoopWithoutStack, LoopHalting, LoopEnabling, LoopCalling, CheckAlignment, CopyStack,
}

public sealed class FaultTests : IDisposable
{
    private const ulong NonCanonical = 0x1234_5678_9ABC_DEF0;
    private const ulong KernelHalf = 0xFFFF_C000_1234_5678;
    private const ulong AccessViolation = (ulong)NTSTATUS.STATUS_ACCESS_VIOLATION;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    public static TheoryData<Fault, ulong, BugCheckCode, ulong, ulong> Faults() => new()
    {
        { Fault.ReadAt, 0x10, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, AccessViolation, 0 },
        { Fault.ReadAt, NonCanonical, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, AccessViolation, 0 },
        { Fault.ReadAt, KernelHalf, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA, KernelHalf, 0 },
        { Fault.WriteAt, KernelHalf, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA, KernelHalf, 2 },
        { Fault.JumpTo, KernelHalf, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA, KernelHalf, 0x10 },
        { Fault.JumpTo, 0, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, AccessViolation, 0 },
        { Fault.ReadAtDispatch, 0x10, BugCheckCode.DRIVER_IRQL_NOT_LESS_OR_EQUAL, 0x10, 2 },
        { Fault.WriteConstant, 0, BugCheckCode.ATTEMPTED_WRITE_TO_READONLY_MEMORY, 0, 0 },
        { Fault.CallVariable, 0, BugCheckCode.ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY, 0, 0 },
        {
            Fault.DivideBy, 0, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_INTEGER_DIVIDE_BY_ZERO, 0
        },
        {
            Fault.DivideOverflowing, 0, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_INTEGER_OVERFLOW, 0
        },
        {
            Fault.Undefined, 0, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_ILLEGAL_INSTRUCTION, 0
        },
        {
            Fault.Breakpoint, 0, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_BREAKPOINT, 0
        },
        {
            Fault.Assertion, 0, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_ASSERTION_FAILURE, 0
        },
        { Fault.FailFast, 3, BugCheckCode.KERNEL_SECURITY_CHECK_FAILURE, 3, 0 },
        { Fault.Overflow, 0, BugCheckCode.UNEXPECTED_KERNEL_MODE_TRAP, 8, 0 },
        { Fault.LoseStack, 0, BugCheckCode.UNEXPECTED_KERNEL_MODE_TRAP, 8, 0 },
        { Fault.LoseStack, NonCanonical, BugCheckCode.UNEXPECTED_KERNEL_MODE_TRAP, 8, 0 },
        { Fault.LoseEverything, 0x10, BugCheckCode.UNEXPECTED_KERNEL_MODE_TRAP, 8, 0 },
        {
            Fault.WriteMsr, 0x1234, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_PRIVILEGED_INSTRUCTION, 0
        },
        {
            Fault.ReadMsr, 0x1234, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_PRIVILEGED_INSTRUCTION, 0
        },
        {
            Fault.ClearWriteProtection, 0, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            (ulong)NTSTATUS.STATUS_PRIVILEGED_INSTRUCTION, 0
        },
        { Fault.CallRoutine, 0x10, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, AccessViolation, 0 },
        {
            Fault.CallRoutine, NonCanonical, BugCheckCode.SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
            AccessViolation, 0
        },
        { Fault.CallRoutine, KernelHalf, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA, KernelHalf, 0 },
    };

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Faults))]
    public void A_fault_is_the_bug_check_of_windows(
        Fault fault, ulong value, BugCheckCode code, ulong first, ulong second)
    {
        using var driver = _world.Start("faults");
        var check = Check(driver, fault, value);
        Assert.Equal(code, (BugCheckCode)check.Code);
        if (first != 0)
            Assert.Equal(first, check.Parameter1);
        if (second != 0)
            Assert.Equal(second, check.Parameter2);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm, Capability.Mingw)]
    [MemberData(nameof(Faults))]
    public void A_fault_in_a_driver_of_gcc_is_the_same(
        Fault fault, ulong value, BugCheckCode code, ulong first, ulong second)
    {
        using var driver = _world.Host.Load(TestDrivers.MingwPathOf("faults"));
        driver.CallEntry();
        var check = Check(driver, fault, value);
        Assert.Equal(code, (BugCheckCode)check.Code);
        Assert.True(first == 0 || first == check.Parameter1);
        Assert.True(second == 0 || second == check.Parameter2);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_snapshot_has_registers_exception_thread_and_stack()
    {
        using var driver = _world.Start("faults");
        var seen = 0;
        _world.Executive.BugChecked += _ => seen++;
        var check = Check(driver, Fault.ReadAt, 0x10);
        Assert.Equal(1, seen);
        var snapshot = check.Snapshot!;
        Assert.Equal(0x10ul, snapshot.Context.Rcx);
        Assert.InRange(
            (nuint)snapshot.Context.Rip, driver.ImageStart, driver.ImageStart + driver.Image.SizeBytes);
        Assert.Equal((nuint)snapshot.Context.Rip, snapshot.StackAddresses[0]);
        Assert.Equal(NTSTATUS.STATUS_ACCESS_VIOLATION, snapshot.Exception!.Value.ExceptionCode);
        Assert.Equal((nuint)0x10, snapshot.Exception.Value.ExceptionInformation[1]);
        Assert.Equal(_world.Executive.CurrentThread.Id, snapshot.ThreadId);
        Assert.Equal(snapshot.Context.Rsp, (ulong)snapshot.StackPointer);
        Assert.NotEqual(0, snapshot.StackMemory.Length);
        Assert.Contains("reading 0x10 in faults.sys+0x", check.Detail, StringComparison.Ordinal);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_breakpoint_is_at_its_own_instruction()
    {
        using var driver = _world.Start("faults");
        var check = Check(driver, Fault.Breakpoint, 0);
        Assert.Equal(check.Snapshot!.Context.Rip, check.Parameter2);
        Assert.Equal(0xCC, GuestMemory.Read<byte>((nuint)check.Parameter2));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_wild_pointer_that_a_routine_uses_names_the_routine_and_its_caller()
    {
        using var driver = _world.Start("faults");
        var check = Check(driver, Fault.CallRoutine, 0x10);
        Assert.Contains("reading 0x10 in ntoskrnl.exe!TestReadByte, called from faults.sys+0x", check.Detail);
        Assert.Contains(nameof(TestRoutines.TestReadByte), check.Snapshot!.HostException);
        Assert.Equal("ntoskrnl.exe!TestReadByte", check.Snapshot.Routine);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Two_thousand_faults_on_one_thread_leave_the_stacks_balanced()
    {
        Fault[] kinds =
        [
            Fault.ReadAt, Fault.JumpTo, Fault.DivideBy, Fault.Undefined, Fault.Breakpoint, Fault.Overflow,
            Fault.LoseStack, Fault.LoseEverything, Fault.FailFast, Fault.CallRoutine,
        ];
        for (var round = 0; round < 200; round++)
        {
            foreach (var kind in kinds)
            {
                using var world = new LoaderWorld();
                using var driver = world.Start("faults");
                var before = world.Native.StackState;
                Assert.Throws<GuestStoppedException>(() => world.Call(driver, 0, (ulong)kind, 0));
                Assert.Equal(before, world.Native.StackState);
            }
        }
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Privileged_instructions_that_do_no_harm_have_their_effect()
    {
        using var driver = _world.Start("faults");
        Assert.Equal(44ul, Call(driver, Fault.Interrupts, 0));
        Assert.Equal(0xD01ul, Call(driver, Fault.ReadMsr, 0xC000_0080));
        Assert.Equal(0xFFFF_FFFFul, Call(driver, Fault.Ports, 0x80));
        Assert.Equal(0x8005_0033ul, Call(driver, Fault.ControlRegisters, 0));
        Assert.Equal(55ul, Call(driver, Fault.HaltAndFlush, 0));
        Assert.Null(_world.Executive.StopReason);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(Fault.RaiseIrql)]
    [InlineData(Fault.RaiseIrqlHighRegister)]
    public void The_task_priority_register_is_the_irql(Fault fault)
    {
        using var driver = _world.Start("faults");
        Assert.Equal(0ul, Call(driver, fault, 2));
        Assert.Equal(Irql.Dispatch, _world.Executive.CurrentThread.Irql);
        Assert.Equal(2ul, Call(driver, fault, 0));
        Assert.Equal(Irql.Passive, _world.Executive.CurrentThread.Irql);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Faults_of_csharp_under_a_driver_stay_exceptions_of_net()
    {
        using var driver = _world.Start("faults");
        object? nothing = null;
        var zero = _world.Events.Count;
        var caught = 0;
        TestRoutines.OnVisit(_world.Executive, () =>
        {
            for (var i = 0; i < 50; i++)
            {
                try
                {
                    _ = i / zero;
                }
                catch (DivideByZeroException)
                {
                    caught++;
                }
                try
                {
                    _ = nothing!.ToString();
                }
                catch (NullReferenceException)
                {
                    caught++;
                }
            }
        });
        Assert.Equal(66ul, Call(driver, Fault.CallVisit, 0));
        Assert.Equal(100, caught);
        Assert.Throws<DivideByZeroException>(() => 1 / zero);
        Assert.Throws<NullReferenceException>(() => nothing!.ToString());
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_fault_under_host_code_leaves_its_own_segment_only()
    {
        using var driver = _world.Start("faults");
        Assert.Equal(77ul, Call(driver, Fault.CatchThenRead, (ulong)Fault.ReadAt));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_loop_at_dispatch_level_is_a_watchdog_violation()
    {
        using var driver = _world.Start("faults");
        _world.Native.DispatchTimeMax = TimeSpan.FromMilliseconds(300);
        var check = Check(driver, Fault.LoopAtDispatch, 0);
        Assert.Equal(BugCheckCode.DPC_WATCHDOG_VIOLATION, (BugCheckCode)check.Code);
        const ulong oneRoutine = 0;
        const ulong ticks = 300 * 64 / 1000;
        Assert.Equal(
            (oneRoutine, ticks, ticks), (check.Parameter1, check.Parameter2, check.Parameter3));
        Assert.Contains("in faults.sys+0x", check.Detail, StringComparison.Ordinal);
        Assert.Equal(Irql.Dispatch, check.Snapshot!.Irql);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Stopping_the_guest_takes_a_looping_thread_out()
    {
        using var driver = _world.Start("faults");
        var thread = StartLoop(driver);
        _world.Executive.RequestStop("the test says so");
        Assert.Equal(
            "the test says so", Assert.ThrowsAsync<GuestStoppedException>(() => thread).Result.Message);
        Assert.True(_world.Native.IsIdle);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_hanging_thread_can_be_taken_out_and_says_where_it_was()
    {
        using var driver = _world.Start("faults");
        var thread = StartLoop(driver);
        var snapshot = Assert.Single(_world.Native.Interrupt(TimeSpan.FromMinutes(2)));
        Assert.StartsWith("faults.sys+0x", _world.Host.NameAddress(snapshot.StackAddresses[0]));
        Assert.ThrowsAsync<GuestStoppedException>(() => thread).Wait();
        Assert.Null(_world.Executive.StopReason);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_world_that_ends_takes_looping_threads_out_first()
    {
        var driver = _world.Start("faults");
        var thread = StartLoop(driver);
        _world.Dispose();
        Assert.ThrowsAsync<GuestStoppedException>(() => thread).Wait();
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_shared_page_is_read_through_a_pointer_that_nothing_could_patch()
    {
        using var driver = _world.Start("faults");
        const ulong sharedPage = 0xFFFF_F780_0000_0000;
        Assert.Equal(10ul, Call(driver, Fault.ReadShared, sharedPage));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Many_threads_fault_while_garbage_is_collected()
    {
        using var stop = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.KeepAlive(new byte[100_000]);
                GC.Collect(0);
            }
        });
        Parallel.For(0, 8, _ =>
        {
            for (var round = 0; round < 12; round++)
            {
                using var world = new LoaderWorld();
                using var driver = world.Start("faults");
                var kind = round % 2 == 0 ? Fault.ReadAt : Fault.CallRoutine;
                Assert.Throws<GuestStoppedException>(() => world.Call(driver, 0, (ulong)kind, 0x10));
                Assert.Equal(0x10ul, world.Executive.LastBugCheck!.Snapshot!.Exception!.Value
                    .ExceptionInformation[1]);
            }
        });
        stop.Cancel();
        collector.Wait();
    }

    // Returns when the thread is in the driver and about to loop.
    private Task<ulong> StartLoop(LoadedDriver driver)
    {
        using var isThere = new ManualResetEventSlim();
        TestRoutines.OnVisit(_world.Executive, isThere.Set);
        var thread = Task.Factory.StartNew(
            () => Call(driver, Fault.LoopAfterVisit, 0), TaskCreationOptions.LongRunning);
        Assert.True(isThere.Wait(TimeSpan.FromMinutes(1)));
        return thread;
    }

    private ulong Call(LoadedDriver driver, Fault fault, ulong value) =>
        _world.Call(driver, 0, (ulong)fault, value);

    private BugCheck Check(LoadedDriver driver, Fault fault, ulong value)
    {
        try
        {
            var stopped = Assert.Throws<GuestStoppedException>(() => Call(driver, fault, value));
            var check = _world.Executive.LastBugCheck!;
            Assert.Equal(stopped.Message, check.ToString());
            Assert.Equal(stopped.Message, _world.Executive.StopReason);
            return check;
        }
        finally
        {
            _world.Executive.CurrentThread.Irql = Irql.Passive;
        }
    }
}
