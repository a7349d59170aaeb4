// Requests that wait on a socket in the order of their calls, linked through themselves, so that queueing
// allocates nothing. Its owner's lock guards it. It knows nothing about what they wait for.
namespace OpenWsk.Provider;

/// <summary>A queue of requests.</summary>
internal struct RequestQueue
{
    private WskRequest? _head;
    private WskRequest? _tail;

    public readonly bool IsEmpty => _head is null;

    /// <summary>The one that waits longest; it stays in the queue.</summary>
    public readonly WskRequest? First => _head;

    public void Enqueue(WskRequest request)
    {
        request.NextReceive = null;
        if (_tail is null)
            _head = request;
        else
            _tail.NextReceive = request;
        _tail = request;
    }

    public WskRequest Dequeue()
    {
        var first = _head!;
        _head = first.NextReceive;
        if (_head is null)
            _tail = null;
        first.NextReceive = null;
        return first;
    }

    /// <summary>Takes a request out; false when it is not in the queue any more.</summary>
    public bool TryRemove(WskRequest request)
    {
        WskRequest? previous = null;
        for (var at = _head; at is not null; previous = at, at = at.NextReceive)
        {
            if (!ReferenceEquals(at, request))
                continue;
            if (previous is null)
                _head = at.NextReceive;
            else
                previous.NextReceive = at.NextReceive;
            if (ReferenceEquals(_tail, at))
                _tail = previous;
            at.NextReceive = null;
            return true;
        }
        return false;
    }

    /// <summary>Takes all of them, linked.</summary>
    public WskRequest? TakeAll()
    {
        var all = _head;
        _head = _tail = null;
        return all;
    }
}
