// The timer and DPC services of the executive: it only composes. Next: TimerService.cs, DpcService.cs.
// It knows nothing about single timers.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The timers of this world.</summary>
    public TimerService Timers { get; private set; }

    /// <summary>The executive timers of this world.</summary>
    public ExTimerService ExTimers { get; private set; }

    /// <summary>The DPCs of this world.</summary>
    public DpcService Dpcs { get; private set; }
}
