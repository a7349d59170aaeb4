// Part of SimScheduler: whose turn it is, how the token changes hands, and how the world comes to its end.
// Ending: every thread gets the token once more and finds WorldEndedException at its park, so that its OS
// thread unwinds and ends, one at a time as always; the last one gives the token back to the caller of
// SimWorld.Run.
using System.Runtime.ExceptionServices;
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

public sealed partial class SimScheduler
{
    private readonly List<SimThread> _threads = [];
    private readonly List<SimThread> _runnable = [];
    private readonly TokenGate _home = new();
    private SimThread? _main;
    private ExceptionDispatchInfo? _failure;
    private bool _isAtRest = true;
    private bool _isEnding;

    /// <summary>
    /// The root of every world thread's OS thread; the token has just come for the first time.
    /// </summary>
    internal void RunThread(SimThread thread)
    {
        t_current = thread;
        thread.State = SimThreadState.Running;
        try
        {
            if (!_isEnding)
                thread.Body();
        }
        catch (WorldEndedException) when (_isEnding)
        {
        }
        catch (Exception e)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
            BeginEnding();
        }
        Leave(thread);
    }

    private void RequireToken()
    {
        if (!_isAtRest)
            _ = CurrentThread;
    }

    private void RequireRest()
    {
        if (!_isAtRest)
            throw new InvalidOperationException("The world is running; only its own threads may act in it.");
    }

    private void ThrowIfEnding()
    {
        if (_isEnding)
            throw new WorldEndedException();
    }

    private void MakeRunnable(SimThread thread)
    {
        NoteProgress();
        thread.State = SimThreadState.Runnable;
        _runnable.Add(thread);
    }

    // The caller outside gives the token away and waits until it comes home.
    private void LeaveRest()
    {
        _isAtRest = false;
        TakeNext()!.GiveToken();
        _home.Pass();
        _isAtRest = true;
        _main = null;
    }

    private void SwitchAway(SimThread from)
    {
        var next = TakeNext();
        if (next is null && _isOver is not null && !_isEnding)
        {
            GoHome(from);
            return;
        }
        if (next is null)
        {
            _failure ??= ExceptionDispatchInfo.Capture(DescribeDeadlock());
            BeginEnding();
            next = TakeNext()!;
        }
        if (!ReferenceEquals(next, from))
        {
            next.GiveToken();
            from.AwaitToken();
        }
        from.State = SimThreadState.Running;
        ThrowIfEnding();
    }

    private void OfferTurn(SimThread thread)
    {
        if (_runnable.Count == 0)
            return;
        var choice = Choose(ChoicePoint.GoOn, _runnable.Count + 1);
        if (choice == 0)
            return;
        var next = _runnable[choice - 1];
        _runnable.RemoveAt(choice - 1);
        MakeRunnable(thread);
        next.GiveToken();
        thread.AwaitToken();
        thread.State = SimThreadState.Running;
        ThrowIfEnding();
    }

    private void Leave(SimThread thread)
    {
        _threads.Remove(thread);
        if (ReferenceEquals(thread, _main) && !_isEnding)
        {
            _home.Open();
            return;
        }
        var next = TakeNext();
        if (next is null && _isOver is null && !_isEnding)
        {
            _failure ??= ExceptionDispatchInfo.Capture(DescribeDeadlock());
            BeginEnding();
            next = TakeNext();
        }
        if (next is null)
            _home.Open();
        else
            next.GiveToken();
    }

    // The next thread to run, time having moved if need be; null when there will never be one, or when a
    // drive is over.
    private SimThread? TakeNext()
    {
        Volatile.Write(ref _turns, _turns + 1);
        if (IsDriveOver())
            return null;
        while (_runnable.Count == 0)
        {
            if (_isEnding || _deadlines.IsEmpty || EndsDriveBefore(_deadlines.EarliestNs))
                return null;
            _clock.AdvanceTo(_deadlines.EarliestNs);
            TakeRipe();
        }
        var choice = _runnable.Count == 1 || _isEnding ? 0 : Choose(ChoicePoint.NextThread, _runnable.Count);
        var next = _runnable[choice];
        _runnable.RemoveAt(choice);
        return next;
    }

    private void TakeRipe()
    {
        while (_deadlines.TryTakeRipe(_clock.NowNs, out var target))
        {
            if (target is SimThread thread)
            {
                thread.IsTimedOut = true;
                MakeRunnable(thread);
                continue;
            }
            Enqueue((DispatchItem)target!);
            if (_dispatcher.State == SimThreadState.Idle)
                MakeRunnable(_dispatcher);
        }
    }

    private int Choose(ChoicePoint point, int count)
    {
        var choice = _strategy.Choose(point, count);
        return (uint)choice < (uint)count
            ? choice
            : throw new InvalidOperationException($"The strategy chose {choice} of {count} candidates.");
    }

    // Makes everything runnable that has a stack to unwind; what never started just goes.
    private void BeginEnding()
    {
        if (_isEnding)
            return;
        _isEnding = true;
        _threads.RemoveAll(thread => !thread.IsStarted);
        _runnable.Clear();
        foreach (var thread in _threads)
        {
            if (thread.State != SimThreadState.Running)
                MakeRunnable(thread);
        }
    }

    private DeadlockException DescribeDeadlock(string? pollingThread = null) => new(
        _clock.NowNs,
        [.. _threads.Where(t => t.State == SimThreadState.Parked).Select(t => t.Name)],
        pollingThread);
}
