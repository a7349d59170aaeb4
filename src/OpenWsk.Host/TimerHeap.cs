// The items of one dispatcher that wait for their deadline, as a binary heap whose places the items know, so
// that taking one back is as cheap as adding it. It knows nothing about clocks; the Dispatcher locks around
// it.
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>Items ordered by deadline, equal deadlines in the order of adding.</summary>
internal sealed class TimerHeap
{
    // Place 0 stays empty: an item whose place is 0 waits nowhere, and parents are at half the place.
    private Entry[] _entries = new Entry[16];
    private int _count;
    private long _nextSequence;

    private readonly record struct Entry(long DeadlineNs, long Sequence, DispatchItem Item)
    {
        public bool IsBefore(in Entry other) => DeadlineNs != other.DeadlineNs
            ? DeadlineNs < other.DeadlineNs
            : Sequence < other.Sequence;
    }

    /// <summary>The earliest deadline, or <see cref="IParker.Never"/>.</summary>
    public long NextDeadlineNs => _count == 0 ? IParker.Never : _entries[1].DeadlineNs;

    /// <summary>Number of items ever added.</summary>
    public long AddedCount => _nextSequence;

    public void Add(DispatchItem item)
    {
        if (item.TimerPlace != 0)
        {
            throw new InvalidOperationException("The item waits for a deadline already.");
        }
        if (_count + 1 == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }
        _count++;
        Rise(_count, new Entry(item.DeadlineNs, _nextSequence++, item));
    }

    /// <summary>Takes the item out; false when it is not here.</summary>
    public bool Remove(DispatchItem item)
    {
        var place = item.TimerPlace;
        if (place == 0)
        {
            return false;
        }
        item.TimerPlace = 0;
        var last = _entries[_count];
        _entries[_count] = default;
        _count--;
        if (place > _count)
        {
            return true;
        }
        if (place > 1 && last.IsBefore(_entries[place / 2]))
        {
            Rise(place, last);
        }
        else
        {
            Sink(place, last);
        }
        return true;
    }

    /// <summary>
    /// Takes the earliest item when its deadline has come and it was added before the given number, else
    /// null.
    /// </summary>
    public DispatchItem? TakeDue(long nowNs, long addedBefore = long.MaxValue)
    {
        if (NextDeadlineNs > nowNs || _count == 0 || _entries[1].Sequence >= addedBefore)
        {
            return null;
        }
        var item = _entries[1].Item;
        Remove(item);
        return item;
    }

    private void Rise(int place, in Entry entry)
    {
        while (place > 1 && entry.IsBefore(_entries[place / 2]))
        {
            Set(place, _entries[place / 2]);
            place /= 2;
        }
        Set(place, entry);
    }

    private void Sink(int place, in Entry entry)
    {
        while (true)
        {
            var child = place * 2;
            if (child > _count)
            {
                break;
            }
            if (child < _count && _entries[child + 1].IsBefore(_entries[child]))
            {
                child++;
            }
            if (entry.IsBefore(_entries[child]))
            {
                break;
            }
            Set(place, _entries[child]);
            place = child;
        }
        Set(place, entry);
    }

    private void Set(int place, in Entry entry)
    {
        _entries[place] = entry;
        entry.Item.TimerPlace = place;
    }
}
