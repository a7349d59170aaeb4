// One event as the black box keeps it: a fixed number of bytes without pointers, so that whoever opens the
// file after the process has died can read it. It knows nothing about files; BlackBoxRecorder.cs writes
// slots, BlackBoxReader.cs reads them.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Capture;

/// <summary>One event of the black box.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct BlackBoxSlot
{
    /// <summary>Bytes of one slot in the file.</summary>
    public const int SizeBytes = 192;

    private const int TextBytes = 100;
    private const int ArgumentsMax = 6;

    /// <summary>Position in the order of events, from 1; 0 in a slot that was never written.</summary>
    public long Sequence;

    public long TimeNs;
    public ulong Value;
    public int ThreadId;
    public byte Kind;
    public byte Irql;
    public byte ArgumentCount;
    public byte TextLength;
    public ArgumentWords Arguments;
    public TextArea Text;

    /// <summary>The slot of an event.</summary>
    public static BlackBoxSlot From(in KernelEvent e, long sequence)
    {
        var slot = new BlackBoxSlot
        {
            Sequence = sequence,
            TimeNs = e.TimeNs,
            Value = e.Value,
            ThreadId = e.ThreadId,
            Kind = (byte)e.Kind,
            Irql = e.Irql,
            ArgumentCount = Math.Min(e.ArgumentCount, (byte)ArgumentsMax),
        };
        var arguments = e.Arguments;
        ((ReadOnlySpan<ulong>)arguments)[..slot.ArgumentCount].CopyTo(slot.Arguments);
        Span<byte> text = slot.Text;
        var used = Put(text, e.Routine is Routine routine ? routine.Name : e.Text);
        if (e.Detail is { Length: > 0 } detail && used + 2 < TextBytes)
        {
            text[used++] = (byte)':';
            text[used++] = (byte)' ';
            used += Put(text[used..], detail);
        }
        slot.TextLength = (byte)used;
        return slot;
    }

    /// <summary>The routine's name, or what the event says; unreadable bytes become question marks.</summary>
    public readonly string ReadText()
    {
        ReadOnlySpan<byte> text = Text;
        return Encoding.UTF8.GetString(text[..Math.Min(TextLength, (byte)TextBytes)]);
    }

    /// <summary>What the caller passed, as far as it was kept.</summary>
    public readonly ulong[] ReadArguments()
    {
        ReadOnlySpan<ulong> words = Arguments;
        return words[..Math.Min(ArgumentCount, (byte)ArgumentsMax)].ToArray();
    }

    private static int Put(Span<byte> area, string? text)
    {
        if (text is null)
            return 0;
        // Whole characters only; what does not fit is dropped.
        Encoding.UTF8.GetEncoder().Convert(text, area, flush: true, out _, out var used, out _);
        return used;
    }

    [InlineArray(ArgumentsMax)]
    public struct ArgumentWords
    {
        private ulong _first;
    }

    [InlineArray(TextBytes)]
    public struct TextArea
    {
        private byte _first;
    }
}
