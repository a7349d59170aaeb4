// The tables that netioapi hands to drivers: a count, and the rows from the eighth byte on. Each is
// remembered
// until FreeMibTable, so that what a driver forgets is reported and what it makes up is not followed. It
// knows
// nothing about what rows hold: MibRows.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>Fills one row.</summary>
internal delegate void FillRow<TRow, in TSource>(ref TRow row, TSource source) where TRow : struct;

/// <summary>Tables that drivers have.</summary>
internal sealed class MibTables(Executive executive)
{
    private const int RowsOffset = 8;
    private readonly Lock _gate = new();
    private readonly SortedSet<nuint> _tables = [];

    /// <summary>Makes a table.</summary>
    public nuint Make<TRow, TSource>(IReadOnlyList<TSource> sources, FillRow<TRow, TSource> fill)
        where TRow : unmanaged
    {
        var table = executive.Heap.Allocate(RowsOffset + (sources.Count * Unsafe.SizeOf<TRow>()));
        GuestMemory.Write(table, (uint)sources.Count);
        var rows = new GuestPtr<TRow>(table + RowsOffset);
        for (var i = 0; i < sources.Count; i++)
            fill(ref rows.At(i).Value, sources[i]);
        lock (_gate)
            _tables.Add(table);
        return table;
    }

    /// <summary>Frees a table; false when it is none.</summary>
    public bool TryFree(nuint table)
    {
        lock (_gate)
        {
            if (!_tables.Remove(table))
                return false;
        }
        executive.Heap.TryFree(table);
        return true;
    }

    public IEnumerable<Leftover> CollectLeftovers()
    {
        int count;
        lock (_gate)
            count = _tables.Count;
        if (count != 0)
            yield return new Leftover("MIB table", count, 0, "never given to FreeMibTable");
    }
}
