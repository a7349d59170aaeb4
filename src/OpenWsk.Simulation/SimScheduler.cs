// The deterministic scheduler: one token, and only its holder runs. A thread that parks or ends hands the
// token to the next one that can run; when nothing can, the clock jumps to the earliest deadline; when
// there is none, the world is deadlocked, which is a proof and not a timeout. There is no scheduler thread,
// and no lock: whoever holds the token owns all of this state, and the token's hand-over publishes it.
// Between two runs of a world the caller of SimWorld.Run holds it. Who is next is asked of IStrategy. Turns
// and hand-over: SimScheduler.Token.cs.
using System.Runtime.ExceptionServices;
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>
/// Runs the threads and the deferred work of one simulated world, one at a time, in a repeatable order.
/// </summary>
public sealed partial class SimScheduler : IScheduler
{
    [ThreadStatic]
    private static SimThread? t_current;

    private readonly SimClock _clock;
    private readonly IStrategy _strategy;
    private LinkedQueue<DispatchItem> _posted;
    private readonly DeadlineQueue _deadlines = new();
    private readonly SimThread _dispatcher;
    private IDispatchFrame? _frame;

    public SimScheduler(SimClock clock, IStrategy strategy)
    {
        _clock = clock;
        _strategy = strategy;
        _dispatcher = new SimThread(this, "dispatcher", RunDispatcher) { State = SimThreadState.Idle };
        _threads.Add(_dispatcher);
    }

    public IParker CurrentParker => CurrentThread;

    public int ProcessorCount => 1;

    public int CurrentProcessor => ReferenceEquals(t_current, _dispatcher) ? 0 : -1;

    /// <summary>Whether the world has ended, by a deadlock, a failed thread or its owner.</summary>
    public bool HasEnded => _isEnding;

    /// <summary>Threads that have begun or may still begin, the dispatcher left out.</summary>
    public int LiveThreadCount => _threads.Count - (_threads.Contains(_dispatcher) ? 1 : 0);

    private SimThread CurrentThread =>
        t_current is { } thread && ReferenceEquals(thread.Scheduler, this)
            ? thread
            : throw new InvalidOperationException(
                "The calling thread is not of this simulated world; call from inside SimWorld.Run.");

    public void StartThread(string name, Action body)
    {
        RequireToken();
        if (_isEnding)
            return;
        var thread = new SimThread(this, name, body);
        _threads.Add(thread);
        MakeRunnable(thread);
    }

    public void Post(DispatchItem item)
    {
        RequireToken();
        NoteProgress();
        Enqueue(item);
        if (_dispatcher.State == SimThreadState.Idle && !_isEnding)
            MakeRunnable(_dispatcher);
    }

    public void PostAt(long deadlineNs, DispatchItem item)
    {
        RequireToken();
        item.DeadlineNs = deadlineNs;
        if (deadlineNs <= _clock.NowNs)
            Post(item);
        else
            _deadlines.Add(deadlineNs, item);
    }

    public bool CancelPost(DispatchItem item)
    {
        RequireToken();
        return _deadlines.Remove(item);
    }

    public void SetDispatchFrame(IDispatchFrame frame)
    {
        RequireToken();
        _frame = frame;
    }

    /// <summary>
    /// Runs the body as a thread of the world and returns when it has ended, with its exception.
    /// </summary>
    /// <remarks>
    /// Other threads keep their place and go on in the next run. Errors: <see cref="DeadlockException"/> when
    /// nothing can run any more; the exception of another thread when one fails. Either ends the world.
    /// </remarks>
    public void Run(Action body)
    {
        RequireRest();
        if (_isEnding)
            throw new InvalidOperationException("The world has ended.");
        ExceptionDispatchInfo? thrown = null;
        _main = new SimThread(this, "main", () => thrown = Capture(body));
        _threads.Add(_main);
        _runnable.Add(_main);
        LeaveRest();
        _failure?.Throw();
        thrown?.Throw();
    }

    /// <summary>Ends the world: every thread that is left unwinds, one after the other.</summary>
    public void End()
    {
        RequireRest();
        BeginEnding();
        if (_runnable.Count > 0)
            LeaveRest();
    }

    internal bool Park(SimThread thread, long deadlineNs)
    {
        if (!ReferenceEquals(thread, CurrentThread))
            throw new InvalidOperationException("A thread parks itself only.");
        ThrowIfEnding();
        if (thread.HasPermit)
        {
            thread.HasPermit = false;
            OfferTurn(thread);
            return true;
        }
        thread.IsTimedOut = false;
        if (deadlineNs <= _clock.NowNs)
        {
            thread.IsTimedOut = true;
            NoteYield(thread);
            thread.State = SimThreadState.Runnable;
            _runnable.Add(thread);
        }
        else
        {
            thread.State = SimThreadState.Parked;
            if (deadlineNs != IParker.Never)
                _deadlines.Add(deadlineNs, thread);
        }
        SwitchAway(thread);
        return !thread.IsTimedOut;
    }

    internal void Unpark(SimThread thread)
    {
        _ = CurrentThread;
        NoteProgress();
        if (thread.State != SimThreadState.Parked)
        {
            thread.HasPermit = true;
            return;
        }
        _deadlines.Remove(thread);
        MakeRunnable(thread);
    }

    // Every item but a queue's last has a link.
    private void Enqueue(DispatchItem item)
    {
        if (item.NextInQueue is not null || ReferenceEquals(_posted.Last, item))
            throw new InvalidOperationException($"{item} is posted while it is queued already.");
        _posted.Enqueue(item);
    }

    private void RunDispatcher()
    {
        while (true)
        {
            while (!_posted.IsEmpty)
            {
                var item = _posted.Dequeue();
                if ((item.Frame ?? _frame) is { } frame)
                    frame.Run(item);
                else
                    item.Run();
                OfferTurn(_dispatcher);
            }
            _dispatcher.State = SimThreadState.Idle;
            SwitchAway(_dispatcher);
        }
    }

    private static ExceptionDispatchInfo? Capture(Action body)
    {
        try
        {
            body();
            return null;
        }
        catch (Exception e) when (e is not WorldEndedException)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }
}
