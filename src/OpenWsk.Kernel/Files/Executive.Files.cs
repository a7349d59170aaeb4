// The file service of the executive: it only composes. Next: FileService.cs.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    /// <summary>The files of this world.</summary>
    public FileService Files { get; } = new();
}
