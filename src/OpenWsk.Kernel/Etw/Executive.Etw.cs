// The tracing service of the executive: it only composes. Next: EtwService.cs.
// It knows nothing about providers or events.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>Event providers that drivers register, and which of them this world listens to.</summary>
    public EtwService Etw { get; private set; } = null!;

    private void InitializeEtw()
    {
        Etw = new EtwService(this);
        AddLeftoverSource(Etw.CollectLeftovers);
    }
}
