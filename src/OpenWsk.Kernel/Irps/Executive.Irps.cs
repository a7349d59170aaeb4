// The IRP service of the executive: it only composes. Next: IrpTracker.cs, IrpCompletion.cs,
// IrpCancellation.cs. It knows nothing about single IRPs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private nuint _cancelSpinLock;

    /// <summary>The IRPs of this world.</summary>
    public IrpTracker Irps { get; } = new();

    /// <summary>Address of the cancel spin lock.</summary>
    internal nuint CancelSpinLock => _cancelSpinLock;

    private void InitializeIrps() => _cancelSpinLock = Heap.Allocate(sizeof(ulong));
}
