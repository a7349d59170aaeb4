// Finds open sockets by their WSK_SOCKET pointer, which comes from the guest and is never followed by us. The
// memory of a closed socket stays unused for a while, so that a late call is recognised as one (OPEN-01,
// OPEN-02).
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The open sockets of one provider.</summary>
internal sealed class SocketTable(Executive executive)
{
    // WSK_SOCKET is one pointer; the rest is room that drivers never see.
    private const int ObjectBytes = 32;
    private const int QuarantineMax = 64;
    private readonly Lock _gate = new();
    private readonly AddressMap<ProviderSocket> _open = new();

    // Objects of closed sockets; the oldest serves again when there are enough.
    private readonly Queue<nuint> _closed = new();

    // Objects are cut from larger blocks, because what is known of a block is larger than an object. In
    // special pool each has a block of its own, and faults when it is used after the close.
    private const int ObjectsAtOnce = 64;
    private nuint _next;
    private int _left;
    private readonly HashSet<nuint> _refused = [];

    public int Count => _open.Count;

    public IReadOnlyList<ProviderSocket> All => [.. _open.Snapshot().Select(static pair => pair.Value)];

    /// <summary>Walks the sockets without a lock, an order or an allocation.</summary>
    public AddressMap<ProviderSocket>.Enumerator GetEnumerator() => _open.GetEnumerator();

    /// <summary>Gives a socket its WSK_SOCKET.</summary>
    public GuestPtr<WSK_SOCKET> Add(ProviderSocket socket, nuint dispatch)
    {
        var address = TakeObject();
        var pointer = new GuestPtr<WSK_SOCKET>(address);
        pointer.Value.Dispatch = dispatch;
        Invariant.That(_open.TryAdd(address, socket));
        return pointer;
    }

    /// <summary>The open socket of a pointer; null when there is none.</summary>
    public ProviderSocket? Find(GuestPtr<WSK_SOCKET> socket) => _open.Find(socket.Address);

    /// <summary>
    /// The rule that a call with a pointer breaks which is no open WSK_SOCKET: the client may have refused
    /// that one when it was offered.
    /// </summary>
    public string RuleOfMissing(GuestPtr<WSK_SOCKET> socket)
    {
        lock (_gate)
            return _refused.Contains(socket.Address) ? "ACCEPT-35" : "SOCK-37";
    }

    /// <summary>Takes the WSK_SOCKET back; its dispatch pointer no longer leads anywhere.</summary>
    public void Remove(GuestPtr<WSK_SOCKET> socket, bool isRefused = false)
    {
        lock (_gate)
        {
            Invariant.That(_open.Remove(socket.Address) is not null);
            socket.Value.Dispatch = 0;
            if (isRefused)
                _refused.Add(socket.Address);
            _closed.Enqueue(socket.Address);
            if (executive.Heap.IsSpecial && _closed.Count > QuarantineMax)
                executive.Heap.Free(LeaveOldest());
        }
    }

    private nuint TakeObject()
    {
        if (executive.Heap.IsSpecial)
            return executive.Heap.Allocate(ObjectBytes);
        lock (_gate)
        {
            if (_closed.Count > QuarantineMax)
            {
                var oldest = LeaveOldest();
                GuestMemory.Span(oldest, ObjectBytes).Clear();
                return oldest;
            }
            if (_left == 0)
            {
                _next = executive.Heap.Allocate(ObjectsAtOnce * ObjectBytes);
                _left = ObjectsAtOnce;
            }
            _left--;
            var taken = _next;
            _next += ObjectBytes;
            return taken;
        }
    }

    private nuint LeaveOldest()
    {
        var oldest = _closed.Dequeue();
        _refused.Remove(oldest);
        return oldest;
    }
}
