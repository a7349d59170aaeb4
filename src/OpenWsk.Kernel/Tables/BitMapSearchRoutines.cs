// Searching bitmaps for runs of set or clear bits, as allocators in drivers do. A search begins at a hint and
// wraps round once. It knows nothing about single bits: see BitMapRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that search bitmaps.</summary>
public static class BitMapSearchRoutines
{
    private const uint None = uint.MaxValue;

    /// <summary>Place of a run of clear bits; -1 when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindClearBits(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint NumberToFind, uint HintIndex) =>
        Find(BitMapHeader, NumberToFind, HintIndex, false);

    /// <summary>Place of a run of set bits; -1 when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindSetBits(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint NumberToFind, uint HintIndex) =>
        Find(BitMapHeader, NumberToFind, HintIndex, true);

    /// <summary>Finds a run of clear bits and sets it; -1 when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindClearBitsAndSet(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint NumberToFind, uint HintIndex)
    {
        var at = Find(BitMapHeader, NumberToFind, HintIndex, false);
        if (at != None)
            BitMapRoutines.Set(executive, BitMapHeader, at, NumberToFind, true);
        return at;
    }

    /// <summary>Finds a run of set bits and clears it; -1 when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindSetBitsAndClear(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint NumberToFind, uint HintIndex)
    {
        var at = Find(BitMapHeader, NumberToFind, HintIndex, true);
        if (at != None)
            BitMapRoutines.Set(executive, BitMapHeader, at, NumberToFind, false);
        return at;
    }

    /// <summary>The first or the longest runs of clear bits; returns how many.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindClearRuns(
        Executive executive,
        GuestPtr<RTL_BITMAP> BitMapHeader,
        GuestPtr<RTL_BITMAP_RUN> RunArray,
        uint SizeOfRunArray,
        byte LocateLongestRuns)
    {
        var runs = new List<RTL_BITMAP_RUN>();
        var bits = new BitSpan(BitMapHeader);
        for (var at = bits.Next(0, bits.Count, false); at < bits.Count; at = bits.Next(at, bits.Count, false))
        {
            var end = bits.Next(at, bits.Count, true);
            runs.Add(new RTL_BITMAP_RUN { StartingIndex = at, NumberOfBits = end - at });
            if (LocateLongestRuns == 0 && runs.Count == SizeOfRunArray)
                break;
            at = end;
        }
        if (LocateLongestRuns != 0)
            runs = [.. runs.OrderByDescending(run => run.NumberOfBits)];
        var count = (int)Math.Min((uint)runs.Count, SizeOfRunArray);
        for (var i = 0; i < count; i++)
            RunArray.At(i).Value = runs[i];
        return (uint)count;
    }

    /// <summary>Length of the longest run of clear bits, and its place.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindLongestRunClear(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, GuestPtr<uint> StartingIndex)
    {
        var bits = new BitSpan(BitMapHeader);
        var (longest, place) = (0u, 0u);
        for (var at = bits.Next(0, bits.Count, false); at < bits.Count; at = bits.Next(at, bits.Count, false))
        {
            var end = bits.Next(at, bits.Count, true);
            if (end - at > longest)
                (longest, place) = (end - at, at);
            at = end;
        }
        StartingIndex.Value = place;
        return longest;
    }

    /// <summary>Length of the first run of clear bits, and its place.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindFirstRunClear(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, GuestPtr<uint> StartingIndex) =>
        RtlFindNextForwardRunClear(executive, BitMapHeader, 0, StartingIndex);

    /// <summary>Length of the next run of clear bits from a place on, and where it begins.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindNextForwardRunClear(
        Executive executive,
        GuestPtr<RTL_BITMAP> BitMapHeader,
        uint FromIndex,
        GuestPtr<uint> StartingRunIndex)
    {
        var bits = new BitSpan(BitMapHeader);
        var at = bits.Next(Math.Min(FromIndex, bits.Count), bits.Count, false);
        StartingRunIndex.Value = at < bits.Count ? at : FromIndex;
        return bits.Next(at, bits.Count, true) - at;
    }

    /// <summary>Length of the last run of clear bits up to a place, and where it begins.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlFindLastBackwardRunClear(
        Executive executive,
        GuestPtr<RTL_BITMAP> BitMapHeader,
        uint FromIndex,
        GuestPtr<uint> StartingRunIndex)
    {
        var bits = new BitSpan(BitMapHeader);
        StartingRunIndex.Value = FromIndex;
        if (bits.Count == 0)
            return 0;
        var last = (long)Math.Min(FromIndex, bits.Count - 1);
        while (last >= 0 && bits[(uint)last])
            last--;
        if (last < 0)
            return 0;
        var first = last;
        while (first > 0 && !bits[(uint)first - 1])
            first--;
        StartingRunIndex.Value = (uint)first;
        return (uint)(last - first + 1);
    }

    // A hint beyond the bitmap is as none. No bits at all are found at the hint, at a whole byte.
    private static uint Find(GuestPtr<RTL_BITMAP> map, uint count, uint hint, bool value)
    {
        var bits = new BitSpan(map);
        if (count > bits.Count)
            return None;
        if (hint >= bits.Count)
            hint = 0;
        if (count == 0)
            return hint & ~7u;
        var found = bits.FindRun(hint, bits.Count, count, value);
        if (found < 0 && hint != 0)
            found = bits.FindRun(0, (uint)Math.Min((ulong)hint + count - 1, bits.Count), count, value);
        return found < 0 ? None : (uint)found;
    }
}
