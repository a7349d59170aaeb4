// The lock-free queue through which any thread hands items to one dispatcher. Items are their own links, so
// posting allocates nothing. It knows nothing about waking the dispatcher or about timers (Dispatcher,
// TimerHeap).
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>Many producers, one consumer, first in first out.</summary>
/// <remarks>
/// Producers push on a stack; the consumer takes the whole stack with one exchange and turns it round. Taking
/// everything at once is what makes the plain stack safe: no element is ever popped singly, so there is no
/// ABA.
/// </remarks>
internal sealed class PostedItems
{
    private DispatchItem? _newest;

    /// <summary>True when nothing was posted since the last take.</summary>
    public bool IsEmpty => Volatile.Read(ref _newest) is null;

    public void Push(DispatchItem item)
    {
        var newest = Volatile.Read(ref _newest);
        while (true)
        {
            item.NextInQueue = newest;
            var seen = Interlocked.CompareExchange(ref _newest, item, newest);
            if (ReferenceEquals(seen, newest))
            {
                return;
            }
            newest = seen;
        }
    }

    /// <summary>Takes all items, oldest first, linked by <see cref="DispatchItem.NextInQueue"/>.</summary>
    public (DispatchItem? Oldest, DispatchItem? Newest) TakeAll()
    {
        var newest = Interlocked.Exchange(ref _newest, null);
        var item = newest;
        DispatchItem? oldest = null;
        while (item is not null)
        {
            var older = item.NextInQueue;
            item.NextInQueue = oldest;
            oldest = item;
            item = older;
        }
        return (oldest, newest);
    }
}
