// The same small scenes under many schedules: the world chooses at each point which thread goes on, from a
// seed, so a lost wake-up or a broken hand-over shows as a deadlock or a wrong count under some of them.
// It knows nothing about single routines' details.
using OpenWsk.Simulation;

namespace OpenWsk.Kernel.Tests;

public sealed class ScheduleTests
{
    private const int SchedulesPerScene = 60;

    [Fact]
    public void Locks_events_and_waits_work_under_every_schedule_tried() => Explore(world =>
    {
        var spinLock = world.Memory(8);
        var mutex = world.Memory(56);
        world.Call("KeInitializeMutex", mutex, 0);
        var turn = WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        world.Call("KeSetEvent", turn, 0, 0);
        var inside = 0;
        var total = 0;
        WaitTests.Join(world, WaitTests.Start(world, 4, index =>
        {
            for (var i = 0; i < 5; i++)
            {
                var irql = world.Call("KeAcquireSpinLockRaiseToDpc", spinLock);
                total++;
                world.Call("KeReleaseSpinLock", spinLock, irql);
                var target = index % 2 == 0 ? mutex : turn;
                WaitTests.Wait(world, target, null);
                Assert.InRange(++inside, 1, 2);
                WaitTests.Yield(world, times: 2);
                inside--;
                world.Call(index % 2 == 0 ? "KeReleaseMutex" : "KeSetEvent", target, 0, 0);
            }
        }));
        Assert.Equal(20, total);
    });

    [Fact]
    public void A_timeout_that_meets_a_signal_is_one_of_the_two() => Explore(world =>
    {
        var e = WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        var taken = 0;
        var threads = WaitTests.Start(world, 3, _ =>
        {
            if (WaitTests.Wait(world, e, -100) == 0)
                taken++;
        });
        world.Executive.Waits.Delay(10_000);
        world.Call("KeSetEvent", e, 0, 0);
        WaitTests.Join(world, threads);
        Assert.Equal(1, taken + (int)world.Call("KeReadStateEvent", e));
    });

    [Fact]
    public void An_irp_is_completed_or_cancelled_and_never_both() => Explore(world =>
    {
        var x = world.Executive;
        var irp = new GuestPtr<IRP>((nuint)world.Call("IoAllocateIrp", 1, 0));
        var done = WaitTests.NewEvent(world, EVENT_TYPE.NotificationEvent);
        var completions = 0;
        ref var next = ref irp.Value.CurrentStackLocation.At(-1).Value;
        next.Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
        next.CompletionRoutine = world.Callback(_ =>
        {
            completions++;
            world.Call("KeSetEvent", done, 0, 0);
            return (uint)NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED;
        });
        IrpCompletion.Claim(x, irp);
        IrpCompletion.MarkPending(irp);
        IrpCompletion.SetCancelRoutine(irp, world.Callback(a =>
        {
            IrpCancellation.ReleaseLock(x, irp.Value.CancelIrql);
            WaitTests.Yield(world, times: 2);
            IrpCompletion.Complete(x, irp, NTSTATUS.STATUS_CANCELLED, 0);
            return 0;
        }));
        var threads = WaitTests.Start(world, 2, index =>
        {
            WaitTests.Yield(world, times: 2);
            if (index == 0)
                world.Call("IoCancelIrp", irp.Address);
            else if (IrpCompletion.SetCancelRoutine(irp, 0) != 0)
                IrpCompletion.Complete(x, irp, NTSTATUS.STATUS_SUCCESS, 1);
        });
        WaitTests.Wait(world, done, null);
        WaitTests.Join(world, threads);
        Assert.Equal(1, completions);
        Assert.Null(x.StopReason);
    });

    private static void Explore(Action<KernelWorld> scene)
    {
        for (var seed = 1ul; seed <= SchedulesPerScene; seed++)
        {
            using var world = KernelWorld.OnSim(seed, new RandomStrategy(seed));
            world.Run(() => scene(world));
        }
    }
}
