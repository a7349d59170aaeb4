// Part of GuestFormat: characters, strings and counted strings. Which width a string has follows from the
// prefix (h, l, w), from the letter's case, and else from the function. It knows nothing about numbers.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

internal static partial class GuestFormat
{
    private static bool IsWideText(in FormatSink sink, in FormatSpec spec) => spec.Size switch
    {
        FormatSize.Short or FormatSize.Char => false,
        FormatSize.Long or FormatSize.Wide or FormatSize.Word64 => true,
        _ => spec.Type is 'S' or 'C' ? !sink.IsWide : sink.IsWide,
    };

    private static void WriteCharacter(ref FormatSink sink, in FormatSpec spec, char value)
    {
        var after = FillBefore(ref sink, spec, 1);
        if (IsWideText(sink, spec))
            sink.AppendWide([value]);
        else
            sink.AppendNarrow([(byte)value]);
        sink.Append(' ', after);
    }

    private static void WriteString(ref FormatSink sink, in FormatSpec spec, nuint address)
    {
        if (address == 0)
            WriteNull(ref sink, spec);
        else if (IsWideText(sink, spec))
            WriteWide(ref sink, spec, GuestMemory.Chars(address, LengthOf<char>(address, spec.Precision)));
        else
            WriteNarrow(ref sink, spec, GuestMemory.Span(address, LengthOf<byte>(address, spec.Precision)));
    }

    private static void WriteCounted(ref FormatSink sink, in FormatSpec spec, nuint address)
    {
        var counted = address == 0 ? default : GuestMemory.Read<UNICODE_STRING>(address);
        if (counted.Buffer == 0)
        {
            if (address == 0 || counted.Length != 0)
                WriteNull(ref sink, spec);
            else
                sink.Append(' ', spec.Width);
            return;
        }
        var max = spec.Precision < 0 ? int.MaxValue : (int)spec.Precision;
        if (IsWideText(sink, spec))
            WriteWide(ref sink, spec, GuestMemory.Chars(counted.Buffer, Math.Min(counted.Length / 2, max)));
        else
            WriteNarrow(ref sink, spec, GuestMemory.Span(counted.Buffer, Math.Min(counted.Length, max)));
    }

    private static void WriteNull(ref FormatSink sink, in FormatSpec spec)
    {
        var text = "(null)".AsSpan();
        if (spec.Precision >= 0 && spec.Precision < text.Length)
            text = text[..(int)spec.Precision];
        var after = FillBefore(ref sink, spec, text.Length);
        sink.Append(text);
        sink.Append(' ', after);
    }

    private static void WriteWide(ref FormatSink sink, in FormatSpec spec, scoped ReadOnlySpan<char> text)
    {
        var after = FillBefore(ref sink, spec, text.Length);
        sink.AppendWide(text);
        sink.Append(' ', after);
    }

    private static void WriteNarrow(ref FormatSink sink, in FormatSpec spec, scoped ReadOnlySpan<byte> text)
    {
        var after = FillBefore(ref sink, spec, text.Length);
        sink.AppendNarrow(text);
        sink.Append(' ', after);
    }

    // Looks at no unit behind the precision: such a string need not be terminated.
    private static int LengthOf<T>(nuint address, long precision) where T : unmanaged, IEquatable<T>
    {
        var size = (nuint)System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        var max = precision < 0 ? int.MaxValue : precision;
        var length = 0;
        while (length < max && !GuestMemory.Read<T>(address + ((nuint)length * size)).Equals(default))
            length++;
        return length;
    }
}
