// Reads numbers and names from debug data; every read is checked against the end of its range. It knows
// nothing about formats. What does not fit is a SymbolFormatException.
using System.Buffers.Binary;
using System.Text;

namespace OpenWsk.Loader;

/// <summary>A position in a range of bytes.</summary>
internal ref struct SymbolReader(ReadOnlySpan<byte> data)
{
    /// <summary>The longest name that is kept; C++ names beyond it are cut.</summary>
    public const int TextBytesMax = 4096;

    private readonly ReadOnlySpan<byte> _data = data;

    public int Position { get; private set; }

    public readonly int Length => _data.Length;

    public readonly int Remaining => _data.Length - Position;

    public byte U8() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>An unsigned number of 1, 2, 3, 4 or 8 bytes.</summary>
    public ulong Unsigned(int lengthBytes)
    {
        if (lengthBytes is < 1 or > 8)
            throw new SymbolFormatException($"a number of {lengthBytes} bytes");
        ulong value = 0;
        var bytes = Take(lengthBytes);
        for (var i = lengthBytes - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    /// <summary>DWARF's variable-length number.</summary>
    public ulong Uleb()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = U8();
            if (shift < 64)
                value |= (ulong)(part & 0x7F) << shift;
            if ((part & 0x80) == 0)
                return value;
            if (shift > 70)
                throw new SymbolFormatException("a number without an end");
        }
    }

    /// <summary>DWARF's variable-length number with a sign.</summary>
    public long Sleb()
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = U8();
            if (shift < 64)
                value |= (long)(part & 0x7F) << shift;
            if ((part & 0x80) == 0)
                return shift + 7 < 64 && (part & 0x40) != 0 ? value | (-1L << (shift + 7)) : value;
            if (shift > 70)
                throw new SymbolFormatException("a number without an end");
        }
    }

    /// <summary>Null-terminated text; the position goes behind its end.</summary>
    public string Text(SymbolBudget budget)
    {
        var bytes = Terminated();
        budget.Spend(1 + bytes.Length / 16);
        var kept = bytes[..Math.Min(bytes.Length, TextBytesMax)];
        budget.SpendText(kept.Length);
        return Printable(kept);
    }

    public void SkipText() => Terminated();

    public ReadOnlySpan<byte> Take(long lengthBytes)
    {
        if (lengthBytes < 0 || lengthBytes > Remaining)
            throw new SymbolFormatException($"the data ends {lengthBytes} bytes too early");
        var bytes = _data.Slice(Position, (int)lengthBytes);
        Position += (int)lengthBytes;
        return bytes;
    }

    public void Skip(ulong lengthBytes)
    {
        if (lengthBytes > (ulong)Remaining)
            throw new SymbolFormatException("an offset lies behind the end of the data");
        Position += (int)lengthBytes;
    }

    public void Seek(ulong position)
    {
        if (position > (ulong)_data.Length)
            throw new SymbolFormatException("an offset lies behind the end of the data");
        Position = (int)position;
    }

    /// <summary>Goes on at the next multiple of 4 from the start of the data.</summary>
    public void Align4() => Seek(((ulong)Position + 3) & ~3ul);

    /// <summary>A name from fixed bytes, cut at the first zero.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        // Names go to terminals: no control character of a hostile file may reach one.
        return text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 && !text.Contains('\x7f') ? text
            : string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
    }

    private ReadOnlySpan<byte> Terminated()
    {
        var length = _data[Position..].IndexOf((byte)0);
        if (length < 0)
            throw new SymbolFormatException("a name without an end");
        var bytes = Take(length);
        Position++;
        return bytes;
    }
}
