// The kept data of one socket: entries that are used again, and their release by WskRelease. When the socket
// closes, what C# still holds becomes empty; it is not released, so observers are told as they are of a
// driver that forgets it (REL-08). It knows nothing about queues.
namespace OpenWsk;

/// <summary>Keeps and releases indications of one socket.</summary>
internal sealed class Retention
{
    private readonly Lock _lock = new();
    private readonly HashSet<RetainedEntry> _shown = [];
    private RetainedEntry? _free;
    private WskSocket? _socket;
    private nuint _release;

    /// <summary>How many indications are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _shown.Count;
        }
    }

    /// <summary>Says whose data it is; callbacks may come before the socket's object is made.</summary>
    public void Attach(WskSocket socket, nuint release)
    {
        _release = release;
        _socket = socket;
    }

    /// <summary>An entry to show something with.</summary>
    public RetainedEntry Rent()
    {
        lock (_lock)
        {
            var entry = _free ?? new RetainedEntry(this);
            _free = entry.NextFree;
            entry.NextFree = null;
            _shown.Add(entry);
            return entry;
        }
    }

    /// <summary>Releases what an entry shows, once; a handle that is out of date changes nothing.</summary>
    public void Release(RetainedEntry entry, int version)
    {
        if (!TryTakeBack(entry, version, out var indication) || indication == 0)
            return;
        _socket!.TryInvoke(_release, [_socket.Address, indication], out _);
    }

    /// <summary>Releases an entry that nobody has seen, while the socket closes.</summary>
    public void ReleaseAtClose(RetainedEntry entry)
    {
        if (TryTakeBack(entry, entry.Version, out var indication) && indication != 0)
            _socket!.InvokeAtClose(_release, [_socket.Address, indication]);
    }

    /// <summary>Nothing that was handed out can be looked at any more.</summary>
    public void HideAll()
    {
        lock (_lock)
        {
            foreach (var entry in _shown)
                entry.Clear();
            _shown.Clear();
            _free = null;
        }
    }

    private bool TryTakeBack(RetainedEntry entry, int version, out nuint indication)
    {
        lock (_lock)
        {
            indication = entry.Indication;
            if (entry.Version != version)
                return false;
            entry.Clear();
            _shown.Remove(entry);
            entry.NextFree = _free;
            _free = entry;
            return true;
        }
    }
}
