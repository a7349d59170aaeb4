// The deterministic scheduler and the virtual clock: order, jumps of time, deadlock, endings, foreign
// threads. They use no network. What the worlds above it do with time is tested where they are.
using OpenWsk.Ports;
using OpenWsk.Simulation;
using Xunit;

namespace OpenWsk.Net.Sim.Tests;

public sealed class SchedulerTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Time_jumps_to_the_deadline_of_a_park()
    {
        using var world = new SimWorld(1);
        world.Run(() =>
        {
            Assert.False(world.Scheduler.CurrentParker.Park(3600 * Second));
            Assert.Equal(3600 * Second, world.Clock.NowNs);
        });
    }

    [Fact]
    public void System_time_follows_the_virtual_clock_from_a_fixed_date()
    {
        using var world = new SimWorld(1);
        world.Run(() =>
        {
            world.Scheduler.CurrentParker.Park(24 * 3600 * Second);
            var now = DateTime.FromFileTimeUtc(world.Clock.SystemTime100Ns);
            Assert.Equal(SimClock.WorldBegins.AddDays(1), now);
        });
    }

    [Fact]
    public void Threads_run_one_at_a_time_in_order_of_start()
    {
        using var world = new SimWorld(1);
        var log = new List<string>();
        world.Run(() =>
        {
            for (var i = 0; i < 3; i++)
            {
                var number = i;
                world.Scheduler.StartThread($"worker {number}", () =>
                {
                    log.Add($"{number} begins");
                    world.Scheduler.CurrentParker.Park(Second * (3 - number));
                    log.Add($"{number} ends");
                });
            }
            log.Add("main parks");
            world.Scheduler.CurrentParker.Park(10 * Second);
        });
        Assert.Equal(["main parks", "0 begins", "1 begins", "2 begins", "2 ends", "1 ends", "0 ends"], log);
    }

    [Fact]
    public void A_permit_given_before_the_park_is_not_lost_and_counts_once()
    {
        using var world = new SimWorld(1);
        world.Run(() =>
        {
            var parker = world.Scheduler.CurrentParker;
            parker.Unpark();
            parker.Unpark();
            Assert.True(parker.Park(IParker.Never));
            Assert.False(parker.Park(world.Clock.NowNs + 5));
            Assert.Equal(5, world.Clock.NowNs);
        });
    }

    [Fact]
    public void An_unpark_wakes_at_the_time_it_happens_and_forgets_the_deadline()
    {
        using var world = new SimWorld(1);
        world.Run(() =>
        {
            var parker = world.Scheduler.CurrentParker;
            world.Scheduler.StartThread("waker", () =>
            {
                world.Scheduler.CurrentParker.Park(7);
                parker.Unpark();
            });
            Assert.True(parker.Park(1000));
            Assert.Equal(7, world.Clock.NowNs);
            Assert.False(parker.Park(2000));
            Assert.Equal(2000, world.Clock.NowNs);
        });
    }

    [Fact]
    public void A_park_whose_deadline_has_passed_lets_the_others_run_first()
    {
        using var world = new SimWorld(1);
        var isRun = false;
        world.Run(() =>
        {
            world.Scheduler.StartThread("other", () => isRun = true);
            Assert.False(world.Scheduler.CurrentParker.Park(0));
            Assert.True(isRun);
        });
    }

    [Fact]
    public void Items_run_on_the_dispatcher_in_order_of_posting_and_of_deadlines()
    {
        using var world = new SimWorld(1);
        var log = new List<string>();
        world.Run(() =>
        {
            var main = world.Scheduler.CurrentParker;
            world.Scheduler.PostAt(20, new Item(() => log.Add($"late at {world.Clock.NowNs}")));
            world.Scheduler.PostAt(10, new Item(() => log.Add($"early at {world.Clock.NowNs}")));
            world.Scheduler.PostAt(20, new Item(() => log.Add($"latest at {world.Clock.NowNs}")));
            world.Scheduler.Post(new Item(() => log.Add($"first at {world.Clock.NowNs}")));
            world.Scheduler.Post(new Item(() => Assert.NotSame(main, world.Scheduler.CurrentParker)));
            main.Park(30);
        });
        Assert.Equal(["first at 0", "early at 10", "late at 20", "latest at 20"], log);
    }

    [Fact]
    public void An_item_taken_back_does_not_run_and_one_that_ran_cannot_be_taken_back()
    {
        using var world = new SimWorld(1);
        var runs = 0;
        world.Run(() =>
        {
            var item = new Item(() => runs++);
            world.Scheduler.PostAt(10, item);
            Assert.True(world.Scheduler.CancelPost(item));
            Assert.False(world.Scheduler.CancelPost(item));
            world.Scheduler.CurrentParker.Park(20);
            Assert.Equal(0, runs);
            world.Scheduler.PostAt(30, item);
            world.Scheduler.CurrentParker.Park(40);
            Assert.Equal(1, runs);
            Assert.False(world.Scheduler.CancelPost(item));
        });
    }

    [Fact]
    public void Every_item_runs_inside_the_dispatch_frame()
    {
        using var world = new SimWorld(1);
        var frame = new CountingFrame();
        world.Scheduler.SetDispatchFrame(frame);
        world.Run(() =>
        {
            world.Scheduler.Post(new Item(() => Assert.True(frame.IsInside)));
            world.Scheduler.PostAt(5, new Item(() => Assert.True(frame.IsInside)));
            world.Scheduler.CurrentParker.Park(10);
        });
        Assert.Equal(2, frame.Count);
    }

    [Fact]
    public void A_double_post_is_found_at_once()
    {
        using var world = new SimWorld(1);
        world.Run(() =>
        {
            var item = new Item(() => { });
            world.Scheduler.Post(item);
            Assert.Throws<InvalidOperationException>(() => world.Scheduler.Post(item));
        });
    }

    [Fact]
    public void A_deadlock_is_proven_at_once_names_the_parked_and_ends_their_threads()
    {
        var unwound = new List<string>();
        using var world = new SimWorld(1);
        var deadlock = Assert.Throws<DeadlockException>(() => world.Run(() =>
        {
            foreach (var name in new[] { "alpha", "beta" })
                world.Scheduler.StartThread(name, () => ParkForEver(world, unwound, name));
            ParkForEver(world, unwound, "main");
        }));
        Assert.Equal(["alpha", "beta", "main"], deadlock.ParkedThreads.Order());
        Assert.Contains("alpha", deadlock.Message, StringComparison.Ordinal);
        Assert.Equal(["alpha", "beta", "main"], unwound.Order());
        Assert.Equal(0, world.Scheduler.LiveThreadCount);
        Assert.Throws<InvalidOperationException>(() => world.Run(() => { }));
    }

    [Fact]
    public void A_pending_item_is_no_deadlock()
    {
        using var world = new SimWorld(1);
        world.Run(() =>
        {
            var parker = world.Scheduler.CurrentParker;
            world.Scheduler.PostAt(50, new Item(parker.Unpark));
            Assert.True(parker.Park(IParker.Never));
            Assert.Equal(50, world.Clock.NowNs);
        });
    }

    [Fact]
    public void Run_rethrows_what_the_body_throws_and_the_world_lives_on()
    {
        using var world = new SimWorld(1);
        Assert.Throws<ArithmeticException>(() => world.Run(() => throw new ArithmeticException()));
        Assert.Equal(5, world.Run(() => 5));
    }

    [Fact]
    public void What_another_thread_or_an_item_throws_ends_the_world()
    {
        using var first = new SimWorld(1);
        Assert.Throws<ArithmeticException>(() => first.Run(() =>
        {
            first.Scheduler.StartThread("faulty", () => throw new ArithmeticException());
            first.Scheduler.CurrentParker.Park(IParker.Never);
        }));
        using var second = new SimWorld(1);
        Assert.Throws<ArithmeticException>(() => second.Run(() =>
        {
            second.Scheduler.Post(new Item(() => throw new ArithmeticException()));
            second.Scheduler.CurrentParker.Park(IParker.Never);
        }));
        Assert.Equal(0, second.Scheduler.LiveThreadCount);
    }

    [Fact]
    public void Threads_left_by_one_run_go_on_in_the_next_and_end_with_the_world()
    {
        var unwound = new List<string>();
        var world = new SimWorld(1);
        IParker? waiter = null;
        var isWoken = false;
        world.Run(() =>
        {
            world.Scheduler.StartThread("waiter", () =>
            {
                waiter = world.Scheduler.CurrentParker;
                waiter.Park(IParker.Never);
                isWoken = true;
                ParkForEver(world, unwound, "waiter");
            });
            world.Scheduler.CurrentParker.Park(1);
        });
        world.Run(() =>
        {
            waiter!.Unpark();
            world.Scheduler.CurrentParker.Park(2);
        });
        Assert.True(isWoken);
        Assert.Equal(1, world.Scheduler.LiveThreadCount);
        world.Dispose();
        Assert.Equal(["waiter"], unwound);
        Assert.Equal(0, world.Scheduler.LiveThreadCount);
    }

    [Fact]
    public void Foreign_threads_have_no_parker_and_may_not_wake_anybody()
    {
        using var world = new SimWorld(1);
        var parker = world.Run(() => world.Scheduler.CurrentParker);
        Assert.Throws<InvalidOperationException>(() => world.Scheduler.CurrentParker);
        Assert.Throws<InvalidOperationException>(parker.Unpark);
        using var other = new SimWorld(2);
        other.Run(() => Assert.Throws<InvalidOperationException>(parker.Unpark));
        world.Run(() => Assert.Throws<InvalidOperationException>(() => world.Run(() => { })));
    }

    [Fact]
    public void The_random_strategy_follows_from_its_seed_and_seeds_differ()
    {
        var orders = Enumerable.Range(0, 20).Select(seed => OrderOfThreads((ulong)seed)).ToList();
        Assert.Equal(orders, Enumerable.Range(0, 20).Select(seed => OrderOfThreads((ulong)seed)));
        Assert.True(orders.Distinct().Count() > 5);
    }

    [Theory]
    [InlineData(false, "item 1, item 2, woken")]
    [InlineData(true, "item 1, woken, item 2")]
    public void A_strategy_may_let_others_run_between_two_items(bool isInterrupting, string order)
    {
        using var world = new SimWorld(1, isInterrupting ? new InterruptingStrategy() : new FifoStrategy());
        var log = new List<string>();
        world.Run(() =>
        {
            var main = world.Scheduler.CurrentParker;
            world.Scheduler.Post(new Item(() =>
            {
                log.Add("item 1");
                main.Unpark();
            }));
            world.Scheduler.Post(new Item(() => log.Add("item 2")));
            main.Park(IParker.Never);
            log.Add("woken");
            main.Park(10);
        });
        Assert.Equal(order, string.Join(", ", log));
    }

    [Fact]
    public void Entropy_follows_from_seed_and_concern()
    {
        Assert.Equal(Draw(7, "net"), Draw(7, "net"));
        Assert.NotEqual(Draw(7, "net"), Draw(8, "net"));
        Assert.NotEqual(Draw(7, "net"), Draw(7, "schedule"));
    }

    private static string Draw(ulong seed, string concern)
    {
        var bytes = new byte[21];
        new SimEntropy(seed, concern).Fill(bytes);
        return Convert.ToHexString(bytes);
    }

    private static string OrderOfThreads(ulong seed)
    {
        using var world = new SimWorld(seed, new RandomStrategy(seed));
        var order = "";
        world.Run(() =>
        {
            foreach (var letter in "abcdef")
                world.Scheduler.StartThread(letter.ToString(), () => order += letter);
            world.Scheduler.CurrentParker.Park(1);
        });
        return order;
    }

    private static void ParkForEver(SimWorld world, List<string> unwound, string name)
    {
        try
        {
            world.Scheduler.CurrentParker.Park(IParker.Never);
        }
        finally
        {
            unwound.Add(name);
        }
    }

    private sealed class Item(Action action) : DispatchItem
    {
        public override void Run() => action();
    }

    private sealed class InterruptingStrategy : IStrategy
    {
        public int Choose(ChoicePoint point, int count) => point == ChoicePoint.GoOn ? count - 1 : 0;
    }

    private sealed class CountingFrame : IDispatchFrame
    {
        public int Count { get; private set; }

        public bool IsInside { get; private set; }

        public void Run(DispatchItem item)
        {
            Count++;
            IsInside = true;
            item.Run();
            IsInside = false;
        }
    }
}
