// The threads that the guest made: who runs, and when nobody does any more, which is when a driver's work may
// be over. It knows nothing about starting them: see SystemThreads.cs.
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>The running guest threads of one world.</summary>
public sealed class GuestThreads(IScheduler scheduler, IClock clock, OriginLog origins)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, string> _running = [];
    private readonly List<IParker> _waiting = [];
    private long _started;

    /// <summary>
    /// Raised when the last guest thread has ended; on that thread. Handlers must not block.
    /// </summary>
    public event Action? BecameIdle;

    /// <summary>Number of threads that have been made and have not ended.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _running.Count;
        }
    }

    /// <summary>Number of threads ever made.</summary>
    public long StartedCount => Interlocked.Read(ref _started);

    /// <summary>Ids and names of the running threads.</summary>
    public IReadOnlyList<KeyValuePair<int, string>> Snapshot()
    {
        lock (_gate)
            return [.. _running];
    }

    /// <summary>
    /// Blocks the caller, which is no guest thread, until no guest thread runs; false at the deadline.
    /// </summary>
    /// <remarks>Units: nanoseconds of IClock.NowNs. Goes on waiting when the guest is stopped.</remarks>
    public bool WaitUntilIdle(long deadlineNs)
    {
        var parker = scheduler.CurrentParker;
        lock (_gate)
        {
            if (_running.Count == 0)
                return true;
            _waiting.Add(parker);
        }
        try
        {
            while (Count > 0)
            {
                if (deadlineNs != IParker.Never && clock.NowNs >= deadlineNs)
                    return false;
                parker.Park(deadlineNs);
            }
            return true;
        }
        finally
        {
            lock (_gate)
                _waiting.Remove(parker);
        }
    }

    internal void OnMade(int id, string name)
    {
        Interlocked.Increment(ref _started);
        origins.Note(OriginKind.Thread, (nuint)id);
        lock (_gate)
            _running.Add(id, name);
    }

    internal void OnEnded(int id)
    {
        bool isIdle;
        origins.Forget(OriginKind.Thread, (nuint)id);
        lock (_gate)
        {
            Invariant.That(_running.Remove(id));
            isIdle = _running.Count == 0;
            if (isIdle)
                _waiting.ForEach(static parker => parker.Unpark());
        }
        if (isIdle)
            BecameIdle?.Invoke();
    }
}
