// Sends that wait on a socket in the order of their calls, the first of them being the one that is sent. They
// are linked through themselves, so that queueing allocates nothing. Its owner's lock guards it. It knows
// nothing about sending: SystemStream.Send.cs, HostDatagram.Send.cs.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A queue of sends, which are linked by what an operation keeps for its transport.</summary>
internal struct SendQueue
{
    private SendOperation? _tail;

    /// <summary>The one that waits longest; it stays in the queue.</summary>
    public SendOperation? First { get; private set; }

    public readonly bool IsEmpty => First is null;

    /// <summary>The one behind another of the queue.</summary>
    public static SendOperation? After(SendOperation operation) => (SendOperation?)operation.TransportState;

    public void Enqueue(SendOperation operation)
    {
        operation.TransportState = null;
        if (_tail is null)
        {
            First = operation;
        }
        else
        {
            _tail.TransportState = operation;
        }
        _tail = operation;
    }

    public SendOperation Dequeue()
    {
        var first = First!;
        First = After(first);
        if (First is null)
        {
            _tail = null;
        }
        first.TransportState = null;
        return first;
    }

    /// <summary>Takes an operation out; false when it is not in the queue.</summary>
    public bool TryRemove(SendOperation operation)
    {
        SendOperation? previous = null;
        for (var at = First; at is not null; previous = at, at = After(at))
        {
            if (at != operation)
            {
                continue;
            }
            if (previous is null)
            {
                First = After(at);
            }
            else
            {
                previous.TransportState = at.TransportState;
            }
            if (_tail == at)
            {
                _tail = previous;
            }
            at.TransportState = null;
            return true;
        }
        return false;
    }
}
