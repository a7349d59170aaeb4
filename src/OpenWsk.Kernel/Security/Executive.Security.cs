// The security service of the executive: it only composes. Next: SecurityService.cs.
// It knows nothing about tokens or descriptors.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>Tokens of this world's processes and threads, and the security of its objects.</summary>
    public SecurityService Security { get; private set; } = null!;

    private void InitializeSecurity()
    {
        AddObjectType(ObjectKind.Token, "SeTokenObjectType");
        Security = new SecurityService(this);
        Routines.AddVariable(Libraries.Ntoskrnl, "SeExports", Security.ExportsVariable);
    }
}
