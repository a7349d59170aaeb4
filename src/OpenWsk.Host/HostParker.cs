// Blocks and wakes one thread of a free-running world, with one permit and no allocation per park.
// It knows nothing about why its thread waits: kernel waits and the dispatcher's idle turn both use it.
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>The parker of one thread.</summary>
/// <remarks>
/// A monitor carries the wait because it is the one primitive that every platform has, that takes a timeout
/// and that allocates nothing per wait; the permit itself is an interlocked word, so that giving a permit to
/// a running thread and taking one that is there cost no lock.
/// </remarks>
internal sealed class HostParker(IClock clock) : IParker
{
    private const int Empty = 0;
    private const int Permit = 1;
    private const int Waiting = 2;

    private const long NsPerMs = 1_000_000;

    private readonly object _gate = new();
    private int _state;

    public bool Park(long deadlineNs)
    {
        if (Interlocked.CompareExchange(ref _state, Empty, Permit) == Permit)
        {
            return true;
        }
        lock (_gate)
        {
            // Whoever sees Waiting takes the gate to pulse, and we hold it until Monitor.Wait releases it,
            // so no wake can fall between the exchange and the wait.
            if (Interlocked.CompareExchange(ref _state, Waiting, Empty) == Permit)
            {
                Volatile.Write(ref _state, Empty);
                return true;
            }
            while (Volatile.Read(ref _state) != Permit)
            {
                if (!WaitUntil(deadlineNs)
                    && Interlocked.CompareExchange(ref _state, Empty, Waiting) == Waiting)
                {
                    return false;
                }
            }
            Volatile.Write(ref _state, Empty);
            return true;
        }
    }

    public void Unpark()
    {
        if (Interlocked.Exchange(ref _state, Permit) != Waiting)
        {
            return;
        }
        lock (_gate)
        {
            Monitor.Pulse(_gate);
        }
    }

    // False when the deadline has passed.
    private bool WaitUntil(long deadlineNs)
    {
        if (deadlineNs == IParker.Never)
        {
            Monitor.Wait(_gate);
            return true;
        }
        var leftNs = deadlineNs - clock.NowNs;
        if (leftNs <= 0)
        {
            return false;
        }

        // Rounded up, because waking early would only mean another turn of the caller's loop.
        var leftMs = Math.Min((leftNs - 1) / NsPerMs + 1, int.MaxValue);
        Monitor.Wait(_gate, (int)leftMs);
        return true;
    }
}
