// The kernel's printf: writes a format string's text with its arguments to a sink. All conversions that
// drivers use, for 8-bit and 16-bit text; nothing in a format string or an argument but a wild pointer can do
// harm. It knows nothing about who prints: see PrintRoutines.cs. Next: GuestFormat.Strings.cs,
// GuestFormat.Numbers.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Formats text as drivers ask for it.</summary>
internal static partial class GuestFormat
{
    /// <summary>Writes the text; the sink's width says which characters the format string has.</summary>
    public static void Write(ref FormatSink sink, nuint format, ref VaList arguments)
    {
        if (format == 0)
        {
            sink.Append("(null)");
            return;
        }
        var text = new FormatText(format, sink.IsWide);
        for (var position = 0; text[position] != 0;)
        {
            var unit = text[position++];
            if (unit != '%')
                sink.Append(unit);
            else if (text[position] == '%')
                sink.Append(text[position++]);
            else
                WriteOne(ref sink, FormatSpec.Read(text, ref position, ref arguments), ref arguments);
        }
    }

    private static void WriteOne(ref FormatSink sink, FormatSpec spec, ref VaList arguments)
    {
        switch (spec.Type)
        {
            case '\0':
                break;
            case 'd' or 'i':
                WriteSigned(ref sink, spec, Sized(arguments.Next(), spec.Size));
                break;
            case 'u':
                WriteUnsigned(ref sink, spec, Unsized(arguments.Next(), spec.Size), 10, isUpper: false);
                break;
            case 'x' or 'X':
                WriteUnsigned(ref sink, spec, Unsized(arguments.Next(), spec.Size), 16, spec.Type == 'X');
                break;
            case 'o':
                WriteUnsigned(ref sink, spec, Unsized(arguments.Next(), spec.Size), 8, isUpper: false);
                break;
            case 'p':
                WritePointer(ref sink, spec, arguments.Next());
                break;
            case 'c' or 'C':
                WriteCharacter(ref sink, spec, (char)arguments.Next());
                break;
            case 's' or 'S':
                WriteString(ref sink, spec, (nuint)arguments.Next());
                break;
            case 'Z':
                WriteCounted(ref sink, spec, (nuint)arguments.Next());
                break;
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'a' or 'A':
                WriteFloat(ref sink, spec, BitConverter.UInt64BitsToDouble(arguments.Next()));
                break;
            case 'n':
                // Writing through a pointer that a format string names is refused, as the kernel's printf
                // refuses it.
                arguments.Next();
                break;
            default:
                sink.Append(spec.Type);
                break;
        }
    }

    // Writes a field: fill, text, fill. The text's length in units of the field is given, since it may be
    // converted.
    private static long FillBefore(ref FormatSink sink, in FormatSpec spec, long lengthUnits)
    {
        var fill = Math.Max(spec.Width - lengthUnits, 0);
        if (!spec.IsLeft)
            sink.Append(spec.IsZeroPadded ? '0' : ' ', fill);
        return spec.IsLeft ? fill : 0;
    }
}
