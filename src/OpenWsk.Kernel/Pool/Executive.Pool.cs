// The memory services of the executive: it only composes.
// Next: PoolService.Unsafe.cs, ../Mdls/MdlTracker.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The pool of this world.</summary>
    public PoolService Pool { get; private set; }

    /// <summary>The MDLs that drivers have made.</summary>
    public MdlTracker Mdls { get; } = new();
}
