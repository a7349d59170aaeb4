// Numbers of C text, both ways: the strtol and the itoa families of ntoskrnl, 8-bit and 16-bit. It knows
// nothing about reading digits: see CNumberReader.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Number routines of the C library in ntoskrnl.</summary>
public static class CNumberRoutines
{
    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int strtol(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToInt32(Read(text, 1, end, radix));

    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint strtoul(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToUInt32(Read(text, 1, end, radix));

    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static long _strtoi64(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToInt64(Read(text, 1, end, radix));

    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ulong _strtoui64(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToUInt64(Read(text, 1, end, radix));

    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int wcstol(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToInt32(Read(text, 2, end, radix));

    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint wcstoul(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToUInt32(Read(text, 2, end, radix));

    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static long _wcstoi64(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToInt64(Read(text, 2, end, radix));

    /// <summary>Reads a number; tells where it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static ulong _wcstoui64(Executive executive, nuint text, GuestPtr<nuint> end, int radix) =>
        CNumberReader.ToUInt64(Read(text, 2, end, radix));

    /// <summary>Reads a decimal number.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _wtoi(Executive executive, nuint text) =>
        CNumberReader.ToInt32(Read(text, 2, default, 10));

    /// <summary>Reads a decimal number.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _wtol(Executive executive, nuint text) =>
        CNumberReader.ToInt32(Read(text, 2, default, 10));

    /// <summary>Reads a decimal number.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static long _wtoi64(Executive executive, nuint text) =>
        CNumberReader.ToInt64(Read(text, 2, default, 10));

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _itoa(Executive executive, int value, nuint text, int radix)
    {
        WriteSigned(value, (uint)value, text, nuint.MaxValue, radix, 1);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _itoa_s(Executive executive, int value, nuint text, nuint size, int radix) =>
        WriteSigned(value, (uint)value, text, size, radix, 1);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _ltoa(Executive executive, int value, nuint text, int radix)
    {
        WriteSigned(value, (uint)value, text, nuint.MaxValue, radix, 1);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _ltoa_s(Executive executive, int value, nuint text, nuint size, int radix) =>
        WriteSigned(value, (uint)value, text, size, radix, 1);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _ultoa(Executive executive, uint value, nuint text, int radix)
    {
        Write(value, false, text, nuint.MaxValue, radix, 1);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _ultoa_s(Executive executive, uint value, nuint text, nuint size, int radix) =>
        Write(value, false, text, size, radix, 1);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _i64toa(Executive executive, long value, nuint text, int radix)
    {
        WriteSigned(value, (ulong)value, text, nuint.MaxValue, radix, 1);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _i64toa_s(Executive executive, long value, nuint text, nuint size, int radix) =>
        WriteSigned(value, (ulong)value, text, size, radix, 1);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _ui64toa(Executive executive, ulong value, nuint text, int radix)
    {
        Write(value, false, text, nuint.MaxValue, radix, 1);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _ui64toa_s(Executive executive, ulong value, nuint text, nuint size, int radix) =>
        Write(value, false, text, size, radix, 1);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _itow(Executive executive, int value, nuint text, int radix)
    {
        WriteSigned(value, (uint)value, text, nuint.MaxValue, radix, 2);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _itow_s(Executive executive, int value, nuint text, nuint size, int radix) =>
        WriteSigned(value, (uint)value, text, size, radix, 2);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _ltow(Executive executive, int value, nuint text, int radix)
    {
        WriteSigned(value, (uint)value, text, nuint.MaxValue, radix, 2);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _ltow_s(Executive executive, int value, nuint text, nuint size, int radix) =>
        WriteSigned(value, (uint)value, text, size, radix, 2);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _ultow(Executive executive, uint value, nuint text, int radix)
    {
        Write(value, false, text, nuint.MaxValue, radix, 2);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _ultow_s(Executive executive, uint value, nuint text, nuint size, int radix) =>
        Write(value, false, text, size, radix, 2);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _i64tow(Executive executive, long value, nuint text, int radix)
    {
        WriteSigned(value, (ulong)value, text, nuint.MaxValue, radix, 2);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _i64tow_s(Executive executive, long value, nuint text, nuint size, int radix) =>
        WriteSigned(value, (ulong)value, text, size, radix, 2);

    /// <summary>Writes a number in a base of 2 to 36.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint _ui64tow(Executive executive, ulong value, nuint text, int radix)
    {
        Write(value, false, text, nuint.MaxValue, radix, 2);
        return text;
    }

    /// <summary>Writes a number in a base of 2 to 36 into a buffer of a size in characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _ui64tow_s(Executive executive, ulong value, nuint text, nuint size, int radix) =>
        Write(value, false, text, size, radix, 2);

    private static Int128 Read(nuint text, int unitBytes, GuestPtr<nuint> end, int radix)
    {
        var value = CNumberReader.Read(text, unitBytes, radix, out var behind);
        if (!end.IsNull)
            end.Value = behind;
        return value;
    }

    // In other bases than 10 a negative number is its bits.
    private static int WriteSigned(
        long value, ulong bits, nuint text, nuint size, int radix, int unitBytes) =>
        radix == 10 && value < 0
            ? Write(unchecked(0 - (ulong)value), true, text, size, radix, unitBytes)
            : Write(bits, false, text, size, radix, unitBytes);

    // 64 digits, a sign and the terminator.
    private static int Write(
        ulong magnitude, bool isNegative, nuint text, nuint size, int radix, int unitBytes)
    {
        if (text == 0 || size == 0)
            return CErrors.Invalid;
        Span<char> digits = stackalloc char[66];
        var at = digits.Length - 1;
        digits[at] = '\0';
        if (radix is < 2 or > 36)
            return Put(digits[at..], text, unitBytes, CErrors.Invalid);
        do
        {
            var digit = (int)(magnitude % (ulong)radix);
            digits[--at] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
            magnitude /= (ulong)radix;
        }
        while (magnitude != 0);
        if (isNegative)
            digits[--at] = '-';
        return (nuint)(digits.Length - at) > size
            ? Put(digits[^1..], text, unitBytes, CErrors.Range)
            : Put(digits[at..], text, unitBytes, 0);
    }

    private static int Put(ReadOnlySpan<char> text, nuint target, int unitBytes, int result)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (unitBytes == 1)
                GuestMemory.Write(target + (nuint)i, (byte)text[i]);
            else
                GuestMemory.Write(target + (nuint)(i * 2), text[i]);
        }
        return result;
    }
}
