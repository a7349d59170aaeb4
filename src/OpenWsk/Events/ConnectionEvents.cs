// What the callbacks of one connection have told: received data that was kept, the peer's disconnection, the
// ideal send backlog. Callbacks run on the dispatcher and only put things down here. When much data waits to
// be taken, further data is refused and stays with the provider until C# has caught up. It knows nothing
// about enabling: WskByteSocket.Events.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>The event side of one connection.</summary>
internal sealed class ConnectionEvents(Continuations continuations) : IThreadPoolWorkItem
{
    // So much may wait to be taken before data is refused: some of the provider's blocks, but no more than
    // a sender puts into a usual window. Units: bytes.
    internal const long QueuedBytesMax = 256 * 1024;

    // So many pieces may wait: half of what makes the provider ask for them back (RECV-26).
    internal const int QueuedMax = 128;

    private const int BacklogsMax = 16;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<WskDisconnection> _disconnection = new();
    private long _queuedBytes;
    private bool _isRefusing;
    private bool _isClosing;

    public EventQueue<RetainedEntry> Data { get; } = new(continuations);

    public EventQueue<long> Backlogs { get; } = new(continuations);

    public Retention Retention { get; } = new();

    public Task<WskDisconnection> Disconnection => _disconnection.Task;

    /// <summary>How the peer disconnected, once it has.</summary>
    public WskDisconnection? PeersEnd { get; private set; }

    /// <summary>Whether data was refused that the provider has kept.</summary>
    public bool IsRefusing
    {
        get
        {
            lock (_lock)
                return _isRefusing;
        }
    }

    /// <summary>WskReceiveEvent.</summary>
    public NTSTATUS OnReceive(uint flags, GuestPtr<WSK_DATA_INDICATION> list)
    {
        if (list.IsNull)
        {
            Data.Complete();
            return STATUS_SUCCESS;
        }
        // Under the lock, so that a close either finds what is kept or comes first.
        lock (_lock)
        {
            if (_isClosing || Data.IsComplete || _queuedBytes >= QueuedBytesMax
                || Data.Count >= QueuedMax)
            {
                _isRefusing = true;
                return STATUS_DATA_NOT_ACCEPTED;
            }
            var entry = Retention.Rent();
            entry.Show(list);
            entry.Flags = flags;
            _queuedBytes += entry.Data.Length;
            Data.TryAdd(entry);
            return STATUS_PENDING;
        }
    }

    /// <summary>WskDisconnectEvent: what was sent before has been indicated, or refused.</summary>
    public NTSTATUS OnDisconnect(uint flags)
    {
        PeersEnd = (flags & WSK_FLAG_ABORTIVE) != 0 ? WskDisconnection.Abortive : WskDisconnection.Graceful;
        Data.Complete();
        continuations.Post(this);
        return STATUS_SUCCESS;
    }

    /// <summary>WskSendBacklogEvent. A consumer that is slow misses the oldest values.</summary>
    public NTSTATUS OnSendBacklog(long bytes)
    {
        if (Backlogs.Count >= BacklogsMax)
            Backlogs.TryTake(out _);
        Backlogs.TryAdd(bytes);
        return STATUS_SUCCESS;
    }

    /// <summary>
    /// Takes kept data; <paramref name="mayResume"/> says that data was refused and can come now.
    /// </summary>
    public bool TryTake(out RetainedEntry entry, out bool mayResume)
    {
        mayResume = false;
        if (!Data.TryTake(out entry!))
            return false;
        lock (_lock)
        {
            _queuedBytes -= entry.Data.Length;
            mayResume = _isRefusing && _queuedBytes <= QueuedBytesMax / 2 && Data.Count <= QueuedMax / 2;
            if (mayResume)
                _isRefusing = false;
        }
        return true;
    }

    /// <summary>Copies kept data into a buffer: what an enumeration that ended has left.</summary>
    public int Copy(Span<byte> buffer)
    {
        var copied = 0;
        while (copied < buffer.Length && Data.TryPeek(out var entry))
        {
            var part = entry.Data.Slice(0, Math.Min(entry.Data.Length, buffer.Length - copied));
            foreach (var piece in part)
            {
                piece.Span.CopyTo(buffer[copied..]);
                copied += piece.Length;
            }
            lock (_lock)
                _queuedBytes -= part.Length;
            entry.Skip(part.Length);
            // What was refused stays so until somebody enumerates again.
            if (entry.Data.IsEmpty && Data.TryTake(out _))
                Retention.Release(entry, entry.Version);
        }
        return copied;
    }

    /// <summary>Whether data was refused that can come now; the caller then asks for it.</summary>
    public bool TryResume()
    {
        lock (_lock)
        {
            var isRefusing = _isRefusing;
            _isRefusing = false;
            return isRefusing;
        }
    }

    /// <summary>The connection was reset from this side, of which no event tells.</summary>
    public void EndData() => Data.Complete();

    /// <summary>
    /// The socket closes, no call is under way: ends what waits and gives back what is kept.
    /// </summary>
    public void Close(string socketName)
    {
        lock (_lock)
            _isClosing = true;
        var error = new ObjectDisposedException(socketName);
        Data.Complete(error);
        Backlogs.Complete();
        while (Data.TryTake(out var entry))
            Retention.ReleaseAtClose(entry);
        Retention.HideAll();
        // Nobody need be waiting.
        if (_disconnection.TrySetException(error))
            _ = _disconnection.Task.Exception;
    }

    void IThreadPoolWorkItem.Execute() => _disconnection.TrySetResult(PeersEnd!.Value);
}
