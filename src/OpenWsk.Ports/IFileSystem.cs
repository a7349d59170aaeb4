// The files of a world as the kernel sees them: one tree, by paths whose parts are separated by / and
// compared without regard to case. It knows nothing about handles, sharing or positions: the kernel keeps
// those.
// Implementations: the kernel's own in memory, and OpenWsk.Host's over a folder.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>What is known of a file or folder. Times are UTC in 100 ns since 1601-01-01.</summary>
public readonly record struct FileFacts(
    string Name, bool IsFolder, long LengthBytes, long Created100Ns, long Written100Ns, bool IsReadOnly);

/// <summary>The contents of an open file.</summary>
public interface IFileContents : IDisposable
{
    long LengthBytes { get; }

    /// <summary>Cuts or extends the file; errors: STATUS_DISK_FULL, STATUS_ACCESS_DENIED.</summary>
    NTSTATUS SetLength(long lengthBytes);

    /// <summary>Reads from an offset on; returns how many bytes there were.</summary>
    int Read(long offset, Span<byte> target);

    /// <summary>Writes from an offset on, extending the file as needed.</summary>
    NTSTATUS Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Brings what was written to where it lasts.</summary>
    void Flush();
}

/// <summary>A tree of files. The empty path is its root.</summary>
public interface IFileSystem
{
    /// <summary>What is at a path; null when there is nothing.</summary>
    FileFacts? Find(string path);

    /// <summary>Opens an existing file's contents.</summary>
    NTSTATUS Open(string path, bool isForWriting, out IFileContents? contents);

    /// <summary>Makes an empty file, or a folder, in a folder that exists.</summary>
    NTSTATUS Create(string path, bool isFolder);

    /// <summary>Removes a file or an empty folder.</summary>
    NTSTATUS Delete(string path);

    /// <summary>Gives a file or folder another path.</summary>
    NTSTATUS Rename(string path, string newPath);

    /// <summary>What a folder holds, by name.</summary>
    IReadOnlyList<FileFacts> List(string path);
}
