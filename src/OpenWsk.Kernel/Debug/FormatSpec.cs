// One conversion of a format string: flags, width, precision, size, type, as the kernel's printf reads them
// (page "Format specification syntax: printf and wprintf functions"). It knows nothing about arguments'
// meaning.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Sizes that can stand before a conversion's type.</summary>
internal enum FormatSize
{
    Default,
    Char,
    Short,
    Long,
    Word64,
    Word32,
    Wide,
}

/// <summary>A format string in guest memory.</summary>
internal readonly struct FormatText(nuint address, bool isWide)
{
    public bool IsWide => isWide;

    /// <summary>One unit; 0 at the end, behind which nobody may look.</summary>
    public char this[int index] => isWide
        ? GuestMemory.Read<char>(address + (nuint)(index * 2))
        : (char)GuestMemory.Read<byte>(address + (nuint)index);
}

/// <summary>One conversion.</summary>
internal struct FormatSpec
{
    // Wider or more precise than any text that can be stored; kept small so that sums do not overflow.
    private const long NumberMax = int.MaxValue;

    public bool IsLeft;
    public bool HasPlus;
    public bool HasSpace;
    public bool IsAlternate;
    public bool IsZeroPadded;
    public long Width;

    /// <summary>-1 when none is given.</summary>
    public long Precision;

    public FormatSize Size;

    /// <summary>The type's letter; 0 when the text ends before it.</summary>
    public char Type;

    /// <summary>Reads what follows a percent sign; leaves the position behind it.</summary>
    public static FormatSpec Read(in FormatText text, ref int position, ref VaList arguments)
    {
        var spec = new FormatSpec { Precision = -1 };
        while (spec.TakeFlag(text[position]))
            position++;
        spec.Width = ReadNumber(text, ref position, ref arguments);
        if (spec.Width < 0)
        {
            spec.IsLeft = true;
            spec.Width = -spec.Width;
        }
        if (text[position] == '.')
        {
            position++;
            spec.Precision = Math.Max(ReadNumber(text, ref position, ref arguments), -1);
        }
        spec.Size = ReadSize(text, ref position);
        spec.Type = text[position];
        if (spec.Type != 0)
            position++;
        return spec;
    }

    private bool TakeFlag(char c)
    {
        switch (c)
        {
            case '-':
                return IsLeft = true;
            case '+':
                return HasPlus = true;
            case ' ':
                return HasSpace = true;
            case '#':
                return IsAlternate = true;
            case '0':
                return IsZeroPadded = true;
            default:
                return false;
        }
    }

    private static long ReadNumber(in FormatText text, ref int position, ref VaList arguments)
    {
        if (text[position] == '*')
        {
            position++;
            return (int)arguments.Next();
        }
        var number = 0L;
        for (; char.IsAsciiDigit(text[position]); position++)
            number = Math.Min((number * 10) + text[position] - '0', NumberMax);
        return number;
    }

    private static FormatSize ReadSize(in FormatText text, ref int position)
    {
        switch (text[position])
        {
            case 'h':
                position++;
                return Skip(text, ref position, 'h') ? FormatSize.Char : FormatSize.Short;
            case 'l':
                position++;
                return Skip(text, ref position, 'l') ? FormatSize.Word64 : FormatSize.Long;
            case 'j' or 'z' or 't':
                position++;
                return FormatSize.Word64;
            case 'w':
                position++;
                return FormatSize.Wide;
            case 'L':
                position++;
                return FormatSize.Default;
            case 'I':
                position++;
                return ReadIntegerSize(text, ref position);
            default:
                return FormatSize.Default;
        }
    }

    // I64, I32, or I alone for the size of a pointer.
    private static FormatSize ReadIntegerSize(in FormatText text, ref int position)
    {
        if (text[position] == '6' && text[position + 1] == '4')
        {
            position += 2;
            return FormatSize.Word64;
        }
        if (text[position] == '3' && text[position + 1] == '2')
        {
            position += 2;
            return FormatSize.Word32;
        }
        return FormatSize.Word64;
    }

    private static bool Skip(in FormatText text, ref int position, char c)
    {
        if (text[position] != c)
            return false;
        position++;
        return true;
    }
}
