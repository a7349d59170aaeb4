// The timeouts of Windows as deadlines of ours. Windows counts 100 ns: negative is from now, positive is the
// system time at which to stop waiting, zero is not to wait, a NULL pointer is for ever. It knows nothing
// about waiting.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Converts timeouts.</summary>
internal static class Timeout
{
    /// <summary>
    /// The deadline that a PLARGE_INTEGER names. Units: nanoseconds of IClock.NowNs; 0 = do not wait.
    /// </summary>
    public static long DeadlineNs(IClock clock, GuestPtr<long> timeout)
    {
        if (timeout.IsNull)
            return IParker.Never;
        return DeadlineNs(clock, GuestMemory.Read<long>(timeout.Address));
    }

    /// <summary>
    /// The deadline that a time names. Units: nanoseconds of IClock.NowNs; 0 = do not wait.
    /// </summary>
    public static long DeadlineNs(IClock clock, long value)
    {
        if (value == 0)
            return 0;
        var left100Ns = value < 0 ? -(Int128)value : (Int128)value - clock.SystemTime100Ns;
        var deadlineNs = clock.NowNs + (left100Ns * 100);
        return deadlineNs >= IParker.Never ? IParker.Never : (long)Int128.Max(deadlineNs, 1);
    }
}
