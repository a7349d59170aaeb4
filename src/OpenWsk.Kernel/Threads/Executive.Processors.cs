// The processors of a world are the dispatchers of its scheduler: deferred work runs on them, each with a
// number that guest code reads in its KPCR. It knows nothing about routines: see ProcessorRoutines.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>How many processors a world can have: those of one group.</summary>
    public const int ProcessorCountMax = 64;

    /// <summary>Number of processors, all in group 0.</summary>
    public int ProcessorCount { get; }

    /// <summary>Who waits in KeSignalCallDpcSynchronize.</summary>
    internal LockWaiters ProcessorBarriers { get; private set; }

    /// <summary>One bit for each processor.</summary>
    internal nuint ActiveProcessors => nuint.MaxValue >> (ProcessorCountMax - ProcessorCount);
}
