// From an address to the block that it belongs to. Areas are kept in the order of addresses and never go
// before the world does, so looking takes no lock; a record that changes meanwhile is told by its Sequence
// when it is acted on. It knows nothing about reports: see PoolDescription.cs.
namespace OpenWsk.Kernel;

internal sealed partial class BlockStore
{
    private SlotArea[] _areas = [];

    /// <summary>The block that begins at an address, live or freed.</summary>
    public bool TryFind(nuint address, out PoolRecord record)
    {
        if (FindArea(address) is { } area)
        {
            record = area.Records[area.IndexOf(address)];
            return record.State != BlockState.Never && record.Address == address;
        }
        if (_loose.TryGet(address, out record))
            return true;
        foreach (var freed in _remembered)
        {
            if (freed.Address == address && freed.Sequence > record.Sequence)
                record = freed;
        }
        return record.Sequence != 0;
    }

    /// <summary>The live block that begins at an address.</summary>
    public bool TryFindLive(nuint address, out PoolRecord record)
    {
        if (FindArea(address) is not { } area)
            return _loose.TryGet(address, out record);
        record = area.Records[area.IndexOf(address)];
        return record.State == BlockState.Live && record.Address == address;
    }

    /// <summary>The block that an address lies in or is nearest to; slow, for reports.</summary>
    public bool TryLocate(nuint address, out PoolRecord record)
    {
        record = default;
        if (!MayKnow(address))
            return false;
        var best = nuint.MaxValue;
        foreach (var candidate in CandidatesFor(address))
        {
            var distance = DistanceTo(candidate, address);
            var isBetter = distance < best
                || (distance == best && candidate.Sequence > record.Sequence);
            if (!isBetter)
                continue;
            best = distance;
            record = candidate;
        }
        // Further away, nobody would say that the address belongs to the block.
        return best <= PageBytes;
    }

    /// <summary>Every live block of a use, in the order of addresses.</summary>
    public IReadOnlyList<KeyValuePair<nuint, PoolRecord>> Snapshot(BlockUse use)
    {
        var all = new List<KeyValuePair<nuint, PoolRecord>>();
        foreach (var area in Volatile.Read(ref _areas))
        {
            lock (area.Owner.Gate)
            {
                all.AddRange(area.Records.Where(r => r.State == BlockState.Live && r.Use == use)
                    .Select(r => KeyValuePair.Create(r.Address, r)));
            }
        }
        all.AddRange(_loose.Snapshot().Where(pair => pair.Value.Use == use));
        all.Sort(static (a, b) => a.Key.CompareTo(b.Key));
        return all;
    }

    /// <summary>Makes an area known; called once for each.</summary>
    internal void Add(SlotArea area)
    {
        while (true)
        {
            var before = Volatile.Read(ref _areas);
            var after = before.Append(area).OrderBy(a => a.Start).ToArray();
            if (Interlocked.CompareExchange(ref _areas, after, before) == before)
                return;
        }
    }

    private static nuint DistanceTo(in PoolRecord record, nuint address)
    {
        if (address < record.Address)
            return record.Address - address;
        var inside = address - record.Address;
        return inside < record.SizeBytes ? 0 : inside - record.SizeBytes + 1;
    }

    // Whoever catches faults at addresses of no block pays for this look each time, and not for the search.
    private bool MayKnow(nuint address) => FindArea(address) is not null || _looseMemory.MayBeNear(address);

    private List<PoolRecord> CandidatesFor(nuint address)
    {
        var candidates = new List<PoolRecord>();
        if (FindArea(address) is { } area)
        {
            var index = area.IndexOf(address);
            for (var i = Math.Max(0, index - 1); i <= index + 1 && i < area.Records.Length; i++)
            {
                if (area.Records[i].State != BlockState.Never)
                    candidates.Add(area.Records[i]);
            }
            return candidates;
        }
        candidates.AddRange(_loose.Snapshot().Select(pair => pair.Value));
        candidates.AddRange(_remembered.Where(r => r.State == BlockState.Freed));
        return candidates;
    }

    private SlotArea? FindArea(nuint address)
    {
        var areas = Volatile.Read(ref _areas);
        var (low, high) = (0, areas.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var area = areas[middle];
            if (area.Contains(address))
                return area;
            if (address < area.Start)
                high = middle - 1;
            else
                low = middle + 1;
        }
        return null;
    }
}
