// What the ticks of a recorder's stamps are in time: two moments of which both are known. It knows nothing
// about where stamps come from; nothing that is in a hostile file makes it fail.
using System.Runtime.InteropServices;

namespace OpenWsk.Capture;

/// <summary>Turns stamps into nanoseconds.</summary>
internal readonly record struct FlightTime(ulong FirstTick, long FirstNs, double NsPerTick)
{
    // A tick of a processor's counter lasts a fraction of a nanosecond, one of a clock one.
    private const double NsPerTickMax = 1e3;
    private const double NsMax = 1e18;

    public static FlightTime Read(ReadOnlySpan<byte> file)
    {
        var (firstTick, firstNs) = Moment(file[FlightLayout.FirstMomentOffset..]);
        var (lastTick, lastNs) = Moment(file[FlightLayout.LastMomentOffset..]);
        var ratio = lastTick > firstTick ? ((double)lastNs - firstNs) / (lastTick - firstTick) : 0;
        return new FlightTime(firstTick, firstNs, ratio is >= 0 and <= NsPerTickMax ? ratio : 0);
    }

    public long ToNs(ulong tick) =>
        (long)Math.Clamp(FirstNs + (double)unchecked((long)(tick - FirstTick)) * NsPerTick, -NsMax, NsMax);

    private static (ulong Tick, long Ns) Moment(ReadOnlySpan<byte> at) =>
        (MemoryMarshal.Read<ulong>(at), MemoryMarshal.Read<long>(at[8..]));
}
