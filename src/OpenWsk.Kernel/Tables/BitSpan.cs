// The bits of an RTL_BITMAP: reading, changing and searching runs of them, a word at a time where that helps.
// A bitmap's buffer is the driver's; a range is checked against SizeOfBitMap before a bit of it is touched.
// It knows nothing about routines: see BitMapRoutines.cs and BitMapSearchRoutines.cs.
using System.Numerics;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>A driver's bitmap.</summary>
internal readonly struct BitSpan(GuestPtr<RTL_BITMAP> map)
{
    private readonly nuint _words = map.Value.Buffer;

    public uint Count { get; } = map.Value.SizeOfBitMap;

    public bool this[uint index] => (Word(index) >> (int)(index & 31) & 1) != 0;

    /// <summary>Whether the range lies in the bitmap.</summary>
    public bool Contains(uint start, uint count) => start <= Count && count <= Count - start;

    public void Set(uint start, uint count, bool value)
    {
        for (ulong at = start, end = (ulong)start + count; at < end;)
        {
            var inWord = (int)(at & 31);
            var take = (int)Math.Min((ulong)(32 - inWord), end - at);
            var mask = (take == 32 ? uint.MaxValue : (1u << take) - 1) << inWord;
            ref var word = ref Word((uint)at);
            word = value ? word | mask : word & ~mask;
            at += (ulong)take;
        }
    }

    public uint CountSet(uint start, uint count)
    {
        var total = 0u;
        for (ulong at = start, end = (ulong)start + count; at < end;)
        {
            var inWord = (int)(at & 31);
            var take = (int)Math.Min((ulong)(32 - inWord), end - at);
            var mask = (take == 32 ? uint.MaxValue : (1u << take) - 1) << inWord;
            total += (uint)BitOperations.PopCount(Word((uint)at) & mask);
            at += (ulong)take;
        }
        return total;
    }

    /// <summary>
    /// First place from a start on, before an end, where a bit has a value; the end if none.
    /// </summary>
    public uint Next(uint start, uint end, bool value)
    {
        for (ulong at = start; at < end;)
        {
            var word = value ? Word((uint)at) : ~Word((uint)at);
            word &= uint.MaxValue << (int)(at & 31);
            if (word != 0)
                return (uint)Math.Min(end, (at & ~31ul) + (ulong)BitOperations.TrailingZeroCount(word));
            at = (at & ~31ul) + 32;
        }
        return end;
    }

    /// <summary>First run of a length in [start, end) whose bits have a value; -1 if none.</summary>
    public long FindRun(uint start, uint end, uint length, bool value)
    {
        if (length == 0)
            return start & ~7u;
        for (var at = Next(start, end, value); at < end; at = Next(at, end, value))
        {
            var stop = Next(at, end, !value);
            if (stop - at >= length)
                return at;
            at = stop;
        }
        return -1;
    }

    private ref uint Word(uint index) => ref GuestMemory.Ref<uint>(_words + ((nuint)(index >> 5) * 4));
}
