// A dispatcher with a loop of completions: it rests there, is woken there, runs what is completed in its
// frame and ends the loop on its own thread. The loop here is a fake; a kernel's ring has its own tests.
using OpenWsk.Host;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Tests;

public sealed class HostLoopTests
{
    private readonly HostClock _clock = new();

    [Fact]
    public void The_loop_begins_rests_and_ends_on_its_dispatchers_thread()
    {
        var loops = new List<FakeLoop>();
        using (var scheduler = Make(2, loops))
        {
            var item = new LambdaItem(() => { }) { Processor = 1 };
            scheduler.Post(item);
            Waiting.For(item.HasRun, "the item");
        }
        Assert.All(loops, loop =>
        {
            Assert.True(loop.IsDisposed);
            Assert.False(loop.WasUsedElsewhere);
            Assert.False(loop.WasWokenAfterItsEnd);
        });
    }

    [Fact]
    public void Completions_run_once_for_a_batch_on_their_processor()
    {
        var loops = new List<FakeLoop>();
        using var scheduler = Make(2, loops);
        var ranOn = -1;
        loops[1].OnCompletions = () => ranOn = scheduler.CurrentProcessor;
        loops[1].Complete(3);
        Waiting.For(loops[1].HasRun, "the completions");
        Assert.Equal(1, ranOn);
        Assert.Equal(3, loops[1].Ran);
    }

    [Fact]
    public void Completions_that_an_exception_leaves_go_on_next_turn()
    {
        var loops = new List<FakeLoop>();
        using var crashed = new AutoResetEvent(false);
        using var scheduler = new HostScheduler(
            _clock, (_, _) => crashed.Set(), 1, _ => Add(loops, new FakeLoop(_clock)));
        var isFirst = true;
        loops[0].OnCompletions = () =>
        {
            if (isFirst)
            {
                isFirst = false;
                throw new InvalidOperationException("a guest was stopped");
            }
        };
        loops[0].Complete(2);
        Waiting.For(crashed, "the exception");
        Waiting.For(loops[0].HasRun, "the rest of them");
        Assert.Equal(2, loops[0].Ran);
    }

    [Fact]
    public void The_rest_ends_at_the_next_timer()
    {
        var loops = new List<FakeLoop>();
        using var scheduler = Make(1, loops);
        var item = new LambdaItem(() => { });
        scheduler.PostAt(_clock.NowNs + 5_000_000, item);
        Waiting.For(item.HasRun, "the timer");
    }

    [Fact]
    public void No_wake_is_lost_whoever_posts()
    {
        const int Rounds = 5000;
        var loops = new List<FakeLoop>();
        using var scheduler = Make(2, loops);
        using var done = new ManualResetEvent(false);
        var round = 0;
        LambdaItem? ping = null;
        LambdaItem? pong = null;
        ping = new LambdaItem(() => scheduler.Post(pong!));
        pong = new LambdaItem(() =>
        {
            if (++round == Rounds)
            {
                done.Set();
            }
            else
            {
                scheduler.Post(ping);
            }
        })
        {
            Processor = 1,
        };
        scheduler.Post(ping);
        Waiting.For(done, "the last round");
    }

    [Fact]
    public void A_loop_is_not_woken_after_its_end()
    {
        for (var round = 0; round < 50; round++)
        {
            var loops = new List<FakeLoop>();
            var scheduler = Make(1, loops);
            using var isPosting = new ManualResetEvent(false);
            var isOver = false;
            var poster = new Thread(() =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    scheduler.Post(new LambdaItem(() => { }));
                    isPosting.Set();
                }
            });
            poster.Start();
            Waiting.For(isPosting, "the poster");
            scheduler.Dispose();
            Volatile.Write(ref isOver, true);
            poster.Join();
            Assert.False(loops[0].WasWokenAfterItsEnd);
        }
    }

    private HostScheduler Make(int processors, List<FakeLoop> loops) =>
        new(_clock, processors, _ => Add(loops, new FakeLoop(_clock)));

    private static FakeLoop Add(List<FakeLoop> loops, FakeLoop loop)
    {
        loops.Add(loop);
        return loop;
    }

    // Completes what a test says, in numbers.
    private sealed class FakeLoop : IProcessorLoop
    {
        private readonly HostClock _clock;
        private readonly object _gate = new();
        private readonly Item _item;
        private Thread? _thread;
        private bool _isWoken;
        private int _waiting;

        public FakeLoop(HostClock clock)
        {
            _clock = clock;
            _item = new Item(this);
        }

        public Action OnCompletions { get; set; } = () => { };

        public AutoResetEvent HasRun { get; } = new(false);

        public int Ran { get; private set; }

        public bool IsDisposed { get; private set; }

        public bool WasUsedElsewhere { get; private set; }

        public bool WasWokenAfterItsEnd { get; private set; }

        public bool HasWork => Volatile.Read(ref _waiting) > 0;

        public DispatchItem Completions => _item;

        public void Complete(int count)
        {
            Interlocked.Add(ref _waiting, count);
            Wake();
        }

        public void Begin() => _thread = Thread.CurrentThread;

        public void Submit() => Check();

        public void Rest(long deadlineNs)
        {
            Check();
            lock (_gate)
            {
                while (!_isWoken && !HasWork && _clock.NowNs < deadlineNs)
                {
                    var leftNs = deadlineNs - _clock.NowNs;
                    Monitor.Wait(_gate, deadlineNs == IParker.Never ? -1 : (int)(leftNs / 1_000_000) + 1);
                }
                _isWoken = false;
            }
        }

        public void Wake()
        {
            WasWokenAfterItsEnd |= IsDisposed;
            lock (_gate)
            {
                _isWoken = true;
                Monitor.Pulse(_gate);
            }
        }

        public void Dispose()
        {
            Check();
            IsDisposed = true;
        }

        private void Check() => WasUsedElsewhere |= Thread.CurrentThread != _thread;

        private void RunBatch()
        {
            Check();
            OnCompletions();
            Ran += Interlocked.Exchange(ref _waiting, 0);
            HasRun.Set();
        }

        private sealed class Item(FakeLoop loop) : DispatchItem
        {
            public override void Run() => loop.RunBatch();
        }
    }
}
