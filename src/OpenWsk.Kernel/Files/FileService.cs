// The files of a world: opening with dispositions, sharing and deletion as Windows has them, over a tree that
// the composition root gives or one in memory. It knows nothing about handles (../Objects) or about devices
// (../Devices/IoService.cs). Next: FileRoutines.cs, which drivers call.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WdmConstants;

namespace OpenWsk.Kernel;

/// <summary>The files of one world.</summary>
public sealed class FileService
{
    private const uint WritingAccess = FILE_WRITE_DATA | FILE_APPEND_DATA;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FileNode> _open = new(StringComparer.OrdinalIgnoreCase);

    internal FileService(Executive executive, IFileSystem? tree)
    {
        _executive = executive;
        Tree = tree ?? new MemoryFileSystem(executive.Clock);
    }

    /// <summary>The tree itself: drive C: is its root.</summary>
    public IFileSystem Tree { get; }

    internal bool IsFilePath(string path) => FilePath.IsOne(path);

    /// <summary>Opens or makes a file or folder.</summary>
    internal NTSTATUS Open(in FileOpening opening, out OpenFile? file, out nuint information)
    {
        (file, information) = (null, 0);
        var status = FilePath.Parse(opening.Path, out var path);
        if (!status.IsSuccess())
            return status;
        lock (_gate)
        {
            var found = Tree.Find(path);
            status = Judge(opening, found, path);
            if (!status.IsSuccess())
                return status;
            return OpenJudged(opening, path, found, out file, out information);
        }
    }

    /// <summary>What is at a name.</summary>
    internal NTSTATUS Find(string name, out FileFacts facts)
    {
        facts = default;
        var status = FilePath.Parse(name, out var path);
        if (!status.IsSuccess())
            return status;
        if (Tree.Find(path) is { } found)
        {
            facts = found;
            return NTSTATUS.STATUS_SUCCESS;
        }
        return Missing(path);
    }

    /// <summary>Gives an open file another name, within a folder unless it is whole.</summary>
    internal NTSTATUS Rename(FileBody body, string folder, string name, bool isReplacing)
    {
        var target = name;
        if (name.Length != 0 && name[0] != '\\')
            target = @"\??\C:\"
                + (folder + "/" + name).Trim('/').Replace('/', '\\');
        var status = FilePath.Parse(target, out var path);
        if (!status.IsSuccess())
            return status;
        lock (_gate)
        {
            status = JudgeRename(body.Node, path, isReplacing);
            if (!status.IsSuccess())
                return status;
            status = Tree.Rename(body.Node.Path, path);
            if (!status.IsSuccess())
                return status;
            _open.Remove(body.Node.Path);
            body.Node.Path = path;
            _open[path] = body.Node;
            return status;
        }
    }

    /// <summary>Says whether an open file goes with its last handle.</summary>
    internal NTSTATUS SetDelete(FileBody body, bool isWanted)
    {
        lock (_gate)
        {
            if (isWanted && body.Node.IsFolder && Tree.List(body.Node.Path).Count != 0)
                return NTSTATUS.STATUS_DIRECTORY_NOT_EMPTY;
            if (isWanted && Tree.Find(body.Node.Path) is { IsReadOnly: true })
                return NTSTATUS.STATUS_CANNOT_DELETE;
            body.Node.IsDeletePending = isWanted;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>An opening ends: the last one lets go of the contents and deletes what has to go.</summary>
    internal void OnHandlesClosed(FileBody body)
    {
        lock (_gate)
        {
            if (body.Opening is not { } opening)
                return;
            body.Opening = null;
            var node = body.Node;
            if ((opening.Opening.Options & FILE_DELETE_ON_CLOSE) != 0)
                node.IsDeletePending = true;
            node.Remove(opening);
            if (!node.IsUnused)
                return;
            node.Contents?.Dispose();
            _open.Remove(node.Path);
            if (node.IsDeletePending)
                Tree.Delete(node.Path);
        }
    }

    // Another spelling of its own name is no other file. What is replaced is gone when this succeeds.
    private NTSTATUS JudgeRename(FileNode node, string path, bool isReplacing)
    {
        const StringComparison ignoringCase = StringComparison.OrdinalIgnoreCase;
        var below = node.Path + "/";
        if (path.StartsWith(below, ignoringCase))
            return NTSTATUS.STATUS_SHARING_VIOLATION;
        if (node.IsFolder && _open.Keys.Any(open => open.StartsWith(below, ignoringCase)))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        if (Tree.Find(FilePath.ParentOf(path)) is not { IsFolder: true })
            return NTSTATUS.STATUS_OBJECT_PATH_NOT_FOUND;
        if (Tree.Find(path) is not { } other || path.Equals(node.Path, ignoringCase))
            return NTSTATUS.STATUS_SUCCESS;
        if (!isReplacing)
            return NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
        return _open.ContainsKey(path) || other.IsFolder
            ? NTSTATUS.STATUS_ACCESS_DENIED
            : Tree.Delete(path);
    }

    private NTSTATUS Judge(in FileOpening opening, FileFacts? found, string path)
    {
        if (opening.Disposition > FILE_OVERWRITE_IF)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (found is not { } facts)
            return opening.Disposition is FILE_OPEN or FILE_OVERWRITE || Tree.Find(FilePath.ParentOf(path))
                is not { IsFolder: true } ? Missing(path) : NTSTATUS.STATUS_SUCCESS;
        if (opening.Disposition == FILE_CREATE)
            return NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
        if (facts.IsFolder && (opening.Options & FILE_NON_DIRECTORY_FILE) != 0)
            return NTSTATUS.STATUS_FILE_IS_A_DIRECTORY;
        if (!facts.IsFolder && (opening.Options & FILE_DIRECTORY_FILE) != 0)
            return NTSTATUS.STATUS_NOT_A_DIRECTORY;
        var access = AccessRights.OfFile(opening.DesiredAccess);
        if (facts.IsReadOnly && ((access & WritingAccess) != 0 || opening.Disposition != FILE_OPEN))
            return NTSTATUS.STATUS_ACCESS_DENIED;
        if (!_open.TryGetValue(path, out var node))
            return NTSTATUS.STATUS_SUCCESS;
        return node.IsDeletePending ? NTSTATUS.STATUS_DELETE_PENDING
            : node.Admits(access, opening.ShareAccess) ? NTSTATUS.STATUS_SUCCESS
            : NTSTATUS.STATUS_SHARING_VIOLATION;
    }

    private NTSTATUS OpenJudged(
        in FileOpening opening, string path, FileFacts? found, out OpenFile? file, out nuint information)
    {
        (file, information) = (null, found is null ? FILE_CREATED : FILE_OPENED);
        var isFolder = found?.IsFolder ?? (opening.Options & FILE_DIRECTORY_FILE) != 0;
        if (found is null && Tree.Create(path, isFolder) is var created && !created.IsSuccess())
            return created;
        var node = _open.GetValueOrDefault(path) ?? new FileNode(path, isFolder);
        if (!isFolder && node.Contents is null)
        {
            var isForWriting = found is not { IsReadOnly: true };
            var status = Tree.Open(path, isForWriting, out var contents);
            if (!status.IsSuccess())
                return status;
            node.Contents = contents;
        }
        if (found is not null && opening.Disposition is FILE_OVERWRITE or FILE_OVERWRITE_IF or FILE_SUPERSEDE)
        {
            node.Contents?.SetLength(0);
            information = opening.Disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : (nuint)FILE_OVERWRITTEN;
        }
        _open[path] = node;
        var body = new FileBody(this, node);
        file = new OpenFile(_executive, opening, 0, @"\" + path.Replace('/', '\\')) { File = body };
        body.Opening = file;
        node.Add(file);
        file.IsCreated = true;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private NTSTATUS Missing(string path) => Tree.Find(FilePath.ParentOf(path)) is { IsFolder: true }
        ? NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND
        : NTSTATUS.STATUS_OBJECT_PATH_NOT_FOUND;
}
