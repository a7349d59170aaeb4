// Numbers in C text as strtol and its family read them: white space, a sign, a prefix, digits; what is too
// large becomes the largest. It knows nothing about which routine asks: see CNumberRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads integers of terminated strings.</summary>
internal static class CNumberReader
{
    /// <summary>Reads a number and tells where it ends; the begin of the text when there is none.</summary>
    public static Int128 Read(nuint text, int unitBytes, int radix, out nuint end)
    {
        end = text;
        if (text == 0 || radix is < 0 or 1 or > 36)
            return 0;
        var at = text;
        while (At(at, unitBytes) is ' ' or (>= '\t' and <= '\r'))
            at += (nuint)unitBytes;
        var isNegative = At(at, unitBytes) == '-';
        if (At(at, unitBytes) is '-' or '+')
            at += (nuint)unitBytes;
        TakePrefix(ref at, unitBytes, ref radix);
        Int128 value = 0;
        for (int digit; (digit = DigitOf(At(at, unitBytes))) < radix; at += (nuint)unitBytes)
        {
            end = at + (nuint)unitBytes;
            // Past every range, a number grows no more but its digits are taken.
            value = value > ulong.MaxValue ? value : (value * radix) + digit;
        }
        return isNegative ? -value : value;
    }

    public static int ToInt32(Int128 value) => (int)Int128.Clamp(value, int.MinValue, int.MaxValue);

    public static long ToInt64(Int128 value) => (long)Int128.Clamp(value, long.MinValue, long.MaxValue);

    // A negative number is taken modulo the range, as C has it.
    public static uint ToUInt32(Int128 value) =>
        Int128.Abs(value) > uint.MaxValue ? uint.MaxValue : unchecked((uint)(long)value);

    public static ulong ToUInt64(Int128 value) =>
        Int128.Abs(value) > ulong.MaxValue ? ulong.MaxValue : unchecked((ulong)value);

    private static void TakePrefix(ref nuint at, int unitBytes, ref int radix)
    {
        var hasPrefix = At(at, unitBytes) == '0'
            && (At(at + (nuint)unitBytes, unitBytes) is 'x' or 'X')
            && DigitOf(At(at + (nuint)(2 * unitBytes), unitBytes)) < 16;
        if (radix is 0 or 16 && At(at, unitBytes) == '0' && hasPrefix)
        {
            at += (nuint)(2 * unitBytes);
            radix = 16;
        }
        else if (radix == 0)
        {
            radix = At(at, unitBytes) == '0' ? 8 : 10;
        }
    }

    private static int DigitOf(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'z' => c - 'a' + 10,
        >= 'A' and <= 'Z' => c - 'A' + 10,
        _ => int.MaxValue,
    };

    private static char At(nuint address, int unitBytes) =>
        unitBytes == 1 ? (char)GuestMemory.Read<byte>(address) : GuestMemory.Read<char>(address);
}
