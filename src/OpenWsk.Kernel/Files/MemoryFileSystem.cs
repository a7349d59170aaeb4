// Files in memory: what a world has whose composition root gives it no other files. It begins with the
// folders that every Windows has. It knows nothing about handles. Everything is lost with the world.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>A tree of files in memory.</summary>
public sealed class MemoryFileSystem : IFileSystem
{
    private static readonly string[] s_folders =
        ["Windows", "Windows/System32", "Windows/System32/drivers", "Windows/Temp", "Users", "Temp"];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Node> _nodes = new(StringComparer.OrdinalIgnoreCase);
    private readonly IClock _clock;

    public MemoryFileSystem(IClock clock)
    {
        _clock = clock;
        foreach (var folder in s_folders)
            Create(folder, isFolder: true);
    }

    public FileFacts? Find(string path)
    {
        lock (_gate)
            return path.Length == 0 ? new FileFacts("", true, 0, 0, 0, false)
                : _nodes.TryGetValue(path, out var node) ? node.Facts() : null;
    }

    public NTSTATUS Open(string path, bool isForWriting, out IFileContents? contents)
    {
        lock (_gate)
        {
            contents = _nodes.GetValueOrDefault(path);
            return contents is null ? NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND : NTSTATUS.STATUS_SUCCESS;
        }
    }

    public NTSTATUS Create(string path, bool isFolder)
    {
        lock (_gate)
            return _nodes.TryAdd(path, new Node(NameOf(path), isFolder, _clock))
                ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_COLLISION;
    }

    public NTSTATUS Delete(string path)
    {
        lock (_gate)
        {
            if (Below(path).Any())
                return NTSTATUS.STATUS_DIRECTORY_NOT_EMPTY;
            return _nodes.Remove(path) ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
        }
    }

    public NTSTATUS Rename(string path, string newPath)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue(path, out var moved))
                return NTSTATUS.STATUS_OBJECT_NAME_NOT_FOUND;
            foreach (var (key, node) in Below(path).ToList())
            {
                _nodes.Remove(key);
                _nodes[newPath + key[path.Length..]] = node;
            }
            _nodes.Remove(path);
            moved.Name = NameOf(newPath);
            _nodes[newPath] = moved;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public IReadOnlyList<FileFacts> List(string path)
    {
        var prefix = path.Length == 0 ? "" : path + "/";
        lock (_gate)
            return [.. _nodes.Where(n => n.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                && n.Key.IndexOf('/', prefix.Length) < 0).Select(n => n.Value.Facts())];
    }

    private IEnumerable<KeyValuePair<string, Node>> Below(string path) => _nodes.Where(
        n => n.Key.StartsWith(path + "/", StringComparison.OrdinalIgnoreCase));

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private sealed class Node(string name, bool isFolder, IClock clock) : IFileContents
    {
        private readonly Lock _gate = new();
        private readonly long _created = clock.SystemTime100Ns;
        private byte[] _bytes = [];
        private int _length;
        private long _written = clock.SystemTime100Ns;

        public string Name { get; set; } = name;

        public long LengthBytes => Volatile.Read(ref _length);

        public FileFacts Facts() => new(Name, isFolder, LengthBytes, _created, _written, false);

        public NTSTATUS SetLength(long lengthBytes)
        {
            if (lengthBytes is < 0 or > int.MaxValue / 2)
                return NTSTATUS.STATUS_DISK_FULL;
            lock (_gate)
            {
                if (lengthBytes > _bytes.Length)
                    Array.Resize(ref _bytes, (int)Math.Max(lengthBytes, 2L * _bytes.Length));
                if (lengthBytes < _length)
                    _bytes.AsSpan((int)lengthBytes, _length - (int)lengthBytes).Clear();
                _length = (int)lengthBytes;
                _written = clock.SystemTime100Ns;
            }
            return NTSTATUS.STATUS_SUCCESS;
        }

        public int Read(long offset, Span<byte> target)
        {
            lock (_gate)
            {
                if (offset >= _length)
                    return 0;
                var count = (int)Math.Min(target.Length, _length - offset);
                _bytes.AsSpan((int)offset, count).CopyTo(target);
                return count;
            }
        }

        public NTSTATUS Write(long offset, ReadOnlySpan<byte> source)
        {
            lock (_gate)
            {
                if (offset + source.Length > _length && SetLength(offset + source.Length) is var status
                    && !status.IsSuccess())
                    return status;
                source.CopyTo(_bytes.AsSpan((int)offset));
                _written = clock.SystemTime100Ns;
                return NTSTATUS.STATUS_SUCCESS;
            }
        }

        public void Flush()
        {
        }

        public void Dispose()
        {
        }
    }
}
