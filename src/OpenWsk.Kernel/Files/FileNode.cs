// A file that somebody has open: its contents, who shares it, whether it goes with its last handle. All
// openings of a path share one node. It knows nothing about single openings: see FileBody.cs.
using OpenWsk.Ports;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>The common part of a file's openings. FileService's gate guards it.</summary>
internal sealed class FileNode(string path, bool isFolder)
{
    private const uint Delete = 0x0001_0000;
    private readonly List<OpenFile> _openings = [];

    public string Path { get; set; } = path;

    public bool IsFolder { get; } = isFolder;

    public IFileContents? Contents { get; set; }

    public bool IsDeletePending { get; set; }

    public bool IsUnused => _openings.Count == 0;

    public int OpeningCount => _openings.Count;

    public void Add(OpenFile opening) => _openings.Add(opening);

    public void Remove(OpenFile opening) => _openings.Remove(opening);

    /// <summary>Whether every opening shares what the new one wants, and the reverse.</summary>
    public bool Admits(uint access, uint shareAccess) => _openings.All(other =>
        IsShared(access, other.Opening.ShareAccess) && IsShared(other.Access, shareAccess));

    private static bool IsShared(uint access, uint shareAccess) =>
        ((access & (FILE_READ_DATA | FILE_EXECUTE)) == 0 || (shareAccess & FILE_SHARE_READ) != 0)
        && ((access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) == 0 || (shareAccess & FILE_SHARE_WRITE) != 0)
        && ((access & Delete) == 0 || (shareAccess & FILE_SHARE_DELETE) != 0);
}
