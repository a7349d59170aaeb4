// The first-in first-out queue of posted items, linked through the items themselves.
// The last item links to itself, so that "has a link" means "is queued" and a double post is found at once.
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>Posted dispatch items in the order of posting.</summary>
internal sealed class DispatchQueue
{
    private DispatchItem? _first;
    private DispatchItem? _last;

    public bool IsEmpty => _first is null;

    public void Add(DispatchItem item)
    {
        if (item.NextInQueue is not null)
            throw new InvalidOperationException($"{item} is posted while it is queued already.");
        item.NextInQueue = item;
        if (_last is null)
            _first = item;
        else
            _last.NextInQueue = item;
        _last = item;
    }

    public DispatchItem Take()
    {
        var item = _first ?? throw new InvalidOperationException("The queue is empty.");
        _first = ReferenceEquals(item, _last) ? null : item.NextInQueue;
        if (_first is null)
            _last = null;
        item.NextInQueue = null;
        return item;
    }
}
