// A folder of the host as the files of a world. Names are compared without regard to case, and nothing
// outside the folder is reached: the kernel lets no ".." through, and symbolic links are not followed. It
// knows nothing about handles, sharing or positions.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>The files below a folder.</summary>
public sealed class FolderFileSystem : IFileSystem
{
    private readonly string _root;

    /// <summary>The files below a folder, which is there.</summary>
    public FolderFileSystem(string root)
    {
        _root = Path.GetFullPath(root);
        if (!Directory.Exists(_root))
            throw new DirectoryNotFoundException($"{root} is no folder");
    }

    public FileFacts? Find(string path) => Locate(path) is { } info ? Facts(info) : null;

    public NTSTATUS Open(string path, bool isForWriting, out IFileContents? contents)
    {
        contents = null;
        if (Locate(path) is not FileInfo file)
            return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        FolderFile? opened = null;
        var status = Try(() => opened = new FolderFile(file.FullName, isForWriting));
        contents = opened;
        return status;
    }

    public NTSTATUS Create(string path, bool isFolder)
    {
        if (Locate(ParentOf(path)) is not DirectoryInfo folder)
            return NTSTATUS.STATUS_OBJECT_PATH_NOT_FOUND;
        var target = Path.Combine(folder.FullName, path[(path.LastIndexOf('/') + 1)..]);
        return Try(() =>
        {
            if (isFolder)
                Directory.CreateDirectory(target);
            else
                using (new FileStream(target, FileMode.CreateNew))
                    return;
        });
    }

    public NTSTATUS Delete(string path) => Locate(path) switch
    {
        null => NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND,
        DirectoryInfo folder when folder.EnumerateFileSystemInfos().Any() =>
            NTSTATUS.STATUS_DIRECTORY_NOT_EMPTY,
        var info => Try(info.Delete),
    };

    public NTSTATUS Rename(string path, string newPath)
    {
        var found = Locate(path);
        if (found is null || Locate(ParentOf(newPath)) is not DirectoryInfo folder)
            return NTSTATUS.STATUS_OBJECT_PATH_NOT_FOUND;
        var target = Path.Combine(folder.FullName, newPath[(newPath.LastIndexOf('/') + 1)..]);
        return Try(() =>
        {
            if (found is FileInfo file)
                file.MoveTo(target);
            else
                ((DirectoryInfo)found).MoveTo(target);
        });
    }

    public IReadOnlyList<FileFacts> List(string path) => Locate(path) is DirectoryInfo folder
        ? [.. Reachable(folder).OrderBy(i => i.Name, StringComparer.OrdinalIgnoreCase).Select(Facts)]
        : [];

    private FileSystemInfo? Locate(string path)
    {
        FileSystemInfo at = new DirectoryInfo(_root);
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (at is not DirectoryInfo folder)
                return null;
            var entries = Reachable(folder)
                .Where(i => i.Name.Equals(part, StringComparison.OrdinalIgnoreCase));
            var found = entries.OrderBy(i => i.Name == part ? 0 : 1).FirstOrDefault();
            if (found is null)
                return null;
            at = found;
        }
        return at;
    }

    private static List<FileSystemInfo> Reachable(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFileSystemInfos().Where(i => i.LinkTarget is null).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static FileFacts Facts(FileSystemInfo info) => new(
        info.Name, info is DirectoryInfo, info is FileInfo file ? file.Length : 0,
        info.CreationTimeUtc.ToFileTimeUtc(), info.LastWriteTimeUtc.ToFileTimeUtc(),
        info is FileInfo { IsReadOnly: true });

    private static string ParentOf(string path) =>
        path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "";

    private static NTSTATUS Try(Action action)
    {
        try
        {
            action();
            return NTSTATUS.STATUS_SUCCESS;
        }
        catch (UnauthorizedAccessException)
        {
            return NTSTATUS.STATUS_ACCESS_DENIED;
        }
        catch (IOException)
        {
            return NTSTATUS.STATUS_UNSUCCESSFUL;
        }
    }

    private sealed class FolderFile(string path, bool isForWriting) : IFileContents
    {
        private readonly FileStream _stream = new(
            path, FileMode.Open, isForWriting ? FileAccess.ReadWrite : FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

        public long LengthBytes => RandomAccess.GetLength(_stream.SafeFileHandle);

        public NTSTATUS SetLength(long lengthBytes) => Try(() => _stream.SetLength(lengthBytes));

        public int Read(long offset, Span<byte> target) =>
            RandomAccess.Read(_stream.SafeFileHandle, target, offset);

        public NTSTATUS Write(long offset, ReadOnlySpan<byte> source)
        {
            try
            {
                RandomAccess.Write(_stream.SafeFileHandle, source, offset);
                return NTSTATUS.STATUS_SUCCESS;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return NTSTATUS.STATUS_DISK_FULL;
            }
        }

        public void Flush() => Try(() => _stream.Flush(flushToDisk: true));

        public void Dispose() => _stream.Dispose();
    }
}
