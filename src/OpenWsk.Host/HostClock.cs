// The host's time as a world sees it: monotonic nanoseconds since the clock was made, and UTC in Windows
// units. It knows nothing about waiting; HostParker and Dispatcher wait against it.
using System.Diagnostics;
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>The clock of a free-running world.</summary>
public sealed class HostClock : IClock
{
    private const long NsPerSecond = 1_000_000_000;

    private readonly long _startTicks = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public long NowNs
    {
        get
        {
            var ticks = Stopwatch.GetTimestamp() - _startTicks;

            // Every platform that .NET runs on ticks in a whole divisor of a second's nanoseconds (Linux 1
            // ns, Windows 100 ns); the general form is there because the documentation does not promise it.
            return NsPerSecond % Stopwatch.Frequency == 0
                ? ticks * (NsPerSecond / Stopwatch.Frequency)
                : InGeneral(ticks);
        }
    }

    /// <inheritdoc/>
    public long SystemTime100Ns => DateTime.UtcNow.ToFileTimeUtc();

    // Apart, because code with an Int128 in it is not compiled ahead of time.
    private static long InGeneral(long ticks) => (long)((Int128)ticks * NsPerSecond / Stopwatch.Frequency);
}
