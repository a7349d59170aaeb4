// Exceptions in guest code of one world: what is handed to the dispatcher, and the bug check of what nobody
// handles. It knows nothing about signals: see Faults/.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    /// <summary>Finds handlers; without one every exception is a bug check.</summary>
    internal IExceptionDispatcher? Exceptions { get; set; }

    /// <inheritdoc/>
    public FaultSnapshot? TakeSnapshot() => null;
}
