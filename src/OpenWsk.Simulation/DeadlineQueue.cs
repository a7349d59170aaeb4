// What a world waits for in virtual time: parked threads and dispatch items, by deadline, ties by order of
// arrival. It knows nothing about the clock or about running; SimScheduler takes out what is ripe.
using OpenWsk.Ports;

namespace OpenWsk.Simulation;

/// <summary>Deadlines in order. A target (a thread or an item) is in it at most once.</summary>
internal sealed class DeadlineQueue
{
    private readonly SortedSet<Entry> _entries = new(Comparer<Entry>.Create(Compare));
    private readonly Dictionary<object, Entry> _entryOf = new(ReferenceEqualityComparer.Instance);
    private long _sequence;

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>The earliest deadline; <see cref="IParker.Never"/> when there is none.</summary>
    public long EarliestNs => _entries.Count == 0 ? IParker.Never : _entries.Min.DeadlineNs;

    public void Add(long deadlineNs, object target)
    {
        var entry = new Entry(deadlineNs, ++_sequence, target);
        if (!_entryOf.TryAdd(target, entry))
            throw new InvalidOperationException("The target already waits for a deadline.");
        _entries.Add(entry);
    }

    public bool Remove(object target) => _entryOf.Remove(target, out var entry) && _entries.Remove(entry);

    /// <summary>Takes the first target whose deadline has come.</summary>
    public bool TryTakeRipe(long nowNs, out object? target)
    {
        target = null;
        if (EarliestNs > nowNs || IsEmpty)
            return false;
        var entry = _entries.Min;
        target = entry.Target;
        Remove(target);
        return true;
    }

    private static int Compare(Entry a, Entry b)
    {
        var byDeadline = a.DeadlineNs.CompareTo(b.DeadlineNs);
        return byDeadline != 0 ? byDeadline : a.Sequence.CompareTo(b.Sequence);
    }

    private readonly record struct Entry(long DeadlineNs, long Sequence, object Target);
}
