// The Network Module Registrar of the executive: it only composes.
// Next: NmrRegistrar.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private NmrRegistrar? _nmr;

    /// <summary>The registrar of this world.</summary>
    public NmrRegistrar Nmr => LazyInitializer.EnsureInitialized(ref _nmr, () => new NmrRegistrar(this));
}
