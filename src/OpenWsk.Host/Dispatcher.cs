// One dispatcher thread: a virtual processor that owns its queue of posted items, its timers and, where there
// is one, its loop of completions, and runs all of them. Its own thread posts to it without an interlocked
// operation and without a wake. It knows nothing about IRQL: the kernel's dispatch frame raises it around a
// turn's items. Next: Dispatcher.Turn.cs (what a turn runs), PostedItems.cs (posts from elsewhere).
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>A thread that runs posted items in order and timed items when due.</summary>
internal sealed partial class Dispatcher
{
    [ThreadStatic]
    private static Dispatcher? t_current;

    private readonly HostScheduler _scheduler;
    private readonly IProcessorLoop? _loop;
    private readonly HostParker _parker;
    private readonly PostedItems _posted = new();
    private readonly TimerHeap _timers = new();
    private readonly Lock _timersGate = new();
    private readonly Thread _thread;
    // Of the timers, to be read without their lock.
    private long _nextDeadlineNs = IParker.Never;
    private long _timersAdded;

    private int _isIdle;
    private int _wakers;
    private volatile bool _isStopping;

    public Dispatcher(HostScheduler scheduler, int index, IProcessorLoop? loop)
    {
        _scheduler = scheduler;
        _loop = loop;
        Index = index;
        _parker = new HostParker(scheduler.Clock);
        _thread = new Thread(Loop) { IsBackground = true, Name = $"openwsk dispatcher {index}" };
    }

    /// <summary>The dispatcher whose thread is calling, of whichever scheduler.</summary>
    public static Dispatcher? Current => t_current;

    public HostScheduler Scheduler => _scheduler;

    public int Index { get; }

    public void Start() => _thread.Start();

    public void Post(DispatchItem item)
    {
        if (ReferenceEquals(t_current, this))
        {
            PostHere(item);
            return;
        }
        _posted.Push(item);
        WakeIfIdle();
    }

    public void PostAt(long deadlineNs, DispatchItem item)
    {
        bool isNext;
        lock (_timersGate)
        {
            item.DeadlineNs = deadlineNs;
            isNext = deadlineNs < _timers.NextDeadlineNs;
            _timers.Add(item);
            NoteTimers();
        }
        if (isNext && !ReferenceEquals(t_current, this))
        {
            Interlocked.MemoryBarrier();
            WakeIfIdle();
        }
    }

    public bool CancelPost(DispatchItem item)
    {
        lock (_timersGate)
        {
            var isRemoved = _timers.Remove(item);
            NoteTimers();
            return isRemoved;
        }
    }

    /// <summary>Ends the thread after the item that it runs; items still queued are not run.</summary>
    public void Stop()
    {
        _isStopping = true;
        Interlocked.MemoryBarrier();
        WakeIfIdle();
    }

    /// <summary>Waits for the end of the thread, on every other thread.</summary>
    public void Join()
    {
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    // The flag is raised before the dispatcher looks at its queues for the last time and lowered by whoever
    // wakes it. Push and the exchange are full fences, so either the poster sees the flag or the dispatcher
    // the item. The count of wakers keeps the loop alive until the last wake has returned.
    private void WakeIfIdle()
    {
        if (Volatile.Read(ref _isIdle) == 0)
        {
            return;
        }
        Interlocked.Increment(ref _wakers);
        if (Interlocked.Exchange(ref _isIdle, 0) != 0)
        {
            if (_loop is null)
            {
                _parker.Unpark();
            }
            else
            {
                _loop.Wake();
            }
        }
        Interlocked.Decrement(ref _wakers);
    }

    private void Loop()
    {
        t_current = this;
        _scheduler.AdoptCurrentThread(_parker);
        _loop?.Begin();
        while (!_isStopping)
        {
            RunTurn();
            Rest();
        }
        var spinner = new SpinWait();
        while (Volatile.Read(ref _wakers) != 0)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
        _loop?.Dispose();
        t_current = null;
    }

    private void Rest()
    {
        if (_loop is { HasWork: true })
        {
            // They run first, and what was queued goes with what they queue.
            return;
        }
        if (HasPosts)
        {
            _loop?.Submit();
            return;
        }
        Interlocked.Exchange(ref _isIdle, 1);
        if (_posted.IsEmpty && !_isStopping)
        {
            var deadlineNs = Volatile.Read(ref _nextDeadlineNs);
            if (_loop is null)
            {
                _parker.Park(deadlineNs);
            }
            else
            {
                _loop.Rest(deadlineNs);
            }
        }
        // A full fence: whoever counts itself a waker later than this does not wake any more.
        Interlocked.Exchange(ref _isIdle, 0);
    }
}
