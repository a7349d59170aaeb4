// Reads the numbers of compressed C++ tables one after the other: the lowest bits of the first byte say how
// many bytes a number has. What lies outside the image's file reads as 0 and is remembered. It knows nothing
// about what the numbers mean; see CxxFunction4.cs.
using System.Buffers.Binary;
using System.Numerics;

namespace OpenWsk.Loader;

/// <summary>A place in an image's tables.</summary>
internal sealed class CxxNumbers(ImageView view, uint rva)
{
    private const int LengthMax = 5;

    /// <summary>Where the next number lies.</summary>
    public uint Rva { get; private set; } = rva;

    /// <summary>False once something lay outside the image's sections.</summary>
    public bool IsGood { get; private set; } = true;

    /// <summary>Another place of the same image; one whose numbers are all 0 when there is none.</summary>
    public CxxNumbers At(uint rva) => new(view, rva) { IsGood = rva != 0 };

    public byte NextByte()
    {
        Span<byte> one = stackalloc byte[1];
        Take(one);
        return one[0];
    }

    /// <summary>Four bytes as they are.</summary>
    public uint NextRva()
    {
        Span<byte> bytes = stackalloc byte[4];
        Take(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>A compressed number: one byte for 7 bits, up to four for 28, five for 32.</summary>
    public uint Next()
    {
        Span<byte> bytes = stackalloc byte[8];
        Take(bytes[..1]);
        var length = Math.Min(BitOperations.TrailingZeroCount(~(uint)bytes[0]) + 1, LengthMax);
        Take(bytes[1..length]);
        // Of the longest the first byte has no bits of the number.
        return length == LengthMax
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[1..])
            : BinaryPrimitives.ReadUInt32LittleEndian(bytes) >> length;
    }

    private void Take(Span<byte> bytes)
    {
        IsGood = IsGood && view.TryCopy(Rva, bytes);
        if (!IsGood)
            bytes.Clear();
        Rva += (uint)bytes.Length;
    }
}
