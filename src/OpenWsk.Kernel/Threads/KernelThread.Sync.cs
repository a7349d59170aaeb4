// Part of KernelThread: what a thread owes or owns besides its IRQL: regions, mutexes, the promise to wait at
// once, an alert. It knows nothing about how waits work: see ../Sync.
namespace OpenWsk.Kernel;

public sealed partial class KernelThread
{
    /// <summary>How many critical regions the thread is in.</summary>
    public int CriticalRegions { get; set; }

    /// <summary>How many guarded regions the thread is in.</summary>
    public int GuardedRegions { get; set; }

    /// <summary>Whether normal kernel APCs are kept away.</summary>
    public bool AreApcsDisabled => CriticalRegions > 0 || GuardedRegions > 0;

    /// <summary>The thread's identity and settings, which outlive it in its object.</summary>
    internal ThreadRecord Record { get; }

    /// <summary>The level to wait at after a signal whose Wait parameter was TRUE; null outside.</summary>
    internal byte? WaitNextIrql { get; set; }

    /// <summary>Whether an alertable wait ends with STATUS_ALERTED; by processor mode.</summary>
    internal bool[] IsAlerted { get; } = new bool[2];

    /// <summary>Whether the thread runs the normal routine of an APC.</summary>
    internal bool IsInNormalApc { get; set; }

    /// <summary>Mutexes that the thread owns; the gate of waits guards it.</summary>
    internal List<nuint> OwnedMutants { get; } = [];

    /// <summary>The lock for which the thread would spin on Windows.</summary>
    public Spin Spin { get; }

    /// <summary>Reports a routine that is called where an APC can come between.</summary>
    internal void RequireApcsDisabled(string routine)
    {
        if (!AreApcsDisabled && Irql < Kernel.Irql.Apc && Executive.IsObserved)
            Executive.Breach(
                "LOCK", $"{routine} with normal kernel APCs enabled: KeEnterCriticalRegion first");
    }
}
