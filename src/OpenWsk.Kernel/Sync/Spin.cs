// The wait of a thread for a lock for which it would spin on Windows. Here it is parked in our code, so a
// watchdog that looks for loops at a raised IRQL finds no loop in the driver's: it ends the wait here, and
// the wait becomes the bug check that the loop would be. It knows nothing about locks and clocks: see
// SpinLocks.cs, LockWaiters.cs and, in the loader, Faults/GuestWatch.cs.
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>What one thread spins for.</summary>
public sealed class Spin
{
    // Clock interrupts of Windows, 1/64 s: the unit of the bug check's parameters.
    private const int TicksPerSecond = 64;

    private readonly KernelThread _thread;
    private nuint _address;
    private long _limitTicks;

    internal Spin(KernelThread thread) => _thread = thread;

    /// <summary>
    /// Ends the thread's wait for a lock as a bug check; false when it waits for none. Any thread may call.
    /// </summary>
    public bool TryEnd(TimeSpan limit)
    {
        if (Volatile.Read(ref _address) == 0)
            return false;
        Volatile.Write(ref _limitTicks, limit.Ticks);
        _thread.Parker.Unpark();
        return true;
    }

    /// <summary>
    /// The bug check of guest code that was at DISPATCH_LEVEL or above for longer than a limit.
    /// </summary>
    public BugCheck Violation(TimeSpan limit, string detail)
    {
        // 0: one DPC took too long; 1: the time at DISPATCH_LEVEL added up.
        var kind = _thread.IsGuestMade || _thread.IsInDriverEntry ? 1ul : 0;
        var ticks = (ulong)(limit.TotalSeconds * TicksPerSecond);
        return new BugCheck(BugCheckCode.DPC_WATCHDOG_VIOLATION, kind, ticks, ticks)
        {
            Detail =
                $"guest code ran for {limit.TotalSeconds:0.###} s at {Irql.Name(_thread.Irql)}, {detail}",
        };
    }

    /// <summary>Parks the calling thread, which is this one's, until what it waits for has come.</summary>
    /// <remarks>Errors: GuestStoppedException for bug check 0x133 when somebody has ended the wait.</remarks>
    internal void Park(nuint address, ref bool hasCome, Func<string> what)
    {
        Volatile.Write(ref _limitTicks, 0);
        Volatile.Write(ref _address, address);
        try
        {
            while (!Volatile.Read(ref hasCome))
            {
                _thread.Parker.Park(IParker.Never);
                var limit = Volatile.Read(ref _limitTicks);
                if (limit != 0 && !Volatile.Read(ref hasCome))
                    throw _thread.Executive.BugCheck(Violation(
                        TimeSpan.FromTicks(limit),
                        $"at last waiting for {what()}"));
            }
        }
        finally
        {
            Volatile.Write(ref _address, 0);
        }
    }
}
