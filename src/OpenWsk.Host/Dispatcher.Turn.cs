// A turn of a dispatcher: the loop's completions, then what was posted before the turn began, then the timers
// that were due. What an item posts runs in the next turn, so nothing that posts itself again starves the
// rest. All of a turn is one batch of the kernel's frame. It knows nothing about rest: see Dispatcher.cs.
using OpenWsk.Ports;

namespace OpenWsk.Host;

internal sealed partial class Dispatcher : IDispatchBatch
{
    // Posted here and not yet of a turn; the own thread's.
    private LinkedQueue<DispatchItem> _here;

    // What is left of this turn, and the item that has been taken and belongs to another frame.
    private DispatchItem? _turn;
    private DispatchItem? _held;
    private bool _hasCompletions;
    private bool _hasTimers;
    private long _turnNs;
    private long _timersEnd;

    private DispatchItem? _running;
    private IDispatchFrame? _frame;

    private bool HasPosts => !_here.IsEmpty || !_posted.IsEmpty;

    /// <summary>The next item of the turn that belongs to the frame which is open.</summary>
    DispatchItem? IDispatchBatch.Next()
    {
        if (_isStopping || (_held ?? Take()) is not { } item)
        {
            return null;
        }
        if (!ReferenceEquals(item.Frame ?? _scheduler.DispatchFrame, _frame))
        {
            _held = item;
            return null;
        }
        _held = null;
        _running = item;
        return item;
    }

    // What came from elsewhere before this post stands before it in the queue.
    private void PostHere(DispatchItem item)
    {
        if (!_posted.IsEmpty)
        {
            TakePosted();
        }
        _here.Enqueue(item);
    }

    private void TakePosted()
    {
        var (oldest, newest) = _posted.TakeAll();
        if (oldest is not null)
        {
            _here.Append(oldest, newest!);
        }
    }

    private void RunTurn()
    {
        if (!_posted.IsEmpty)
        {
            TakePosted();
        }
        _turn = _here.TakeAll();
        _hasCompletions = _loop is { HasWork: true };
        _hasTimers = Volatile.Read(ref _nextDeadlineNs) != IParker.Never;
        if (_hasTimers)
        {
            _turnNs = _scheduler.Clock.NowNs;
            _timersEnd = Volatile.Read(ref _timersAdded);
        }
        while (!_isStopping && (_held ??= Take()) is { } item)
        {
            RunFrom(item);
        }
    }

    // Runs the item and those behind it that are of the same frame.
    private void RunFrom(DispatchItem item)
    {
        _frame = item.Frame ?? _scheduler.DispatchFrame;
        try
        {
            if (_frame is not null)
            {
                _frame.Run((IDispatchBatch)this);
                return;
            }
            _held = null;
            _running = item;
            item.Run();
        }
        catch (Exception e)
        {
            var type = _running?.GetType();
            _scheduler.Crash($"A dispatch item of type {type} threw. This is a bug in OpenWsk.", e);
        }
    }

    private DispatchItem? Take()
    {
        if (_hasCompletions)
        {
            _hasCompletions = false;
            return _loop!.Completions;
        }
        if (_turn is not null)
        {
            return LinkedItems.TakeFirst(ref _turn);
        }
        return _hasTimers ? TakeDue() : null;
    }

    private DispatchItem? TakeDue()
    {
        if (Volatile.Read(ref _nextDeadlineNs) <= _turnNs)
        {
            lock (_timersGate)
            {
                var item = _timers.TakeDue(_turnNs, _timersEnd);
                NoteTimers();
                if (item is not null)
                {
                    return item;
                }
            }
        }
        _hasTimers = false;
        return null;
    }

    // Under the lock of the timers.
    private void NoteTimers()
    {
        Volatile.Write(ref _nextDeadlineNs, _timers.NextDeadlineNs);
        Volatile.Write(ref _timersAdded, _timers.AddedCount);
    }
}
