// Objects of ours by guest address, for look-ups of the data path: a reader takes no lock and meets no
// other thread's cache lines but those of writers, who are rare. Addresses come from guests, so a look-up
// says whether there is such an object, and nobody follows the address. It knows nothing about what the
// objects are. For records that change in place: AddressLedger.cs.
namespace OpenWsk.Kernel;

/// <summary>Objects by guest address; 0 is no address.</summary>
public sealed class AddressMap<T> where T : class
{
    // Room for the addresses of what is closed and made again all the time: nothing is rebuilt for them.
    private const int LeastBits = 8;
    private readonly Lock _gate = new();
    private Slots _slots = new(LeastBits);
    private int _used;
    private int _count;

    /// <summary>Number of objects.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The object of an address; null when there is none.</summary>
    public T? Find(nuint address)
    {
        var slots = Volatile.Read(ref _slots);
        var entries = slots.Entries;
        for (var i = slots.First(address); ; i++)
        {
            ref var entry = ref entries[i & (entries.Length - 1)];
            var key = Volatile.Read(ref entry.Address);
            if (key == 0)
                return null;
            if (key == address)
                return Volatile.Read(ref entry.Value);
        }
    }

    /// <summary>Adds an object; false when the address has one.</summary>
    public bool TryAdd(nuint address, T value)
    {
        Invariant.That(address != 0);
        lock (_gate)
        {
            if (2 * (_used + 1) > _slots.Entries.Length)
                Rebuild();
            ref var entry = ref _slots.Place(address);
            if (entry.Value is not null)
                return false;
            _used += entry.Address == 0 ? 1 : 0;
            _count++;
            // The value is there before its address is; a reader finds both or neither.
            Volatile.Write(ref entry.Value, value);
            Volatile.Write(ref entry.Address, address);
            return true;
        }
    }

    /// <summary>Takes an object out; null when the address has none.</summary>
    public T? Remove(nuint address)
    {
        lock (_gate)
        {
            ref var entry = ref _slots.Place(address);
            var value = entry.Value;
            if (value is null)
                return null;
            // The address stays, so that what lies behind it is still found; it often comes again.
            Volatile.Write(ref entry.Value, null);
            _count--;
            return value;
        }
    }

    /// <summary>Every object as it is now, in the order of addresses.</summary>
    public List<KeyValuePair<nuint, T>> Snapshot()
    {
        var all = new List<KeyValuePair<nuint, T>>();
        lock (_gate)
        {
            foreach (var entry in _slots.Entries)
            {
                if (entry.Value is { } value)
                    all.Add(KeyValuePair.Create(entry.Address, value));
            }
        }
        all.Sort(static (a, b) => a.Key.CompareTo(b.Key));
        return all;
    }

    /// <summary>
    /// Walks the objects without a lock and in no order: one that is added or removed meanwhile may be met or
    /// not. For looks that nearly always find nothing; <see cref="Snapshot"/> is for reports.
    /// </summary>
    public Enumerator GetEnumerator() => new(Volatile.Read(ref _slots).Entries);

    /// <summary>The walk; it allocates nothing.</summary>
    public struct Enumerator
    {
        private readonly Entry[] _entries;
        private int _next;
        private T? _current;

        internal Enumerator(Entry[] entries) => _entries = entries;

        /// <summary>The object that was met.</summary>
        public readonly T Current => _current!;

        /// <summary>Goes to the next object; false behind the last one.</summary>
        public bool MoveNext()
        {
            while (_next < _entries.Length)
            {
                if (Volatile.Read(ref _entries[_next++].Value) is not { } value)
                    continue;
                _current = value;
                return true;
            }
            return false;
        }
    }

    // Under the gate. Leaves addresses without objects behind; readers of the old entries see them as they
    // were.
    private void Rebuild()
    {
        var bits = LeastBits;
        // At least twice what it was when all of it is in use: more would be most of what an entry costs.
        while (1 << bits < 3 * (_count + 1))
            bits++;
        var slots = new Slots(bits);
        foreach (var entry in _slots.Entries)
        {
            if (entry.Value is { } value)
                slots.Place(entry.Address) = new Entry { Address = entry.Address, Value = value };
        }
        _used = _count;
        Volatile.Write(ref _slots, slots);
    }

    internal struct Entry
    {
        public nuint Address;
        public T? Value;
    }

    private sealed class Slots(int bits)
    {
        public readonly Entry[] Entries = new Entry[1 << bits];
        private readonly int _shift = 64 - bits;

        // Blocks are 16-byte aligned at least; Fibonacci hashing spreads equal strides.
        public int First(nuint address) => (int)((ulong)address * 0x9E37_79B9_7F4A_7C15 >> _shift);

        public ref Entry Place(nuint address)
        {
            var i = First(address);
            while (true)
            {
                ref var entry = ref Entries[i++ & (Entries.Length - 1)];
                if (entry.Address == address || entry.Address == 0)
                    return ref entry;
            }
        }
    }
}
