// What a record cannot hold: the text of an event that is rare, a print or a breach. A fixed number of bytes
// without pointers, because it may be read after the process has died. It knows nothing about files.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>One text.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct FlightNote
{
    /// <summary>Bytes of a note.</summary>
    public const int SizeBytes = 512;

    private const int TextBytes = SizeBytes - 12;

    /// <summary>The note's number, from 1; 0 in one that was never written.</summary>
    public long Number;

    private int _textLength;
    private TextArea _text;

    /// <summary>The note of an event.</summary>
    public static FlightNote From(in KernelEvent e, long number)
    {
        var note = new FlightNote { Number = number };
        Span<byte> text = note._text;
        var used = Put(text, e.Text);
        if (e.Detail is { Length: > 0 } detail)
        {
            used += Put(text[used..], ": ");
            used += Put(text[used..], detail);
        }
        note._textLength = used;
        return note;
    }

    /// <summary>What the event says; unreadable bytes become question marks.</summary>
    public readonly string Read()
    {
        ReadOnlySpan<byte> text = _text;
        return Encoding.UTF8.GetString(text[..Math.Clamp(_textLength, 0, TextBytes)]);
    }

    // Whole characters only; what does not fit is dropped.
    private static int Put(Span<byte> area, string? text)
    {
        Utf8.FromUtf16(text, area, out _, out var written);
        return written;
    }

    [InlineArray(TextBytes)]
    private struct TextArea
    {
        private byte _first;
    }
}
