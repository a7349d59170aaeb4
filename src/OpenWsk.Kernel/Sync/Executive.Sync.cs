// The synchronisation services of the executive: it only composes. Next: SpinLocks.cs, WaitService.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The spin locks of this world.</summary>
    public SpinLocks SpinLocks { get; private set; }

    /// <summary>Waits and signals of this world.</summary>
    public WaitService Waits { get; private set; }
}
