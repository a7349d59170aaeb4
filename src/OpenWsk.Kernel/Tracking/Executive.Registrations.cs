// The registrations of the executive that are only recorded: it only composes. Next: Registrations.cs.
// It knows nothing about who registers.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    internal Registrations Registrations { get; } = new();

    private void InitializeRegistrations() => AddLeftoverSource(Registrations.CollectLeftovers);
}
