// The registry service of the executive: it only composes. Next: RegistryService.cs.
// It knows nothing about keys, values or handles.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private RegistryService? _registry;

    /// <summary>
    /// The registry of this world; the host fills a driver's Parameters key before it starts.
    /// </summary>
    public RegistryService Registry =>
        _registry ?? Interlocked.CompareExchange(ref _registry, new RegistryService(Clock), null)
            ?? _registry;
}
