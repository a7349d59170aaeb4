// Part of GuestFormat: integers, pointers and floating-point numbers. It knows nothing about strings.
// A double comes from its argument's integer slot, where the x64 convention copies it for variadic calls.
using System.Globalization;

namespace OpenWsk.Kernel;

internal static partial class GuestFormat
{
    // The longest number is a double in %f: 309 digits, a point and the precision.
    private const int FloatPrecisionMax = 500;
    private const int FloatTextMax = 1024;
    private const int DigitsMax = 24;

    private static long Sized(ulong raw, FormatSize size) => size switch
    {
        FormatSize.Char => (sbyte)raw,
        FormatSize.Short => (short)raw,
        FormatSize.Word64 => (long)raw,
        _ => (int)raw,
    };

    private static ulong Unsized(ulong raw, FormatSize size) => size switch
    {
        FormatSize.Char => (byte)raw,
        FormatSize.Short => (ushort)raw,
        FormatSize.Word64 => raw,
        _ => (uint)raw,
    };

    private static void WriteSigned(ref FormatSink sink, in FormatSpec spec, long value)
    {
        Span<char> digits = stackalloc char[DigitsMax];
        var magnitude = value < 0 ? unchecked((ulong)-value) : (ulong)value;
        magnitude.TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
        WriteNumber(ref sink, spec, SignOf(spec, value < 0),
            digits[..(magnitude == 0 && spec.Precision == 0 ? 0 : count)]);
    }

    private static void WriteUnsigned(
        ref FormatSink sink, in FormatSpec spec, ulong value, uint radix, bool isUpper)
    {
        Span<char> digits = stackalloc char[DigitsMax];
        var letters = isUpper ? "0123456789ABCDEF" : "0123456789abcdef";
        var at = DigitsMax;
        for (var rest = value; rest != 0; rest /= radix)
            digits[--at] = letters[(int)(rest % radix)];
        if (at == DigitsMax && spec.Precision != 0)
            digits[--at] = '0';
        ReadOnlySpan<char> prefix = "";
        if (spec.IsAlternate && radix == 16 && value != 0)
            prefix = isUpper ? "0X" : "0x";
        else if (spec.IsAlternate && radix == 8 && (at == DigitsMax || digits[at] != '0'))
            digits[--at] = '0';
        WriteNumber(ref sink, spec, prefix, digits[at..]);
    }

    // Sixteen upper-case digits, as WinDbg and the kernel print pointers.
    private static void WritePointer(ref FormatSink sink, FormatSpec spec, ulong value)
    {
        spec.Precision = 16;
        spec.IsAlternate = false;
        WriteUnsigned(ref sink, spec, value, 16, isUpper: true);
    }

    private static void WriteNumber(
        ref FormatSink sink, in FormatSpec spec, scoped ReadOnlySpan<char> prefix,
            scoped ReadOnlySpan<char> digits)
    {
        var zeros = Math.Max(spec.Precision - digits.Length, 0);
        var fill = Math.Max(spec.Width - prefix.Length - zeros - digits.Length, 0);
        // A precision or left alignment takes the zero flag's effect away.
        if (spec.IsZeroPadded && !spec.IsLeft && spec.Precision < 0)
            (zeros, fill) = (zeros + fill, 0);
        if (!spec.IsLeft)
            sink.Append(' ', fill);
        sink.Append(prefix);
        sink.Append('0', zeros);
        sink.Append(digits);
        if (spec.IsLeft)
            sink.Append(' ', fill);
    }

    private static string SignOf(in FormatSpec spec, bool isNegative) =>
        isNegative ? "-" : spec.HasPlus ? "+" : spec.HasSpace ? " " : "";

    private static void WriteFloat(ref FormatSink sink, FormatSpec spec, double value)
    {
        var sign = SignOf(spec, double.IsNegative(value) && !double.IsNaN(value));
        Span<char> text = stackalloc char[FloatTextMax];
        var precision = (int)Math.Clamp(spec.Precision < 0 ? 6 : spec.Precision, 0, FloatPrecisionMax);
        spec.Precision = -1;
        int length;
        if (!double.IsFinite(value))
        {
            spec.IsZeroPadded = false;
            length = Put(text, double.IsNaN(value) ? "nan" : "inf");
        }
        else
        {
            length = char.ToLowerInvariant(spec.Type) switch
            {
                'f' => Fixed(text, Math.Abs(value), precision, spec.IsAlternate),
                'e' => Exponential(text, Math.Abs(value), precision, spec.IsAlternate),
                'g' => General(text, Math.Abs(value), Math.Max(precision, 1), spec.IsAlternate),
                _ => Hexadecimal(text, Math.Abs(value)),
            };
        }
        if (char.IsAsciiLetterUpper(spec.Type))
            System.Text.Ascii.ToUpperInPlace(text[..length], out _);
        WriteNumber(ref sink, spec, sign, text[..length]);
    }

    private static int Put(Span<char> text, ReadOnlySpan<char> what)
    {
        what.CopyTo(text);
        return what.Length;
    }

    private static int Fixed(Span<char> text, double value, int precision, bool keepsPoint)
    {
        Span<char> format = stackalloc char[8];
        format.TryWrite(CultureInfo.InvariantCulture, $"F{precision}", out var formatLength);
        value.TryFormat(text, out var length, format[..formatLength], CultureInfo.InvariantCulture);
        if (precision == 0 && keepsPoint)
            text[length++] = '.';
        return length;
    }

    // .NET writes at least three digits of exponent, C at least two.
    private static int Exponential(Span<char> text, double value, int precision, bool keepsPoint)
    {
        Span<char> format = stackalloc char[8];
        format.TryWrite(CultureInfo.InvariantCulture, $"e{precision}", out var formatLength);
        value.TryFormat(text, out var length, format[..formatLength], CultureInfo.InvariantCulture);
        var digits = length - 3;
        if (text[digits] == '0')
        {
            text[digits] = text[digits + 1];
            text[digits + 1] = text[digits + 2];
            length--;
        }
        if (precision != 0 || !keepsPoint)
            return length;
        text[1..length].CopyTo(text[2..]);
        text[1] = '.';
        return length + 1;
    }

    // C: exponent X of the %e form; %f with P-1-X when -4 <= X < P, else %e with P-1; trailing zeros go.
    private static int General(Span<char> text, double value, int precision, bool keepsZeros)
    {
        var end = Exponential(text, value, precision - 1, keepsPoint: false);
        var digits = text[(text[..end].IndexOf('e') + 1)..end];
        var exponent = int.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var isFixed = exponent >= -4 && exponent < precision;
        var length = isFixed
            ? Fixed(text, value, precision - 1 - exponent, keepsZeros)
            : Exponential(text, value, precision - 1, keepsZeros);
        if (keepsZeros)
            return length;
        var mantissa = isFixed ? length : text[..length].IndexOf('e');
        if (text[..mantissa].IndexOf('.') < 0)
            return length;
        var kept = text[..mantissa].TrimEnd('0').TrimEnd('.').Length;
        text[mantissa..length].CopyTo(text[kept..]);
        return kept + length - mantissa;
    }

    private static int Hexadecimal(Span<char> text, double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var fraction = bits & 0xF_FFFF_FFFF_FFFF;
        var exponent = (int)(bits >> 52);
        var lead = exponent == 0 ? 0 : 1;
        var power = exponent != 0 ? exponent - 1023 : fraction == 0 ? 0 : -1022;
        text.TryWrite(
            CultureInfo.InvariantCulture, $"0x{lead}.{fraction:x13}p{(power < 0 ? "" : "+")}{power}",
                out var length);
        return length;
    }
}
