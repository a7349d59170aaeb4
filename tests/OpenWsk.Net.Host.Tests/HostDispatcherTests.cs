// Several dispatchers: work runs on the processor that it names, one item at a time, in the order of posting,
// whoever posts. What a dispatcher rests in is in HostLoopTests.cs; what holds for one is in
// HostSchedulerTests.cs.
using OpenWsk.Host;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostDispatcherTests : IDisposable
{
    private const int Processors = 3;
    private readonly HostClock _clock = new();
    private readonly HostScheduler _scheduler;

    public HostDispatcherTests() => _scheduler = new HostScheduler(_clock, Processors);

    public void Dispose() => _scheduler.Dispose();

    [Fact]
    public void An_item_runs_on_the_processor_that_it_names()
    {
        Assert.Equal(Processors, _scheduler.ProcessorCount);
        Assert.Equal(-1, _scheduler.CurrentProcessor);
        for (var i = 0; i < Processors; i++)
        {
            var ranOn = -1;
            var item = new LambdaItem(() => ranOn = _scheduler.CurrentProcessor) { Processor = i };
            _scheduler.Post(item);
            Waiting.For(item.HasRun, "the posted item");
            Assert.Equal(i, ranOn);
            ranOn = -1;
            _scheduler.PostAt(_clock.NowNs, item);
            Waiting.For(item.HasRun, "the timed item");
            Assert.Equal(i, ranOn);
        }
    }

    [Fact]
    public void A_dispatcher_of_another_scheduler_is_no_processor_of_this_one()
    {
        using var other = new HostScheduler(_clock, 2);
        var seen = 0;
        var item = new LambdaItem(() => seen = _scheduler.CurrentProcessor) { Processor = 1 };
        other.Post(item);
        Waiting.For(item.HasRun, "the item");
        Assert.Equal(-1, seen);
    }

    [Fact]
    public void Processors_run_at_the_same_time()
    {
        using var met = new Barrier(Processors);
        var items = Enumerable.Range(0, Processors)
            .Select(i => new LambdaItem(Meet) { Processor = i })
            .ToArray();
        foreach (var item in items)
        {
            _scheduler.Post(item);
        }
        foreach (var item in items)
        {
            Waiting.For(item.HasRun, "the meeting");
        }

        void Meet() => Assert.True(met.SignalAndWait(Waiting.HangGuard));
    }

    [Fact]
    public void Work_of_one_processor_is_never_concurrent_and_keeps_each_posters_order()
    {
        const int PerPoster = 3000;
        var posters = Processors + 3;
        var inside = new int[Processors];
        var last = new int[Processors, posters];
        var wrong = 0;
        var left = Processors * posters * PerPoster;
        using var done = new ManualResetEvent(false);

        void Check(int processor, int poster, int number)
        {
            var isAlone = Interlocked.Increment(ref inside[processor]) == 1;
            var isHere = _scheduler.CurrentProcessor == processor;
            var isNext = last[processor, poster] == number - 1;
            last[processor, poster] = number;
            if (!isAlone || !isHere || !isNext)
            {
                Interlocked.Increment(ref wrong);
            }
            Interlocked.Decrement(ref inside[processor]);
            if (Interlocked.Decrement(ref left) == 0)
            {
                done.Set();
            }
        }

        void PostAll(int poster)
        {
            for (var number = 1; number <= PerPoster; number++)
            {
                for (var p = 0; p < Processors; p++)
                {
                    var (processor, mine) = (p, number);
                    _scheduler.Post(
                        new LambdaItem(() => Check(processor, poster, mine)) { Processor = processor });
                }
            }
        }

        for (var poster = 0; poster < posters; poster++)
        {
            var mine = poster;
            if (poster < Processors)
            {
                _scheduler.Post(new LambdaItem(() => PostAll(mine)) { Processor = poster });
            }
            else
            {
                _scheduler.StartThread($"poster {poster}", () => PostAll(mine));
            }
        }
        Waiting.For(done, "every item");
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void A_post_from_the_own_thread_stands_behind_what_came_from_elsewhere_before()
    {
        var order = new List<string>();
        using var isPosted = new ManualResetEvent(false);
        using var isRunning = new ManualResetEvent(false);
        var own = new LambdaItem(() => order.Add("own"));
        var first = new LambdaItem(() =>
        {
            isRunning.Set();
            Assert.True(isPosted.WaitOne(Waiting.HangGuard));
            _scheduler.Post(own);
        });
        _scheduler.Post(first);
        Waiting.For(isRunning, "the first item");
        _scheduler.Post(new LambdaItem(() => order.Add("elsewhere")));
        isPosted.Set();
        Waiting.For(own.HasRun, "the own item");
        Assert.Equal(["elsewhere", "own"], order);
    }

    [Fact]
    public void A_timer_that_arms_itself_in_the_past_does_not_keep_posts_from_running()
    {
        var isOver = false;
        LambdaItem? timer = null;
        timer = new LambdaItem(() =>
        {
            if (!isOver)
            {
                _scheduler.PostAt(0, timer!);
            }
        });
        _scheduler.PostAt(0, timer);
        var post = new LambdaItem(() => isOver = true);
        _scheduler.Post(post);
        Waiting.For(post.HasRun, "the post beside the timer");
    }

    [Fact]
    public void What_a_turn_holds_is_one_batch_of_the_frame()
    {
        var frame = new BatchFrame();
        using var isRunning = new ManualResetEvent(false);
        using var mayGoOn = new ManualResetEvent(false);
        _scheduler.Post(new LambdaItem(() =>
        {
            isRunning.Set();
            Assert.True(mayGoOn.WaitOne(Waiting.HangGuard));
            _scheduler.SetDispatchFrame(frame);
        }));
        Waiting.For(isRunning, "the item that holds the dispatcher");
        var items = Enumerable.Range(0, 10).Select(_ => new LambdaItem(() => { })).ToArray();
        foreach (var item in items)
        {
            _scheduler.Post(item);
        }
        mayGoOn.Set();
        Waiting.For(items[^1].HasRun, "the last item");
        var end = new LambdaItem(() => { });
        _scheduler.Post(end);
        Waiting.For(end.HasRun, "an item of a later turn");
        Assert.Equal(10, frame.Sizes[0]);
    }

    private sealed class BatchFrame : IDispatchFrame
    {
        public List<int> Sizes { get; } = [];

        public void Run(DispatchItem item) => throw new InvalidOperationException("not one by one");

        public void Run(IDispatchBatch batch)
        {
            Sizes.Add(0);
            while (batch.Next() is { } item)
            {
                Sizes[^1]++;
                item.Run();
            }
        }
    }
}
