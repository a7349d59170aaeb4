// One dispatcher thread: a virtual processor that owns its queue of posted items and its timers and runs
// both. HostScheduler has one today; nothing here assumes that it is the only one. It knows nothing about
// IRQL: the kernel's dispatch frame raises it around each item.
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>A thread that runs posted items in order and timed items when due.</summary>
internal sealed class Dispatcher
{
    private readonly HostScheduler _scheduler;
    private readonly HostParker _parker;
    private readonly PostedItems _posted = new();
    private readonly TimerHeap _timers = new();
    private readonly Lock _timersGate = new();
    private readonly Thread _thread;
    private int _isIdle;
    private volatile bool _isStopping;

    public Dispatcher(HostScheduler scheduler, string name)
    {
        _scheduler = scheduler;
        _parker = new HostParker(scheduler.Clock);
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
    }

    public void Start() => _thread.Start();

    public void Post(DispatchItem item)
    {
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
        }
        if (isNext)
        {
            WakeIfIdle();
        }
    }

    public bool CancelPost(DispatchItem item)
    {
        lock (_timersGate)
        {
            return _timers.Remove(item);
        }
    }

    /// <summary>Ends the thread after the item that it runs; items still queued are not run.</summary>
    public void Stop()
    {
        _isStopping = true;
        _parker.Unpark();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    // The flag is raised before the dispatcher looks at its queues for the last time and lowered by whoever
    // wakes it. Push and the exchange are full fences, so either the poster sees the flag or the dispatcher
    // the item.
    private void WakeIfIdle()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isIdle) != 0 && Interlocked.Exchange(ref _isIdle, 0) != 0)
        {
            _parker.Unpark();
        }
    }

    private void Loop()
    {
        _scheduler.AdoptCurrentThread(_parker);
        while (!_isStopping)
        {
            RunPosted();
            RunDue();
            if (_posted.IsEmpty)
            {
                Rest();
            }
        }
    }

    private void RunPosted()
    {
        var item = _posted.TakeAll();
        while (item is not null && !_isStopping)
        {
            // The item may post itself again while it runs, so its link is read and cleared first.
            var next = item.NextInQueue;
            item.NextInQueue = null;
            RunItem(item);
            item = next;
        }
    }

    // Only what was due when the turn began, so that timers which re-arm themselves cannot starve posted
    // items.
    private void RunDue()
    {
        var nowNs = _scheduler.Clock.NowNs;
        while (!_isStopping)
        {
            DispatchItem? item;
            lock (_timersGate)
            {
                item = _timers.TakeDue(nowNs);
            }
            if (item is null)
            {
                return;
            }
            RunItem(item);
        }
    }

    private void Rest()
    {
        Interlocked.Exchange(ref _isIdle, 1);
        long deadlineNs;
        lock (_timersGate)
        {
            deadlineNs = _timers.NextDeadlineNs;
        }
        if (_posted.IsEmpty && !_isStopping)
        {
            _parker.Park(deadlineNs);
        }
        Volatile.Write(ref _isIdle, 0);
    }

    private void RunItem(DispatchItem item)
    {
        try
        {
            var frame = _scheduler.DispatchFrame;
            if (frame is null)
            {
                item.Run();
            }
            else
            {
                frame.Run(item);
            }
        }
        catch (Exception e)
        {
            _scheduler.Crash($"A dispatch item of type {item.GetType()} threw. This is a bug in OpenWsk.", e);
        }
    }
}
