// Events, semaphores, mutexes and waits: who goes on, in which order, when, and what a wait must not do.
// On a simulated world, where a thread that should go on and does not is a proven deadlock. It knows nothing
// of threads' lives: see SystemThreadTests.cs.
using OpenWsk.Ports;
using OpenWsk.Simulation;

namespace OpenWsk.Kernel.Tests;

public sealed class WaitTests
{
    private const uint Timeout = (uint)NTSTATUS.STATUS_TIMEOUT;

    [Fact]
    public void A_notification_event_stays_signalled_and_a_synchronization_event_does_not() =>
        KernelWorld.Simulate(world =>
        {
            var notification = NewEvent(world, EVENT_TYPE.NotificationEvent);
            var synchronization = NewEvent(world, EVENT_TYPE.SynchronizationEvent);
            foreach (var e in (nuint[])[notification, synchronization])
            {
                Assert.Equal(0ul, world.Call("KeSetEvent", e, 0, 0));
                Assert.Equal(1ul, world.Call("KeSetEvent", e, 0, 0));
                Assert.Equal(0ul, Wait(world, e, 0));
            }
            Assert.Equal(0ul, Wait(world, notification, 0));
            Assert.Equal(Timeout, Wait(world, synchronization, 0));
            Assert.Equal(1ul, world.Call("KeReadStateEvent", notification));
            Assert.Equal(1ul, world.Call("KeResetEvent", notification));
            Assert.Equal(0ul, world.Call("KeResetEvent", notification));
            Assert.Equal(Timeout, Wait(world, notification, 0));
        });

    [Fact]
    public void KeInitializeEvent_gives_the_layout_that_macros_read() => KernelWorld.Simulate(world =>
    {
        var address = world.Memory(24);
        GuestMemory.Span(address, 24).Fill(0xEE);
        world.Call("KeInitializeEvent", address, 1, 0xFFFFFF01);
        var header = GuestMemory.Read<DISPATCHER_HEADER>(address);
        Assert.Equal(1, header.Type);
        Assert.Equal(6, header.Size);
        Assert.Equal(1, header.SignalState);
        Assert.Equal(address + 8, header.WaitListHead.Flink.Address);
    });

    [Fact]
    public void A_synchronization_event_lets_waiters_go_one_by_one_in_their_order() =>
        KernelWorld.Simulate(world =>
        {
            var e = NewEvent(world, EVENT_TYPE.SynchronizationEvent);
            var order = new List<int>();
            var threads = Start(world, 3, index =>
            {
                Wait(world, e, null);
                order.Add(index);
            });
            Yield(world);
            for (var i = 1; i <= 3; i++)
            {
                Assert.Equal(0ul, world.Call("KeSetEvent", e, 0, 0));
                Yield(world);
                Assert.Equal(Enumerable.Range(0, i), order);
            }
            Join(world, threads);
            Assert.Equal(Timeout, Wait(world, e, 0));
        });

    [Fact]
    public void A_notification_event_lets_all_waiters_go() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        var threads = Start(world, 4, _ => Wait(world, e, null));
        Yield(world);
        world.Call("KeSetEvent", e, 0, 0);
        Join(world, threads);
    });

    [Fact]
    public void Looking_again_and_again_lets_others_bring_it() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        var threads = Start(world, 1, _ => world.Call("KeSetEvent", e, 0, 0));
        while (Wait(world, e, 0) == Timeout)
        {
        }
        Join(world, threads);
    });

    [Fact]
    public void A_pulse_lets_go_who_waits_and_leaves_nothing() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        var threads = Start(world, 2, _ => Wait(world, e, null));
        Yield(world);
        world.Call("KePulseEvent", e, 0, 0);
        Assert.Equal(Timeout, Wait(world, e, 0));
        Join(world, threads);
    });

    [Theory]
    [InlineData(-10_000, 1_000_000)]
    [InlineData(-1, 100)]
    public void A_relative_timeout_ends_the_wait_at_its_time(long timeout100Ns, long expectedNs) =>
        KernelWorld.Simulate(world =>
        {
            var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
            var beganNs = world.Executive.Clock.NowNs;
            Assert.Equal(Timeout, Wait(world, e, timeout100Ns));
            Assert.Equal(expectedNs, world.Executive.Clock.NowNs - beganNs);
        });

    [Fact]
    public void An_absolute_timeout_is_a_system_time() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        var clock = world.Executive.Clock;
        var until = clock.SystemTime100Ns + 5000;
        Assert.Equal(Timeout, Wait(world, e, until));
        Assert.Equal(until, clock.SystemTime100Ns);
        Assert.Equal(Timeout, Wait(world, e, until - 1));
        Assert.Equal(until, clock.SystemTime100Ns);
    });

    [Fact]
    public void The_longest_timeouts_do_not_overflow() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        var threads = new[] { long.MinValue, long.MaxValue, long.MinValue / 100 }
            .SelectMany(timeout =>
                Start(world, 1, _ => Assert.Equal(0ul, Wait(world, e, timeout)))).ToArray();
        Yield(world);
        world.Call("KeSetEvent", e, 0, 0);
        Join(world, threads);
    });

    [Fact]
    public void A_wait_that_timed_out_leaves_the_queue() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        Assert.Equal(Timeout, Wait(world, e, -5));
        world.Call("KeSetEvent", e, 0, 0);
        Assert.Equal(1ul, world.Call("KeReadStateEvent", e));
    });

    [Fact]
    public void Nobody_to_signal_is_a_deadlock_and_not_a_hang()
    {
        using var world = KernelWorld.OnSim();
        Assert.Throws<DeadlockException>(() => world.Run(() =>
            Wait(world, NewEvent(world, EVENT_TYPE.NotificationEvent), null)));
    }

    [Fact]
    public void Wait_any_takes_the_first_signalled_object_only() => KernelWorld.Simulate(world =>
    {
        var events = NewEvents(world, 3);
        world.Call("KeSetEvent", events[1], 0, 0);
        world.Call("KeSetEvent", events[2], 0, 0);
        Assert.Equal(1ul, WaitMany(world, events, isForAll: false, 0));
        Assert.Equal(2ul, WaitMany(world, events, isForAll: false, 0));
        Assert.Equal(Timeout, WaitMany(world, events, isForAll: false, 0));
    });

    [Fact]
    public void Wait_all_takes_nothing_until_all_are_signalled() => KernelWorld.Simulate(world =>
    {
        var events = NewEvents(world, 3);
        var isDone = false;
        var threads = Start(world, 1, _ =>
        {
            Assert.Equal(0ul, WaitMany(world, events, isForAll: true, null));
            isDone = true;
        });
        for (var i = 0; i < 3; i++)
        {
            Yield(world);
            Assert.False(isDone);
            world.Call("KeSetEvent", events[i], 0, 0);
            Assert.Equal(i < 2 ? 1ul : 0ul, world.Call("KeReadStateEvent", events[i]));
        }
        Join(world, threads);
        Assert.True(isDone);
        Assert.All(events, e => Assert.Equal(0ul, world.Call("KeReadStateEvent", e)));
    });

    [Fact]
    public void A_thread_may_wait_for_one_object_twice() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        var threads = Start(world, 2, _ => Assert.Equal(0ul, WaitMany(world, [e, e], isForAll: false, null)));
        Yield(world);
        world.Call("KeSetEvent", e, 0, 0);
        world.Call("KeSetEvent", e, 0, 0);
        Join(world, threads);
    });

    [Theory]
    [InlineData(0u, false)]
    [InlineData(4u, false)]
    [InlineData(65u, true)]
    public void Too_many_objects_stop_the_guest(uint count, bool hasBlocks) => KernelWorld.Simulate(world =>
    {
        var stop = Assert.Throws<GuestStoppedException>(() => world.Call("KeWaitForMultipleObjects",
            count, world.Memory(1024), 1, 0, 0, 0, 0, hasBlocks ? world.Memory(64 * 48) : 0));
        Assert.StartsWith("MAXIMUM_WAIT_OBJECTS_EXCEEDED", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    [Rule("IRQL-14", Twin.Violated)]
    public void IRQL_14_violated_by_a_wait_at_dispatch_level() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        world.Call("KfRaiseIrql", Irql.Dispatch);
        var stop = Assert.Throws<GuestStoppedException>(() => Wait(world, e, -1));
        Assert.StartsWith("ATTEMPTED_SWITCH_FROM_DPC (0xB8)", stop.Message, StringComparison.Ordinal);
        Assert.Equal(["IRQL-14"], world.Breaches);
    });

    [Fact]
    [Rule("IRQL-14", Twin.Obeyed)]
    public void IRQL_14_obeyed_by_a_look_at_dispatch_level() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        world.Call("KfRaiseIrql", Irql.Dispatch);
        Assert.Equal(Timeout, Wait(world, e, 0));
        world.Call("KeSetEvent", e, 0, 0);
        Assert.Equal(0ul, Wait(world, e, 0));
        world.Call("KeLowerIrql", Irql.Passive);
        Assert.Empty(world.Breaches);
    });

    [Fact]
    public void A_stop_ends_every_wait() => KernelWorld.Simulate(world =>
    {
        var e = NewEvent(world, EVENT_TYPE.NotificationEvent);
        Start(world, 3, _ => Wait(world, e, null));
        Start(world, 1, _ => Delay(world, -1_000_000_000));
        Yield(world);
        world.Executive.RequestStop("enough");
        Assert.True(world.Executive.GuestThreads.WaitUntilIdle(IParker.Never));
        Assert.Equal(0, world.Executive.Clock.NowNs);
    });

    [Fact]
    public void A_semaphore_lets_as_many_go_as_it_counts() => KernelWorld.Simulate(world =>
    {
        var semaphore = world.Memory(32);
        world.Call("KeInitializeSemaphore", semaphore, 1, 3);
        var done = 0;
        var threads = Start(world, 3, _ =>
        {
            Wait(world, semaphore, null);
            done++;
        });
        Yield(world);
        Assert.Equal(1, done);
        Assert.Equal(0ul, world.Call("KeReleaseSemaphore", semaphore, 0, 2, 0));
        Join(world, threads);
        Assert.Equal(0ul, world.Call("KeReadStateSemaphore", semaphore));
        Assert.Equal(0ul, world.Call("KeReleaseSemaphore", semaphore, 0, 3, 0));
        var raised = Assert.Throws<GuestRaiseException>(
            () => world.Call("KeReleaseSemaphore", semaphore, 0, 1, 0));
        Assert.Equal(NTSTATUS.STATUS_SEMAPHORE_LIMIT_EXCEEDED, raised.Code);
        Assert.Equal(3ul, world.Call("KeReadStateSemaphore", semaphore));
    });

    [Fact]
    public void A_mutex_has_one_owner_who_may_take_it_again() => KernelWorld.Simulate(world =>
    {
        var mutex = world.Memory(56);
        world.Call("KeInitializeMutex", mutex, 0);
        Assert.Equal(0ul, Wait(world, mutex, null));
        Assert.Equal(0ul, Wait(world, mutex, null));
        var isTaken = false;
        var threads = Start(world, 1, _ =>
        {
            Wait(world, mutex, null);
            isTaken = true;
            world.Call("KeReleaseMutex", mutex, 0);
        });
        Yield(world);
        world.Call("KeReleaseMutex", mutex, 0);
        Yield(world);
        Assert.False(isTaken);
        world.Call("KeReleaseMutex", mutex, 0);
        Join(world, threads);
        Assert.Equal(1ul, world.Call("KeReadStateMutex", mutex));
        var raised = Assert.Throws<GuestRaiseException>(() => world.Call("KeReleaseMutex", mutex, 0));
        Assert.Equal(NTSTATUS.STATUS_MUTANT_NOT_OWNED, raised.Code);
    });

    [Fact]
    public void A_delay_takes_its_time() => KernelWorld.Simulate(world =>
    {
        Delay(world, -20_000);
        Assert.Equal(2_000_000, world.Executive.Clock.NowNs);
        Delay(world, 0);
        Assert.Equal(2_000_000, world.Executive.Clock.NowNs);
    });

    [Fact]
    public void Signals_and_waits_allocate_no_managed_memory()
    {
        using var world = KernelWorld.OnSim();
        world.Run(() =>
        {
            var x = world.Executive;
            var e = new GuestPtr<KEVENT>(NewEvent(world, EVENT_TYPE.SynchronizationEvent));
            Allocations.AssertNone(() =>
            {
                EventRoutines.KeSetEvent(x, e, 0, 0);
                WaitRoutines.KeWaitForSingleObject(x, e.Address, 0, 0, 0, default);
            });
        });
    }

    [Fact]
    public void Threads_hand_an_event_back_and_forth_on_the_host()
    {
        using var world = KernelWorld.OnHost();
        var there = NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        var back = NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        var turns = 0;
        var threads = Start(world, 1, _ =>
        {
            for (var i = 0; i < 2000; i++)
            {
                Wait(world, there, null);
                turns++;
                world.Call("KeSetEvent", back, 0, 0);
            }
        });
        for (var i = 0; i < 2000; i++)
        {
            world.Call("KeSetEvent", there, 0, 0);
            Wait(world, back, null);
            Assert.Equal(i + 1, turns);
        }
        Join(world, threads);
    }

    internal static nuint NewEvent(KernelWorld world, EVENT_TYPE type)
    {
        var address = world.Memory(24);
        world.Call("KeInitializeEvent", address, (ulong)type, 0);
        return address;
    }

    internal static ulong Wait(KernelWorld world, nuint target, long? timeout100Ns) =>
        world.Call("KeWaitForSingleObject", target, 0, 0, 0, TimeoutAt(world, timeout100Ns));

    /// <summary>Starts guest threads and returns their objects, referenced.</summary>
    internal static nuint[] Start(KernelWorld world, int count, Action<int> body) =>
        [.. Enumerable.Range(0, count).Select(index => SystemThreadTests.Create(world, _ =>
        {
            body(index);
            return 0;
        }))];

    internal static void Join(KernelWorld world, nuint[] threads)
    {
        foreach (var thread in threads)
        {
            Assert.Equal(0ul, Wait(world, thread, null));
            world.Call("ObfDereferenceObject", thread);
        }
    }

    // Lets every other thread of a simulated world run until it waits.
    internal static void Yield(KernelWorld world, int times = 20)
    {
        for (var i = 0; i < times; i++)
            Delay(world, 0);
    }

    internal static void Delay(KernelWorld world, long interval) =>
        world.Call("KeDelayExecutionThread", 0, 0, TimeoutAt(world, interval));

    private static ulong WaitMany(KernelWorld world, nuint[] objects, bool isForAll, long? timeout)
    {
        var array = world.Memory(objects.Length * 8);
        for (var i = 0; i < objects.Length; i++)
            GuestMemory.Write(array + (nuint)(i * 8), objects[i]);
        return world.Call("KeWaitForMultipleObjects",
            (ulong)objects.Length, array, isForAll ? 0u : 1u, 0, 0, 0, TimeoutAt(world, timeout), 0);
    }

    private static nuint[] NewEvents(KernelWorld world, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => NewEvent(world, EVENT_TYPE.SynchronizationEvent))];

    private static nuint TimeoutAt(KernelWorld world, long? timeout100Ns)
    {
        if (timeout100Ns is not { } value)
            return 0;
        var address = world.Memory(8);
        GuestMemory.Write(address, value);
        return address;
    }
}
