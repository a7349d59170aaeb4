// The worker service of the executive: it only composes. Next: WorkerService.cs.
// It knows nothing about work items.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The system worker threads of this world.</summary>
    public WorkerService Workers { get; private set; }
}
