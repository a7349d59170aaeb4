// Executive timers, DPCs' targets, calls on every processor, work items' mistakes, calendar and versions.
// On a simulated world, where time is what the test says. It knows nothing about KTIMERs: see
// TimerTests.cs.
namespace OpenWsk.Kernel.Tests;

public sealed class TimerMoreTests
{
    private const ulong Notification = 1u << 31;

    [Fact]
    public void An_executive_timer_calls_back_at_its_times_until_it_is_cancelled() =>
        KernelWorld.Simulate(world =>
        {
            var times = new List<(ulong Timer, ulong Context, ulong Irql, long Ns)>();
            var callback = world.Callback(a =>
            {
                times.Add((a[0], a[1], world.Call("KeGetCurrentIrql"), world.Executive.Clock.NowNs));
                return 0;
            });
            var timer = world.Call("ExAllocateTimer", callback, 0x77, 0);
            Assert.Equal(0ul, world.Call("ExSetTimer", timer, Relative(1000), 500, 0));
            Assert.Equal(0ul, WaitTests.Wait(world, (nuint)timer, null));
            Assert.Equal(0ul, WaitTests.Wait(world, (nuint)timer, null));
            Assert.Equal(1ul, world.Call("ExCancelTimer", timer, 0));
            Assert.Equal(0ul, world.Call("ExCancelTimer", timer, 0));
            Assert.Equal((uint)NTSTATUS.STATUS_TIMEOUT, WaitTests.Wait(world, (nuint)timer, -10_000));
            Assert.Equal([100_000, 150_000], times.Select(t => t.Ns));
            Assert.All(times, t => Assert.Equal((timer, 0x77ul, 2ul), (t.Timer, t.Context, t.Irql)));
            Assert.Equal(0ul, world.Call("ExDeleteTimer", timer, 1, 1, 0));
            Assert.Empty(world.Executive.ExTimers.Live);
        });

    [Fact]
    public void A_timer_that_is_deleted_in_its_callback_ends_behind_it() => KernelWorld.Simulate(world =>
    {
        var order = new List<string>();
        var parameters = world.New<EXT_DELETE_PARAMETERS>();
        parameters.Value.DeleteCallback = world.Callback(a =>
        {
            order.Add($"deleted {a[0]}");
            return 0;
        });
        parameters.Value.DeleteContext = 5;
        var timer = 0ul;
        timer = world.Call("ExAllocateTimer", world.Callback(_ =>
        {
            world.Call("ExDeleteTimer", timer, 1, 0, parameters.Address);
            order.Add("callback");
            return 0;
        }), 0, Notification);
        world.Call("ExSetTimer", timer, Relative(10), 0, 0);
        WaitTests.Wait(world, WaitTests.NewEvent(world, EVENT_TYPE.NotificationEvent), -100);
        Assert.Equal(["callback", "deleted 5"], order);
        AssertBugCheck(
            world, BugCheckCode.TIMER_OR_DPC_INVALID, () => world.Call("ExSetTimer", timer, 0, 0, 0));
    });

    [Fact]
    public void Memory_with_an_armed_timer_is_not_freed() => KernelWorld.Simulate(world =>
    {
        var block = (nuint)world.Call("ExAllocatePoolWithTag", 0, 64, 0x31315352);
        world.Call("KeInitializeTimer", block);
        world.Call("KeSetTimer", block, Relative(1000), 0);
        AssertBugCheck(world, BugCheckCode.TIMER_OR_DPC_INVALID, () => world.Call("ExFreePool", block));
    });

    [Fact]
    public void A_routine_runs_on_every_processor_and_says_so() => KernelWorld.Simulate(world =>
    {
        var seen = new List<ulong>();
        var routine = world.Callback(a =>
        {
            seen.AddRange([a[1], world.Call("KeGetCurrentIrql")]);
            world.Call("KeSignalCallDpcSynchronize", a[3]);
            world.Call("KeSignalCallDpcDone", a[2]);
            return 0;
        });
        world.Call("KeGenericCallDpc", routine, 9);
        var worker = world.Callback(a => a[0] + world.Call("KeGetCurrentIrql"));
        Assert.Equal(21ul, world.Call("KeIpiGenericCall", worker, 7));
        Assert.Equal([9ul, 2ul], seen);
        Assert.Equal(0ul, world.Call("KeGetCurrentIrql"));
        world.Call("KeGenericCallDpc", world.Callback(_ => 0), 0);
        Assert.Equal(["PARAMETER"], world.Breaches);
    });

    [Fact]
    public void A_work_item_is_in_the_queue_once() => KernelWorld.Simulate(world =>
    {
        var runs = 0;
        var routine = world.Callback(_ => (ulong)++runs);
        var item = world.Call("IoAllocateWorkItem", 0x1000);
        Assert.Equal(1ul, world.Call("IoTryQueueWorkItem", item, routine, 1, 0));
        Assert.Equal(0ul, world.Call("IoTryQueueWorkItem", item, routine, 1, 0));
        WaitTests.Yield(world);
        Assert.Equal(1, runs);
        Assert.Equal(1ul, world.Call("IoTryQueueWorkItem", item, routine, 1, 0));
        AssertBugCheck(
            world, BugCheckCode.WORKER_INVALID, () => world.Call("IoQueueWorkItem", item, routine, 1, 0));
    });

    [Fact]
    public void A_work_item_that_keeps_a_mutex_is_bug_check_39() => KernelWorld.Simulate(world =>
    {
        var mutex = world.Memory(56);
        world.Call("KeInitializeMutex", mutex, 0);
        var item = world.New<WORK_QUEUE_ITEM>();
        item.Value.WorkerRoutine = world.Callback(_ => WaitTests.Wait(world, mutex, null));
        world.Call("ExQueueWorkItem", item.Address, 1);
        AssertBugCheck(world, BugCheckCode.SYSTEM_EXIT_OWNED_MUTEX, () => WaitTests.Yield(world));
    });

    [Fact]
    public void Calendar_times_go_both_ways() => KernelWorld.Simulate(world =>
    {
        var (time, fields, back) = (world.New<long>(), world.New<TIME_FIELDS>(), world.New<long>());
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var moment = new DateTime(random.NextInt64(
                new DateTime(1601, 1, 1).Ticks, new DateTime(2400, 1, 1).Ticks));
            moment = moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMillisecond));
            GuestMemory.Write(time.Address, moment.Ticks - new DateTime(1601, 1, 1).Ticks);
            world.Call("RtlTimeToTimeFields", time.Address, fields.Address);
            Assert.Equal((short)moment.DayOfWeek, fields.Value.Weekday);
            Assert.Equal(1ul, world.Call("RtlTimeFieldsToTime", fields.Address, back.Address));
            Assert.Equal(time.Value, back.Value);
        }
        fields.Value = new TIME_FIELDS { Year = 2023, Month = 2, Day = 29 };
        Assert.Equal(0ul, world.Call("RtlTimeFieldsToTime", fields.Address, back.Address));
        world.Call("RtlSecondsSince1970ToTime", 0, time.Address);
        Assert.Equal(116_444_736_000_000_000, time.Value);
        var seconds = world.New<uint>();
        world.Call("RtlSecondsSince1980ToTime", 77, time.Address);
        Assert.Equal(1ul, world.Call("RtlTimeToSecondsSince1980", time.Address, seconds.Address));
        Assert.Equal(77u, seconds.Value);
        world.Executive.TimeZoneBias100Ns = 36_000_000_000;
        time.Value = 40_000_000_000;
        world.Call("ExSystemTimeToLocalTime", time.Address, back.Address);
        Assert.Equal(4_000_000_000, back.Value);
        world.Call("ExLocalTimeToSystemTime", back.Address, time.Address);
        Assert.Equal(40_000_000_000, time.Value);
    });

    [Theory]
    [InlineData(10, 0, 3, true)]
    [InlineData(6, 3, 3, true)]
    [InlineData(10, 1, 3, false)]
    [InlineData(11, 0, 3, false)]
    [InlineData(10, 0, 1, true)]
    [InlineData(10, 0, 2, false)]
    [InlineData(11, 0, 4, true)]
    public void A_version_is_verified(uint major, uint minor, byte condition, bool isMet) =>
        KernelWorld.Simulate(world =>
        {
            const uint majorAndMinor = 3;
            var info = world.New<RTL_OSVERSIONINFOEXW>();
            info.Value.dwMajorVersion = major;
            info.Value.dwMinorVersion = minor;
            var mask = world.Call("VerSetConditionMask", 0, majorAndMinor, condition);
            Assert.Equal(
                isMet ? 0u : (uint)NTSTATUS.STATUS_REVISION_MISMATCH,
                (uint)world.Call("RtlVerifyVersionInfo", info.Address, majorAndMinor, mask));
        });

    [Fact]
    public void A_lookaside_list_ex_gives_its_entries_back() => KernelWorld.Simulate(world =>
    {
        var (list, freed) = (world.New<LOOKASIDE_LIST_EX>(), new List<ulong>());
        var free = world.Callback(a =>
        {
            Assert.Equal(list.Address, a[1]);
            freed.Add(a[0]);
            return 0;
        });
        Assert.Equal(0ul, world.Call("ExInitializeLookasideListEx",
            list.Address, 0, free, 512, 1, 40, 0x31315352, 0));
        Assert.Equal((40u, 528), (list.Value.L.Size, (int)list.Value.L.Type));
        var entry = world.Memory(64);
        world.Call("ExpInterlockedPushEntrySList", list.Address, entry);
        world.Call("ExFlushLookasideListEx", list.Address);
        Assert.Equal([entry], freed);
        world.Call("ExDeleteLookasideListEx", list.Address);
        Assert.Equal(
            (uint)NTSTATUS.STATUS_INVALID_PARAMETER_4,
            world.Call("ExInitializeLookasideListEx", list.Address, 0, 0, 7, 0, 40, 0, 0));
    });

    [Fact]
    public void A_breakpoint_is_an_exception() => KernelWorld.Simulate(world => Assert.Equal(
        NTSTATUS.STATUS_BREAKPOINT,
        Assert.Throws<GuestRaiseException>(() => world.Call("DbgBreakPoint")).Code));

    private static ulong Relative(long units100Ns) => unchecked((ulong)-units100Ns);

    private static void AssertBugCheck(KernelWorld world, BugCheckCode code, Action action)
    {
        Assert.Throws<GuestStoppedException>(action);
        Assert.Equal((uint)code, world.Executive.LastBugCheck?.Code);
    }
}
