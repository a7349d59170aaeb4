// What the callback of one datagram socket has told: datagrams that were kept, each for itself. The callback
// runs on the dispatcher and only puts them down here. When many wait to be taken, further ones are refused:
// the provider then buffers what it can and calls again once the callback is enabled again. It knows nothing
// about enabling: WskDatagramSocket.Events.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk;

/// <summary>The event side of one datagram socket.</summary>
internal sealed class DatagramEvents(Continuations continuations)
{
    // So many may wait to be taken before datagrams are refused.
    internal const int QueuedMax = 1024;

    private readonly Lock _lock = new();
    private bool _isRefusing;
    private bool _isClosing;

    public EventQueue<RetainedEntry> Datagrams { get; } = new(continuations);

    public Retention Retention { get; } = new();

    /// <summary>WskReceiveFromEvent.</summary>
    public NTSTATUS OnReceiveFrom(uint flags, GuestPtr<WSK_DATAGRAM_INDICATION> list)
    {
        if (list.IsNull)
        {
            Datagrams.Complete(new WskException("WskReceiveFromEvent", STATUS_FILE_FORCED_CLOSED));
            return STATUS_SUCCESS;
        }
        // Under the lock, so that a close either finds what is kept or comes first.
        lock (_lock)
        {
            if (_isClosing || Datagrams.IsComplete || Datagrams.Count >= QueuedMax)
            {
                _isRefusing = true;
                return STATUS_DATA_NOT_ACCEPTED;
            }
            // Each is released for itself, so the list is cut; the callback's status is for all of them.
            for (var at = list; !at.IsNull;)
            {
                var next = at.Value.Next;
                at.Value.Next = default;
                Keep(flags, at);
                at = next;
            }
            return STATUS_PENDING;
        }
    }

    /// <summary>
    /// Takes a datagram; <paramref name="mayResume"/> says that the callback has to be enabled again.
    /// </summary>
    public bool TryTake(out RetainedEntry entry, out bool mayResume)
    {
        mayResume = false;
        if (!Datagrams.TryTake(out entry!))
            return false;
        lock (_lock)
        {
            mayResume = _isRefusing && Datagrams.Count <= QueuedMax / 2;
            if (mayResume)
                _isRefusing = false;
        }
        return true;
    }

    /// <summary>The callback is about to be enabled, whatever it has refused before.</summary>
    public void Begin()
    {
        lock (_lock)
            _isRefusing = false;
    }

    /// <summary>
    /// The socket closes, no call is under way: ends what waits and gives back what is kept.
    /// </summary>
    public void Close()
    {
        lock (_lock)
            _isClosing = true;
        Datagrams.Complete();
        while (Datagrams.TryTake(out var entry))
            Retention.ReleaseAtClose(entry);
        Retention.HideAll();
    }

    private void Keep(uint flags, GuestPtr<WSK_DATAGRAM_INDICATION> datagram)
    {
        var entry = Retention.Rent();
        entry.Show(datagram);
        entry.Flags = flags;
        Datagrams.TryAdd(entry);
    }
}
