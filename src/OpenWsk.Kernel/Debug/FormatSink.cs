// Where formatted text goes: 8-bit or 16-bit units in memory of a fixed size. It counts everything and stores
// what fits, so that a driver's wild width costs no memory. Text between the two widths is converted as
// UTF-8. Divergence from Windows: its ANSI code page depends on the locale; here it is UTF-8, as on any other
// Linux terminal.
using System.Text;

namespace OpenWsk.Kernel;

/// <summary>A bounded destination of text.</summary>
internal ref struct FormatSink
{
    private readonly Span<byte> _narrow;
    private readonly Span<char> _wide;

    public FormatSink(Span<byte> narrow) => _narrow = narrow;

    public FormatSink(Span<char> wide)
    {
        _wide = wide;
        IsWide = true;
    }

    public bool IsWide { get; }

    /// <summary>Units that the whole text has, whether stored or not.</summary>
    public long TotalUnits { get; private set; }

    /// <summary>Units that are stored.</summary>
    public readonly int StoredUnits => (int)Math.Min(TotalUnits, IsWide ? _wide.Length : _narrow.Length);

    /// <summary>Appends one unit of the sink's own width.</summary>
    public void Append(char unit)
    {
        if (TotalUnits < (IsWide ? _wide.Length : _narrow.Length))
        {
            if (IsWide)
                _wide[(int)TotalUnits] = unit;
            else
                _narrow[(int)TotalUnits] = (byte)unit;
        }
        TotalUnits++;
    }

    /// <summary>Appends a unit many times.</summary>
    public void Append(char unit, long count)
    {
        var room = (IsWide ? _wide.Length : _narrow.Length) - TotalUnits;
        var stored = Math.Clamp(room, 0, Math.Max(count, 0));
        for (var i = 0L; i < stored; i++)
            Append(unit);
        TotalUnits += Math.Max(count, 0) - stored;
    }

    /// <summary>Appends ASCII text.</summary>
    public void Append(scoped ReadOnlySpan<char> ascii)
    {
        foreach (var c in ascii)
            Append(c);
    }

    /// <summary>Appends UTF-16 text; a lone surrogate becomes a question mark in 8-bit text.</summary>
    public void AppendWide(scoped ReadOnlySpan<char> text)
    {
        if (IsWide)
        {
            Append(text);
            return;
        }
        Span<byte> utf8 = stackalloc byte[4];
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var used) != System.Buffers.OperationStatus.Done)
                rune = new Rune('?');
            AppendBytes(utf8[..rune.EncodeToUtf8(utf8)]);
            text = text[used..];
        }
    }

    /// <summary>
    /// Appends 8-bit text as it is; in 16-bit text, what is no UTF-8 becomes one unit per byte.
    /// </summary>
    public void AppendNarrow(scoped ReadOnlySpan<byte> text)
    {
        if (!IsWide)
        {
            AppendBytes(text);
            return;
        }
        Span<char> utf16 = stackalloc char[2];
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(text, out var rune, out var used) == System.Buffers.OperationStatus.Done)
            {
                Append(utf16[..rune.EncodeToUtf16(utf16)]);
                text = text[used..];
                continue;
            }
            Append((char)text[0]);
            text = text[1..];
        }
    }

    private void AppendBytes(scoped ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            Append((char)b);
    }
}
