// Part of SimScheduler: the world goes on for a caller outside that has no thread in it, until something is
// so, until a time, or until nothing can happen any more. The last is no failure here, unlike in Run: the
// world is at rest then, and the caller may give it something new to do. It knows nothing about what the
// caller waits for.
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>Why a drive has ended.</summary>
public enum DriveEnd
{
    /// <summary>What the caller waited for is so.</summary>
    Over,

    /// <summary>The time has come.</summary>
    TimeLimit,

    /// <summary>No thread can run and nothing is due: nothing can ever happen by itself.</summary>
    Standstill,
}

public sealed partial class SimScheduler
{
    private Func<bool>? _isOver;
    private long _limitNs = IParker.Never;
    private DriveEnd _driveEnd;
    private long _turns;

    /// <summary>How often a thread has stopped running; may be read from outside at any time.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>
    /// A thread that asks again and again for what nobody can bring, as the last drive found; else null.
    /// </summary>
    public string? PollingThread { get; private set; }

    /// <summary>Lets the world go on until the caller's question is answered with yes.</summary>
    /// <param name="isOver">Asked between two turns, on a thread of the world; must change nothing.</param>
    /// <param name="limitNs">The time at which to stop. Units: nanoseconds of the clock.</param>
    /// <remarks>
    /// Preconditions: the world is at rest. Errors: the exception of a thread that fails; it ends the world.
    /// </remarks>
    public DriveEnd Drive(Func<bool> isOver, long limitNs = IParker.Never)
    {
        RequireRest();
        if (_isEnding)
            throw new InvalidOperationException("The world has ended.");
        (_isOver, _limitNs, _driveEnd) = (isOver, limitNs, DriveEnd.Standstill);
        _isAtRest = false;
        if (TakeNext() is { } next)
        {
            next.GiveToken();
            _home.Pass();
        }
        _isAtRest = true;
        (_isOver, _limitNs) = (null, IParker.Never);
        _failure?.Throw();
        return _driveEnd;
    }

    // Whether the token goes back to the caller outside; asked by whoever gives it away.
    private bool IsDriveOver()
    {
        if (_isOver is null || _isEnding)
            return false;
        if (_isOver())
            _driveEnd = DriveEnd.Over;
        else if (_clock.NowNs >= _limitNs)
            _driveEnd = DriveEnd.TimeLimit;
        else if (PollingThread is not null)
            _driveEnd = DriveEnd.Standstill;
        else
            return false;
        return true;
    }

    // The next thing that is due is later than the caller waits.
    private bool EndsDriveBefore(long deadlineNs)
    {
        if (_isOver is null || _isEnding || deadlineNs <= _limitNs)
            return false;
        _clock.AdvanceTo(_limitNs);
        _driveEnd = DriveEnd.TimeLimit;
        return true;
    }

    // The token goes home; the thread goes on when it comes back in another drive or run.
    private void GoHome(SimThread from)
    {
        _home.Open();
        from.AwaitToken();
        from.State = SimThreadState.Running;
        ThrowIfEnding();
    }
}
