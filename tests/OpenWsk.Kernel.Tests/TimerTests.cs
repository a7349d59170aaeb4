// Timers, DPCs, work items and rundown protection: when they run, at which level, how often, and what
// cancelling does. On a simulated world, whose clock stands still between events. It knows nothing about
// sockets.

namespace OpenWsk.Kernel.Tests;

public sealed class TimerTests
{
    [Fact]
    public void A_timer_fires_once_at_its_time_and_queues_its_dpc() => KernelWorld.Simulate(world =>
    {
        var timer = NewTimer(world, 0);
        var calls = new List<string>();
        var dpc = NewDpc(world, a =>
        {
            calls.Add($"{a[1]:x} at {world.Executive.Clock.NowNs} irql {world.Call("KeGetCurrentIrql")}");
            return 0;
        }, context: 0xC0);
        Assert.Equal(0ul, world.Call("KeSetTimer", timer, Relative(100), dpc));
        Assert.Equal("armed timer", Assert.Single(world.Executive.CollectLeftovers()).Kind);
        Assert.Equal(0ul, WaitTests.Wait(world, timer, null));
        world.Call("KeFlushQueuedDpcs");
        Assert.Equal(["c0 at 10000 irql 2"], calls);
        Assert.Equal(1ul, world.Call("KeReadStateTimer", timer));
        Assert.Equal(0ul, WaitTests.Wait(world, timer, 0));
        Assert.Equal(0ul, world.Call("KeCancelTimer", timer));
        Assert.Empty(world.Executive.CollectLeftovers());
    });

    [Fact]
    public void A_periodic_timer_fires_until_it_is_cancelled() => KernelWorld.Simulate(world =>
    {
        var timer = NewTimer(world, 1);
        var times = new List<long>();
        var dpc = NewDpc(world, _ =>
        {
            times.Add(world.Executive.Clock.NowNs / 1_000_000);
            return 0;
        });
        world.Call("KeSetTimerEx", timer, Relative(10_000), 3, dpc);
        for (var i = 0; i < 3; i++)
            WaitTests.Wait(world, timer, null);
        Assert.Equal(1ul, world.Call("KeCancelTimer", timer));
        world.Executive.Waits.Delay(world.Executive.Clock.NowNs + 50_000_000);
        Assert.Equal([1, 4, 7], times);
    });

    [Fact]
    public void A_timer_that_is_set_again_forgets_its_first_time() => KernelWorld.Simulate(world =>
    {
        var timer = NewTimer(world, 0);
        world.Call("KeSetTimer", timer, Relative(100), 0);
        Assert.Equal(1ul, world.Call("KeSetTimer", timer, Relative(500), 0));
        WaitTests.Wait(world, timer, null);
        Assert.Equal(50_000, world.Executive.Clock.NowNs);
        Assert.Equal(0ul, world.Call("KeSetTimer", timer, 0, 0));
        WaitTests.Wait(world, timer, null);
        Assert.Equal(50_000, world.Executive.Clock.NowNs);
    });

    [Fact]
    public void A_cancelled_timer_never_fires() => KernelWorld.Simulate(world =>
    {
        var timer = NewTimer(world, 0);
        world.Call("KeSetTimer", timer, Relative(100), NewDpc(world, _ =>
            throw new InvalidOperationException()));
        Assert.Equal(1ul, world.Call("KeCancelTimer", timer));
        Assert.Equal((uint)NTSTATUS.STATUS_TIMEOUT, WaitTests.Wait(world, timer, -1000));
    });

    [Fact]
    public void A_dpc_is_queued_once_and_gets_its_arguments() => KernelWorld.Simulate(world =>
    {
        var calls = new List<string>();
        var dpc = NewDpc(world, a =>
        {
            calls.Add($"{a[1]} {a[2]} {a[3]}");
            return 0;
        }, context: 7);
        Assert.Equal(1ul, world.Call("KeInsertQueueDpc", dpc, 1, 2));
        Assert.Equal(0ul, world.Call("KeInsertQueueDpc", dpc, 3, 4));
        world.Call("KeFlushQueuedDpcs");
        Assert.Equal(1ul, world.Call("KeInsertQueueDpc", dpc, 5, 6));
        Assert.Equal(1ul, world.Call("KeRemoveQueueDpc", dpc));
        Assert.Equal(0ul, world.Call("KeRemoveQueueDpc", dpc));
        Assert.Equal(1ul, world.Call("KeInsertQueueDpc", dpc, 8, 9));
        world.Call("KeFlushQueuedDpcs");
        Assert.Equal(["7 1 2", "7 8 9"], calls);
    });

    [Fact]
    public void Work_items_run_at_passive_level_in_their_order() => KernelWorld.Simulate(world =>
    {
        var calls = new List<string>();
        var done = WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        var routine = world.Callback(a =>
        {
            calls.Add($"{a[0]:x} {a[1]} irql {world.Call("KeGetCurrentIrql")}");
            world.Call("KeSetEvent", done, 0, 0);
            return 0;
        });
        var item = world.Call("IoAllocateWorkItem", 0xDE);
        world.Call("KfRaiseIrql", 2);
        world.Call("IoQueueWorkItem", item, routine, 1, 5);
        Assert.Equal(
            ["work item", "work item object"], world.Executive.CollectLeftovers().Select(left => left.Kind));
        world.Call("KeLowerIrql", 0);
        WaitTests.Wait(world, done, null);
        var embedded = world.New<WORK_QUEUE_ITEM>();
        (embedded.Value.WorkerRoutine, embedded.Value.Parameter) = (routine, 0xAB);
        world.Call("ExQueueWorkItem", embedded.Address, 1);
        WaitTests.Wait(world, done, null);
        Assert.Equal(["de 5 irql 0", "ab 0 irql 0"], calls);
        world.Call("IoFreeWorkItem", item);
        Assert.Empty(world.Executive.CollectLeftovers());
    });

    [Fact]
    public void A_work_item_that_waits_does_not_hold_up_the_next() => KernelWorld.Simulate(world =>
    {
        var go = WaitTests.NewEvent(world, EVENT_TYPE.NotificationEvent);
        var ended = WaitTests.NewEvent(world, EVENT_TYPE.NotificationEvent);
        var item = world.Call("IoAllocateWorkItem", 0);
        world.Call("IoQueueWorkItem", item, world.Callback(_ => WaitTests.Wait(world, go, null)), 1, 0);
        var next = world.Call("IoAllocateWorkItem", 0);
        world.Call("IoQueueWorkItem", next, world.Callback(_ => world.Call("KeSetEvent", ended, 0, 0)), 1, 0);
        Assert.Equal(0ul, WaitTests.Wait(world, ended, null));
        Assert.Equal(1, world.Executive.Workers.Count);
        world.Call("KeSetEvent", go, 0, 0);
        WaitTests.Yield(world);
        Assert.Equal(0, world.Executive.Workers.Count);
    });

    [Fact]
    public void Timers_dpcs_and_work_survive_many_threads_on_the_host()
    {
        using var world = KernelWorld.OnHost();
        var fired = 0;
        WaitTests.Join(world, WaitTests.Start(world, 4, _ =>
        {
            var done = WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent);
            var timer = NewTimer(world, 0);
            var item = world.Call("IoAllocateWorkItem", 0);
            var work = world.Callback(_ => world.Call("KeSetEvent", done, 0, 0));
            var dpc = NewDpc(world, _ =>
            {
                Interlocked.Increment(ref fired);
                return world.Call("IoQueueWorkItem", item, work, 1, 0);
            });
            for (var i = 0; i < 100; i++)
            {
                world.Call("KeSetTimer", timer, Relative(1_000_000_000), dpc);
                world.Call("KeSetTimer", timer, i % 2 == 0 ? 0 : Relative(1), dpc);
                WaitTests.Wait(world, done, null);
            }
            world.Call("IoFreeWorkItem", item);
        }));
        Assert.Equal(400, fired);
        Assert.Empty(world.Executive.Timers.Armed);
    }

    [Fact]
    public void A_rundown_waits_for_the_last_use_and_lets_no_new_one_in() => KernelWorld.Simulate(world =>
    {
        var protection = world.Memory(8);
        world.Call("ExInitializeRundownProtection", protection);
        Assert.Equal(1ul, world.Call("ExAcquireRundownProtection", protection));
        Assert.Equal(1ul, world.Call("ExAcquireRundownProtection", protection));
        var isOver = false;
        var threads = WaitTests.Start(world, 1, _ =>
        {
            world.Call("ExWaitForRundownProtectionRelease", protection);
            isOver = true;
        });
        WaitTests.Yield(world);
        Assert.Equal(0ul, world.Call("ExAcquireRundownProtection", protection));
        world.Call("ExReleaseRundownProtection", protection);
        WaitTests.Yield(world);
        Assert.False(isOver);
        world.Call("ExReleaseRundownProtection", protection);
        WaitTests.Join(world, threads);
        world.Call("ExReInitializeRundownProtection", protection);
        Assert.Equal(1ul, world.Call("ExAcquireRundownProtection", protection));
    });

    private static nuint NewTimer(KernelWorld world, int type)
    {
        var timer = world.Memory(64);
        world.Call("KeInitializeTimerEx", timer, (ulong)type);
        return timer;
    }

    private static nuint NewDpc(KernelWorld world, Func<ulong[], ulong> routine, ulong context = 0)
    {
        var dpc = world.Memory(64);
        world.Call("KeInitializeDpc", dpc, world.Callback(routine), context);
        return dpc;
    }

    private static ulong Relative(long time100Ns) => unchecked((ulong)-time100Ns);
}
