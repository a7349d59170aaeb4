// The virtual clock of a simulated world. It stands still while anything can run and jumps when nothing can.
// It knows nothing about who waits: SimScheduler alone moves it.
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>Virtual time: starts at zero on a fixed date and moves only when the scheduler says so.</summary>
public sealed class SimClock : IVirtualClock
{
    /// <summary>The date of every simulated world's beginning, so that no run can depend on today.</summary>
    public static readonly DateTime WorldBegins = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly long s_beginning100Ns = WorldBegins.ToFileTimeUtc();

    /// <inheritdoc/>
    public event Action? Advanced;

    public long NowNs { get; private set; }

    public long SystemTime100Ns => s_beginning100Ns + (NowNs / 100);

    internal void AdvanceTo(long timeNs)
    {
        if (timeNs < NowNs)
            throw new InvalidOperationException($"Virtual time cannot go back from {NowNs} to {timeNs} ns.");
        NowNs = timeNs;
        Advanced?.Invoke();
    }
}
