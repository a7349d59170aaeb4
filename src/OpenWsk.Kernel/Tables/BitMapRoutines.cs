// Bitmaps (RTL_BITMAP) as drivers make, change and ask them. It knows nothing about searching for runs: see
// BitMapSearchRoutines.cs. A range outside a bitmap is a driver's mistake that a checked build asserts: it is
// reported and nothing is touched.
using System.Numerics;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that change and read bitmaps.</summary>
public static class BitMapRoutines
{
    /// <summary>Describes a bitmap; its bits stay as they are.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlInitializeBitMap(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, nuint BitMapBuffer, uint SizeOfBitMap) =>
        BitMapHeader.Value = new RTL_BITMAP { SizeOfBitMap = SizeOfBitMap, Buffer = BitMapBuffer };

    /// <summary>Clears every bit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlClearAllBits(Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader) =>
        SetWhole(BitMapHeader, 0);

    /// <summary>Sets every bit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlSetAllBits(Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader) =>
        SetWhole(BitMapHeader, 0xFF);

    /// <summary>Clears one bit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlClearBit(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint BitNumber) =>
        Set(executive, BitMapHeader, BitNumber, 1, false);

    /// <summary>Sets one bit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlSetBit(Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint BitNumber) =>
        Set(executive, BitMapHeader, BitNumber, 1, true);

    /// <summary>Whether a bit is set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlTestBit(Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint BitNumber)
    {
        var bits = new BitSpan(BitMapHeader);
        return IsInside(executive, bits, BitNumber, 1) && bits[BitNumber] ? (byte)1 : (byte)0;
    }

    /// <summary>Clears a range.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlClearBits(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint StartingIndex, uint NumberToClear) =>
        Set(executive, BitMapHeader, StartingIndex, NumberToClear, false);

    /// <summary>Sets a range.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlSetBits(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint StartingIndex, uint NumberToSet) =>
        Set(executive, BitMapHeader, StartingIndex, NumberToSet, true);

    /// <summary>Whether a range is clear; FALSE for an empty one and for one outside.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlAreBitsClear(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint StartingIndex, uint Length)
    {
        var bits = new BitSpan(BitMapHeader);
        return Length != 0 && bits.Contains(StartingIndex, Length)
            && bits.CountSet(StartingIndex, Length) == 0 ? (byte)1 : (byte)0;
    }

    /// <summary>Whether a range is set; FALSE for an empty one and for one outside.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlAreBitsSet(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint StartingIndex, uint Length)
    {
        var bits = new BitSpan(BitMapHeader);
        return Length != 0 && bits.Contains(StartingIndex, Length)
            && bits.CountSet(StartingIndex, Length) == Length ? (byte)1 : (byte)0;
    }

    /// <summary>How many bits are set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlNumberOfSetBits(Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader)
    {
        var bits = new BitSpan(BitMapHeader);
        return bits.CountSet(0, bits.Count);
    }

    /// <summary>How many bits are clear.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlNumberOfClearBits(Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader)
    {
        var bits = new BitSpan(BitMapHeader);
        return bits.Count - bits.CountSet(0, bits.Count);
    }

    /// <summary>How many bits of a range are set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlNumberOfSetBitsInRange(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint StartingIndex, uint Length)
    {
        var bits = new BitSpan(BitMapHeader);
        return IsInside(executive, bits, StartingIndex, Length) ? bits.CountSet(StartingIndex, Length) : 0;
    }

    /// <summary>How many bits of a range are clear.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlNumberOfClearBitsInRange(
        Executive executive, GuestPtr<RTL_BITMAP> BitMapHeader, uint StartingIndex, uint Length)
    {
        var bits = new BitSpan(BitMapHeader);
        return IsInside(executive, bits, StartingIndex, Length)
            ? Length - bits.CountSet(StartingIndex, Length)
            : 0;
    }

    /// <summary>How many bits of a word are set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint RtlNumberOfSetBitsUlongPtr(Executive executive, nuint Target) =>
        (uint)BitOperations.PopCount((ulong)Target);

    /// <summary>Place of the highest set bit; -1 when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static sbyte RtlFindMostSignificantBit(Executive executive, ulong Set) =>
        (sbyte)(63 - BitOperations.LeadingZeroCount(Set));

    /// <summary>Place of the lowest set bit; -1 when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static sbyte RtlFindLeastSignificantBit(Executive executive, ulong Set) =>
        Set == 0 ? (sbyte)-1 : (sbyte)BitOperations.TrailingZeroCount(Set);

    /// <summary>Copies a bitmap's bits into another from a place on.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlCopyBitMap(
        Executive executive, GuestPtr<RTL_BITMAP> Source, GuestPtr<RTL_BITMAP> Destination, uint TargetBit)
    {
        var (source, destination) = (new BitSpan(Source), new BitSpan(Destination));
        var room = TargetBit < destination.Count ? destination.Count - TargetBit : 0;
        for (var i = 0u; i < Math.Min(source.Count, room); i++)
            destination.Set(TargetBit + i, 1, source[i]);
    }

    /// <summary>Copies a part of a bitmap to the begin of another.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlExtractBitMap(
        Executive executive,
        GuestPtr<RTL_BITMAP> Source,
        GuestPtr<RTL_BITMAP> Destination,
        uint TargetBit,
        uint NumberOfBits)
    {
        var (source, destination) = (new BitSpan(Source), new BitSpan(Destination));
        var there = TargetBit < source.Count ? source.Count - TargetBit : 0;
        for (var i = 0u; i < Math.Min(Math.Min(NumberOfBits, there), destination.Count); i++)
            destination.Set(i, 1, source[TargetBit + i]);
    }

    internal static bool IsInside(Executive executive, BitSpan bits, uint start, uint count)
    {
        if (bits.Contains(start, count))
            return true;
        executive.Breach("PARAMETER", $"bits {start} to {(ulong)start + count} of a bitmap of {bits.Count}");
        return false;
    }

    internal static void Set(
        Executive executive, GuestPtr<RTL_BITMAP> map, uint start, uint count, bool value)
    {
        var bits = new BitSpan(map);
        if (IsInside(executive, bits, start, count))
            bits.Set(start, count, value);
    }

    // As on Windows whole words change, so a bitmap's buffer is a number of ULONGs.
    private static void SetWhole(GuestPtr<RTL_BITMAP> map, byte value)
    {
        var bytes = ((ulong)map.Value.SizeOfBitMap + 31) / 32 * 4;
        GuestMemory.Span(map.Value.Buffer, (int)bytes).FillGuest(value);
    }
}
