// Collects ranges of guest memory for a dump and copies them at once: overlapping ones become one, what is
// not there is left out, and the whole is bounded. It knows nothing about what the ranges are.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Ranges to copy.</summary>
internal sealed class MemoryCopies
{
    private const long BytesMax = 64 << 20;
    private const ulong PageBytes = 0x1000;
    private readonly List<(ulong Start, ulong End)> _ranges = [];
    private readonly List<(ulong Start, ulong End)> _code = [];

    public void Add(ulong address, ulong lengthBytes)
    {
        if (lengthBytes != 0 && address <= ulong.MaxValue - lengthBytes)
            _ranges.Add((address, address + lengthBytes));
    }

    /// <summary>A range that may be executed.</summary>
    public void AddCode(ulong address, ulong lengthBytes)
    {
        Add(address, lengthBytes);
        _code.Add((address, address + lengthBytes));
    }

    /// <summary>The whole page that holds an address.</summary>
    public void AddPage(ulong address) => Add(address & ~(PageBytes - 1), PageBytes);

    /// <summary>The whole page of code that holds an address.</summary>
    public void AddCodePage(ulong address) => AddCode(address & ~(PageBytes - 1), PageBytes);

    /// <summary>The memory as it is now, in ascending order.</summary>
    public List<CrashMemory> Copy()
    {
        var copies = new List<CrashMemory>();
        var left = BytesMax;
        foreach (var (start, end) in Merge())
        {
            if ((long)(end - start) > left)
                continue;
            left -= (long)(end - start);
            CopyPresent(start, end, copies);
        }
        return copies;
    }

    private List<(ulong Start, ulong End)> Merge()
    {
        var merged = new List<(ulong Start, ulong End)>();
        foreach (var range in _ranges.Order())
        {
            if (merged.Count != 0 && range.Start <= merged[^1].End)
                merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, range.End));
            else
                merged.Add(range);
        }
        return merged;
    }

    // A range may have holes, such as the gaps between sections; each stretch becomes a copy of its own.
    private void CopyPresent(ulong start, ulong end, List<CrashMemory> copies)
    {
        while (start < end)
        {
            var bytes = MemoryReader.Read(start, (int)(end - start));
            if (bytes.Length != 0)
                copies.Add(new CrashMemory(start, bytes, _code.Any(c => start >= c.Start && start < c.End)));
            start = (start + (ulong)bytes.Length + PageBytes) & ~(PageBytes - 1);
        }
    }
}
