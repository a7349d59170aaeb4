// A queue whose items are its links, so that queueing allocates nothing: what a dispatcher is to run, the
// sends and receives that wait on a socket. An item is in one queue at a time, and whoever owns the queue
// guards it. It knows nothing about what its items wait for. What several threads push to:
// OpenWsk.Host/PostedItems.cs.
using System.Runtime.CompilerServices;

namespace OpenWsk.Ports;

/// <summary>
/// Items in the order in which they came, linked by <see cref="DispatchItem.NextInQueue"/>.
/// </summary>
/// <typeparam name="T">What all items are. Links are not checked for it: only these come in.</typeparam>
public struct LinkedQueue<T> where T : DispatchItem
{
    /// <summary>The one that waits longest; it stays in the queue.</summary>
    public T? First { get; private set; }

    /// <summary>The one that came last; it stays in the queue.</summary>
    public T? Last { get; private set; }

    public readonly bool IsEmpty => First is null;

    /// <summary>Adds an item that is in no queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enqueue(T item)
    {
        item.NextInQueue = null;
        Append(item, item);
    }

    /// <summary>Adds items that are linked already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(T oldest, T newest)
    {
        if (Last is null)
        {
            First = oldest;
        }
        else
        {
            Last.NextInQueue = oldest;
        }
        Last = newest;
    }

    /// <summary>Takes the first, which there must be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Dequeue()
    {
        // Whoever takes an item may have it queued again at once, so its link is read and cleared first.
        var first = First!;
        First = LinkedItems.After(first);
        if (First is null)
        {
            Last = null;
        }
        first.NextInQueue = null;
        return first;
    }

    /// <summary>Takes an item out; false when it is not in the queue.</summary>
    public bool TryRemove(T item)
    {
        T? previous = null;
        for (var at = First; at is not null; previous = at, at = LinkedItems.After(at))
        {
            if (!ReferenceEquals(at, item))
            {
                continue;
            }
            if (previous is null)
            {
                First = LinkedItems.After(at);
            }
            else
            {
                previous.NextInQueue = at.NextInQueue;
            }
            if (ReferenceEquals(Last, at))
            {
                Last = previous;
            }
            at.NextInQueue = null;
            return true;
        }
        return false;
    }

    /// <summary>Takes all of them, linked: the first, null for none.</summary>
    public T? TakeAll()
    {
        var all = First;
        First = Last = null;
        return all;
    }
}
