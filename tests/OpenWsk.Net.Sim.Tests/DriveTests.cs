// A world that goes on for a caller who has no thread in it: until something is so, until a time, until
// nothing can happen any more; and what it has left runs on in the next drive.
// It knows nothing about networks.
using OpenWsk.Ports;
using OpenWsk.Simulation;
using Xunit;

namespace OpenWsk.Net.Sim.Tests;

public sealed class DriveTests
{
    [Fact]
    public void A_drive_ends_when_the_answer_is_yes_and_the_next_one_goes_on()
    {
        using var world = new SimWorld(1);
        var count = 0;
        world.Scheduler.StartThread("counter", () =>
        {
            for (var at = 1; at <= 10; at++)
            {
                count = at;
                world.Scheduler.CurrentParker.Park(at * 100);
            }
        });
        Assert.Equal(DriveEnd.Over, world.Scheduler.Drive(() => count == 3));
        Assert.Equal((3, 200), (count, world.Clock.NowNs));
        Assert.Equal(DriveEnd.Over, world.Scheduler.Drive(() => count == 7));
        Assert.Equal((7, 600), (count, world.Clock.NowNs));
        Assert.Equal(DriveEnd.Standstill, world.Scheduler.Drive(() => false));
        Assert.Equal((10, 1000), (count, world.Clock.NowNs));
    }

    [Fact]
    public void A_limit_stops_the_clock_at_its_time_and_takes_nothing_away()
    {
        using var world = new SimWorld(1);
        var woken = -1L;
        world.Scheduler.StartThread("late", () =>
        {
            world.Scheduler.CurrentParker.Park(1000);
            woken = world.Clock.NowNs;
        });
        Assert.Equal(DriveEnd.TimeLimit, world.Scheduler.Drive(() => false, 400));
        Assert.Equal((-1, 400), (woken, world.Clock.NowNs));
        Assert.Equal(DriveEnd.Over, world.Scheduler.Drive(() => woken >= 0, 1000));
        Assert.Equal(1000, woken);
    }

    [Fact]
    public void A_standstill_is_no_end_a_thread_that_waits_can_be_woken_later()
    {
        using var world = new SimWorld(1);
        IParker? parker = null;
        var isAwake = false;
        world.Scheduler.StartThread("waiter", () =>
        {
            parker = world.Scheduler.CurrentParker;
            isAwake = parker.Park(IParker.Never);
        });
        Assert.Equal(DriveEnd.Standstill, world.Scheduler.Drive(() => isAwake));
        Assert.False(world.HasEnded);
        world.Scheduler.StartThread("waker", () => parker!.Unpark());
        Assert.Equal(DriveEnd.Over, world.Scheduler.Drive(() => isAwake));
        Assert.Equal(4, world.Run(() => 4));
    }

    [Fact]
    public void A_thread_that_asks_for_ever_is_a_standstill_and_is_named()
    {
        using var world = new SimWorld(1);
        var isOver = false;
        world.Scheduler.StartThread("poller", () =>
        {
            while (!isOver)
                world.Scheduler.CurrentParker.Park(0);
        });
        Assert.Equal(DriveEnd.Standstill, world.Scheduler.Drive(() => false));
        Assert.Equal("poller", world.Scheduler.PollingThread);
        world.Scheduler.StartThread("end", () => isOver = true);
        Assert.Equal(DriveEnd.Standstill, world.Scheduler.Drive(() => false));
        Assert.Null(world.Scheduler.PollingThread);
        Assert.Equal(0, world.Scheduler.LiveThreadCount);
    }

    [Fact]
    public void A_thread_that_fails_ends_the_world_and_the_drive()
    {
        using var world = new SimWorld(1);
        world.Scheduler.StartThread("broken", () => throw new InvalidDataException("broken"));
        Assert.Throws<InvalidDataException>(() => world.Scheduler.Drive(() => false));
        Assert.True(world.HasEnded);
    }
}
