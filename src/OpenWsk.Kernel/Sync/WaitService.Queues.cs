// Entries of queues that threads wait for, under the gate of the waits, so that an entry and its signal are
// one. It knows nothing about the structure of a queue: QueueRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class WaitService
{
    /// <summary>Adds an entry and lets one thread go on; returns the old signal state.</summary>
    internal int InsertEntry(nuint queue, nuint entries, nuint entry, bool isAtEnd)
    {
        lock (_gate)
        {
            GuestLists.InsertAfter(isAtEnd ? GuestLists.Previous(entries) : entries, entry);
            ref var state = ref DispatcherObject.State(queue);
            var was = state++;
            Satisfy(queue);
            return was;
        }
    }

    /// <summary>Takes the first entry; 0 when there is none.</summary>
    internal nuint TakeEntry(nuint entries)
    {
        lock (_gate)
        {
            if (GuestLists.IsEmpty(entries))
                return 0;
            var entry = GuestLists.Next(entries);
            GuestLists.Remove(_executive, entry);
            return entry;
        }
    }

    /// <summary>Takes all entries at once, linked in a ring, and signals for good.</summary>
    internal nuint RunDownEntries(nuint queue, nuint entries, int signalState)
    {
        lock (_gate)
        {
            var first = GuestLists.IsEmpty(entries) ? 0 : GuestLists.Next(entries);
            if (first != 0)
                GuestLists.Remove(_executive, entries);
            GuestLists.Initialize(entries);
            DispatcherObject.State(queue) = signalState;
            Satisfy(queue);
            return first;
        }
    }
}
