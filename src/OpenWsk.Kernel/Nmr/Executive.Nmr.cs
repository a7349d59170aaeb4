// The Network Module Registrar of the executive: it only composes.
// Next: NmrRegistrar.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private NmrRegistrar? _nmr;

    /// <summary>The registrar of this world.</summary>
    public NmrRegistrar Nmr => LazyInitializer.EnsureInitialized(ref _nmr, MakeRegistrar);

    private NmrRegistrar MakeRegistrar()
    {
        var registrar = new NmrRegistrar(this);
        AddEndingWatch(registrar);
        return registrar;
    }
}
