// Views of sections and memory of ZwAllocateVirtualMemory: which addresses they take. Everything lies in the
// one address space that there is. It knows nothing about sections' contents.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>A range of addresses that a driver has mapped or allocated.</summary>
/// <param name="LengthBytes">Its size.</param>
/// <param name="Section">The section object that it shows; 0 for memory of its own.</param>
/// <param name="Block">The heap's block that it lies in; 0 for a view.</param>
/// <param name="Protection">PAGE_* as the driver asked for it.</param>
internal readonly record struct MappedRange(nuint LengthBytes, nuint Section, nuint Block, uint Protection);

/// <summary>The mapped ranges of one world.</summary>
public sealed class SectionViews(Executive executive)
{
    private readonly Lock _gate = new();
    private readonly List<(nuint Start, MappedRange Range)> _ranges = [];

    /// <summary>Number of ranges that are mapped.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _ranges.Count;
        }
    }

    internal void Add(nuint start, MappedRange range)
    {
        if (range.Section != 0)
            executive.Objects.Reference(range.Section);
        lock (_gate)
            _ranges.Add((start, range));
    }

    /// <summary>The range that holds an address.</summary>
    internal bool TryFind(nuint address, out nuint start, out MappedRange range)
    {
        lock (_gate)
        {
            var index = _ranges.FindIndex(r => address - r.Start < r.Range.LengthBytes);
            (start, range) = index < 0 ? default : _ranges[index];
            return index >= 0;
        }
    }

    internal void Change(nuint start, MappedRange range)
    {
        lock (_gate)
        {
            var index = _ranges.FindIndex(r => r.Start == start);
            if (index >= 0)
                _ranges[index] = (start, range);
        }
    }

    /// <summary>Takes the view or the memory that holds an address away; false when there is none.</summary>
    internal bool Remove(nuint address, bool isView)
    {
        MappedRange range;
        lock (_gate)
        {
            var index = _ranges.FindIndex(r =>
                address - r.Start < r.Range.LengthBytes && r.Range.Section != 0 == isView);
            if (index < 0)
                return false;
            range = _ranges[index].Range;
            _ranges.RemoveAt(index);
        }
        if (range.Block != 0)
            executive.Heap.TryFree(range.Block);
        if (range.Section == 0)
            return true;
        if (executive.Objects.TryGet(range.Section, out var record))
            (record.Payload as SectionBody)?.WriteBack();
        executive.Objects.Dereference(range.Section);
        return true;
    }
}
