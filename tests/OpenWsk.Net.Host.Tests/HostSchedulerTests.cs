// The free-running scheduler: order of posted items, deadlines, taking back, parkers, frames, and what
// happens when our own code throws. The transports' tests are in the HostStream*Tests files.
using OpenWsk.Host;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostSchedulerTests : IDisposable
{
    private readonly HostClock _clock = new();
    private readonly HostScheduler _scheduler;

    public HostSchedulerTests() => _scheduler = new HostScheduler(_clock);

    public void Dispose() => _scheduler.Dispose();

    [Fact]
    public void Post_runs_the_items_of_one_thread_in_order_on_one_other_thread()
    {
        const int Count = 10_000;
        var order = new List<int>();
        var threads = new HashSet<int>();
        var items = Enumerable.Range(0, Count).Select(i => new LambdaItem(() =>
        {
            order.Add(i);
            threads.Add(Environment.CurrentManagedThreadId);
        })).ToArray();
        foreach (var item in items)
        {
            _scheduler.Post(item);
        }
        Waiting.For(items[^1].HasRun, "the last item");
        Assert.Equal(Enumerable.Range(0, Count), order);
        Assert.Single(threads);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
    }

    [Fact]
    public void Post_from_many_threads_loses_nothing()
    {
        const int Threads = 4;
        const int PerThread = 20_000;
        var ran = 0;
        using var done = new ManualResetEvent(false);
        for (var t = 0; t < Threads; t++)
        {
            _scheduler.StartThread($"poster {t}", () =>
            {
                for (var i = 0; i < PerThread; i++)
                {
                    _scheduler.Post(new LambdaItem(() =>
                    {
                        if (++ran == Threads * PerThread)
                        {
                            done.Set();
                        }
                    }));
                }
            });
        }
        Waiting.For(done, "every item");
    }

    [Fact]
    public void Post_again_from_inside_the_item_is_allowed()
    {
        var runs = 0;
        using var done = new ManualResetEvent(false);
        LambdaItem? item = null;
        item = new LambdaItem(() =>
        {
            if (++runs == 1000)
            {
                done.Set();
                return;
            }
            _scheduler.Post(item!);
        });
        _scheduler.Post(item);
        Waiting.For(done, "the thousandth run");
    }

    [Fact]
    public void PostAt_runs_by_deadline_and_not_before_it()
    {
        var order = new List<int>();
        var earliest = 0L;
        var base0 = _clock.NowNs + 20_000_000;
        var second = new LambdaItem(() => order.Add(2));
        var first = new LambdaItem(() =>
        {
            order.Add(1);
            earliest = _clock.NowNs;
        });
        _scheduler.PostAt(base0 + 1_000_000, second);
        _scheduler.PostAt(base0, first);
        Waiting.For(second.HasRun, "the later deadline");
        Assert.Equal([1, 2], order);
        Assert.True(earliest >= base0, "An item ran before its deadline.");
    }

    [Fact]
    public void PostAt_with_equal_deadlines_runs_in_the_order_of_posting()
    {
        var order = new List<int>();
        var deadline = _clock.NowNs + 20_000_000;
        var items = Enumerable.Range(0, 100).Select(i => new LambdaItem(() => order.Add(i))).ToArray();
        foreach (var item in items)
        {
            _scheduler.PostAt(deadline, item);
        }
        Waiting.For(items[^1].HasRun, "the last of them");
        Assert.Equal(Enumerable.Range(0, 100), order);
    }

    [Fact]
    public void CancelPost_takes_an_item_back_which_can_be_posted_anew()
    {
        var runs = 0;
        var item = new LambdaItem(() => runs++);
        _scheduler.PostAt(IParker.Never, item);
        Assert.True(_scheduler.CancelPost(item));
        Assert.False(_scheduler.CancelPost(item));
        _scheduler.PostAt(_clock.NowNs, item);
        Waiting.For(item.HasRun, "the item posted anew");
        Assert.False(_scheduler.CancelPost(item));
        Assert.Equal(1, runs);
    }

    [Fact]
    public void Timers_come_in_order_whatever_is_added_and_taken_out()
    {
        var random = new Random(20261122);
        var heap = new TimerHeap();
        var live = new List<LambdaItem>();
        for (var step = 0; step < 5000; step++)
        {
            if (live.Count > 0 && random.Next(3) == 0)
            {
                var victim = live[random.Next(live.Count)];
                Assert.True(heap.Remove(victim));
                Assert.False(heap.Remove(victim));
                live.Remove(victim);
                continue;
            }
            var item = new LambdaItem(() => { }) { DeadlineNs = random.Next(1000) };
            heap.Add(item);
            live.Add(item);
        }
        var taken = new List<long>();
        while (heap.TakeDue(1000) is { } item)
        {
            taken.Add(item.DeadlineNs);
        }
        Assert.Equal(live.Select(i => i.DeadlineNs).Order(), taken);
        Assert.Equal(IParker.Never, heap.NextDeadlineNs);
    }

    [Fact]
    public void Timers_that_are_not_due_stay()
    {
        var heap = new TimerHeap();
        heap.Add(new LambdaItem(() => { }) { DeadlineNs = 7 });
        Assert.Null(heap.TakeDue(6));
        Assert.Equal(7, heap.NextDeadlineNs);
    }

    [Fact]
    public void Park_takes_a_permit_that_came_before()
    {
        var parker = _scheduler.CurrentParker;
        parker.Unpark();
        parker.Unpark();
        Assert.True(parker.Park(IParker.Never));
        Assert.False(parker.Park(_clock.NowNs), "Two permits were kept; a parker holds one.");
    }

    [Fact]
    public void Park_ends_at_its_deadline_and_not_before()
    {
        var deadline = _clock.NowNs + 10_000_000;
        Assert.False(_scheduler.CurrentParker.Park(deadline));
        Assert.True(_clock.NowNs >= deadline);
    }

    [Fact]
    public void Park_and_Unpark_hand_a_token_to_and_fro()
    {
        const int Rounds = 20_000;
        var mine = _scheduler.CurrentParker;
        var turns = 0;
        _scheduler.StartThread("partner", () =>
        {
            var his = _scheduler.CurrentParker;
            Assert.NotSame(mine, his);
            for (var i = 0; i < Rounds; i++)
            {
                Volatile.Write(ref _partner, his);
                mine.Unpark();
                Assert.True(his.Park(IParker.Never));
                turns++;
            }
            mine.Unpark();
        });
        var guard = _clock.NowNs + (long)Waiting.HangGuard.TotalNanoseconds;
        for (var i = 0; i < Rounds; i++)
        {
            Assert.True(mine.Park(guard), "A wake was lost.");
            Volatile.Read(ref _partner)!.Unpark();
        }
        Assert.True(mine.Park(guard), "The last wake was lost.");
        Assert.Equal(Rounds, turns);
    }

    private IParker? _partner;

    [Fact]
    public void Park_allocates_nothing()
    {
        var parker = _scheduler.CurrentParker;
        parker.Park(_clock.NowNs + 1_000_000);
        // A collection that another test causes retires this thread's allocation buffer, and its unused rest
        // counts as allocated. A park that allocates would show in every round.
        const int Rounds = 6;
        var roundsThatAllocate = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 3; i++)
            {
                parker.Park(_clock.NowNs + 500_000);
            }
            roundsThatAllocate += GC.GetAllocatedBytesForCurrentThread() != before ? 1 : 0;
        }
        Assert.InRange(roundsThatAllocate, 0, Rounds / 2);
    }

    [Fact]
    public void The_frame_is_put_around_items_once_it_is_set()
    {
        var frame = new CountingFrame();
        var item = new LambdaItem(() => { });
        _scheduler.Post(item);
        Waiting.For(item.HasRun, "the item without a frame");
        Assert.Equal(0, frame.Runs);
        _scheduler.SetDispatchFrame(frame);
        _scheduler.Post(item);
        Waiting.For(item.HasRun, "the item in the frame");
        _scheduler.PostAt(_clock.NowNs, item);
        Waiting.For(item.HasRun, "the timed item in the frame");
        Assert.Equal(2, frame.Runs);
    }

    [Fact]
    public void An_exception_in_our_code_is_a_crash_that_names_its_place()
    {
        var crashes = new List<string>();
        using var crashed = new AutoResetEvent(false);
        using var scheduler = new HostScheduler(_clock, (text, e) =>
        {
            crashes.Add($"{text} {e.Message}");
            crashed.Set();
        });
        scheduler.Post(new LambdaItem(() => throw new InvalidOperationException("item")));
        Waiting.For(crashed, "the crash of the item");
        scheduler.StartThread("worker", () => throw new InvalidOperationException("body"));
        Waiting.For(crashed, "the crash of the thread");
        Assert.Contains(nameof(LambdaItem), crashes[0]);
        Assert.Contains("worker", crashes[1]);
    }

    [Fact]
    public void Dispose_from_the_dispatcher_itself_does_not_hang()
    {
        var scheduler = new HostScheduler(_clock);
        var item = new LambdaItem(scheduler.Dispose);
        scheduler.Post(item);
        Waiting.For(item.HasRun, "the end");
    }

    private sealed class CountingFrame : IDispatchFrame
    {
        public int Runs { get; private set; }

        public void Run(DispatchItem item)
        {
            Runs++;
            item.Run();
        }
    }
}
