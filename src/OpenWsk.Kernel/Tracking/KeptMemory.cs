// Places in guest memory that drivers have promised to keep: buffers of pending requests, contexts and tables
// of sockets, registrations. They are counted by grains of 16 bytes, the least distance of two pool blocks:
// whether a block holds one of them is told without looking at every request and socket there is, each time
// that a driver frees something. What the promise was, and to whom, it does not know; a watch of
// Executive.Endings.cs does.
namespace OpenWsk.Kernel;

/// <summary>Counts of kept places by address; any thread, no lock.</summary>
public sealed class KeptMemory
{
    private const int GrainBits = 4;
    private const int PageBits = 12;
    private const int GrainsOfPage = 1 << (PageBits - GrainBits);

    // Pages share counts when there are more of them, which can only make the answer a "perhaps".
    private const int PlaceBits = 10;
    private const int Places = 1 << PlaceBits;

    private readonly int[]?[] _pages = new int[]?[Places];

    /// <summary>A place is to be kept; address 0 is none.</summary>
    public void Add(nuint address)
    {
        if (address != 0)
            Interlocked.Increment(ref Count(address));
    }

    /// <summary>A place that was added need not be kept any more.</summary>
    public void Remove(nuint address)
    {
        if (address != 0)
            Invariant.That(Interlocked.Decrement(ref Count(address)) >= 0);
    }

    /// <summary>Whether a place may lie in this memory; false is certain.</summary>
    public bool MayLieIn(GuestRange memory)
    {
        if (memory.LengthBytes == 0)
            return false;
        var grain = memory.Start >> GrainBits;
        var end = ((memory.Start + memory.LengthBytes - 1) >> GrainBits) + 1;
        if ((end - grain) / GrainsOfPage >= Places)
            return true;
        while (grain < end)
        {
            var first = (int)(grain % GrainsOfPage);
            var count = (int)nuint.Min((nuint)(GrainsOfPage - first), end - grain);
            if (Volatile.Read(ref Place(grain << GrainBits)) is { } page
                && page.AsSpan(first, count).ContainsAnyExcept(0))
                return true;
            grain += (nuint)count;
        }
        return false;
    }

    private ref int Count(nuint address)
    {
        ref var place = ref Place(address);
        var page = Volatile.Read(ref place);
        if (page is null)
        {
            var fresh = new int[GrainsOfPage];
            page = Interlocked.CompareExchange(ref place, fresh, null) ?? fresh;
        }
        return ref page[(address >> GrainBits) % GrainsOfPage];
    }

    // Fibonacci hashing, as in AddressMap.
    private ref int[]? Place(nuint address) =>
        ref _pages[(int)((ulong)(address >> PageBits) * 0x9E37_79B9_7F4A_7C15 >> (64 - PlaceBits))];
}
