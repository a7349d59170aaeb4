// The time of a world. Kernel and Provider read time here and nowhere else, so that a simulated clock
// can stand in for the host's. It knows nothing about waiting: that is IScheduler.
namespace OpenWsk.Ports;

/// <summary>The clock of one world.</summary>
public interface IClock
{
    /// <summary>Monotonic time since the world began. Units: nanoseconds.</summary>
    long NowNs { get; }

    /// <summary>UTC as Windows keeps it. Units: 100 ns since 1601-01-01.</summary>
    long SystemTime100Ns { get; }
}
