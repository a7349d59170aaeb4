// The file service of the executive: it only composes. Next: FileService.cs.
// It knows nothing about single files.
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private readonly IFileSystem? _fileTree;
    private FileService? _files;

    /// <summary>The files of this world.</summary>
    public FileService Files =>
        _files ?? Interlocked.CompareExchange(ref _files, new FileService(this, _fileTree), null) ?? _files;
}
