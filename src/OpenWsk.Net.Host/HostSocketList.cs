// The sockets of a transport in the order in which they were made, linked through themselves, so that a
// place in the list costs a socket no memory of its own. It knows nothing about locks; the transport has one.
namespace OpenWsk.Net.Host;

/// <summary>Sockets that were made and not closed yet. Called under the transport's lock.</summary>
internal sealed class HostSocketList
{
    private HostSocket? _first;
    private HostSocket? _last;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a socket that is in no list.</summary>
    public void Add(HostSocket socket)
    {
        socket.PreviousMade = _last;
        if (_last is null)
        {
            _first = socket;
        }
        else
        {
            _last.NextMade = socket;
        }
        _last = socket;
        Count++;
    }

    /// <summary>Takes a socket out of the list.</summary>
    public void Remove(HostSocket socket)
    {
        if (socket.PreviousMade is null)
        {
            if (_first != socket)
            {
                throw new InvalidOperationException("A socket was forgotten twice.");
            }
            _first = socket.NextMade;
        }
        else
        {
            socket.PreviousMade.NextMade = socket.NextMade;
        }
        if (socket.NextMade is null)
        {
            _last = socket.PreviousMade;
        }
        else
        {
            socket.NextMade.PreviousMade = socket.PreviousMade;
        }
        socket.NextMade = socket.PreviousMade = null;
        Count--;
    }

    /// <summary>Appends the sockets of one kind, oldest first.</summary>
    public void CopyTo(List<HostSocket> destination, bool isStream)
    {
        for (var socket = _first; socket is not null; socket = socket.NextMade)
        {
            if (socket.IsStream == isStream)
            {
                destination.Add(socket);
            }
        }
    }
}
