// The C library's routines for null-terminated 8-bit strings that ntoskrnl exports. Case is ASCII's, as in
// the "C" locale. It knows nothing about 16-bit strings: see CWideStringRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>8-bit string routines of ntoskrnl.</summary>
public static class CStringRoutines
{
    /// <summary>Length of a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strlen(Executive executive, nuint str) => (nuint)GuestMemory.AnsiZ(str).Length;

    /// <summary>Length of a string, at most a number.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strnlen(Executive executive, nuint str, nuint numberOfElements)
    {
        nuint length = 0;
        while (length < numberOfElements && At(str, length) != 0)
            length++;
        return length;
    }

    /// <summary>Compares two strings.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int strcmp(Executive executive, nuint string1, nuint string2) =>
        Compare(string1, string2, nuint.MaxValue, ignoresCase: false);

    /// <summary>Compares two strings up to a length.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int strncmp(Executive executive, nuint string1, nuint string2, nuint count) =>
        Compare(string1, string2, count, ignoresCase: false);

    /// <summary>Compares two strings without regard to case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _stricmp(Executive executive, nuint string1, nuint string2) =>
        Compare(string1, string2, nuint.MaxValue, ignoresCase: true);

    /// <summary>Compares two strings up to a length without regard to case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _strnicmp(Executive executive, nuint string1, nuint string2, nuint count) =>
        Compare(string1, string2, count, ignoresCase: true);

    /// <summary>Copies a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strcpy(Executive executive, nuint dest, nuint src)
    {
        Put(dest, GuestMemory.AnsiZ(src));
        return dest;
    }

    /// <summary>Copies at most count bytes and fills the rest with zeros.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strncpy(Executive executive, nuint dest, nuint src, nuint count)
    {
        var isEnded = false;
        for (nuint i = 0; i < count; i++)
        {
            var c = isEnded ? (byte)0 : At(src, i);
            isEnded |= c == 0;
            GuestMemory.Write(dest + i, c);
        }
        return dest;
    }

    /// <summary>Appends a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strcat(Executive executive, nuint dest, nuint src)
    {
        Put(dest + (nuint)GuestMemory.AnsiZ(dest).Length, GuestMemory.AnsiZ(src));
        return dest;
    }

    /// <summary>Appends at most count bytes and a terminator.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strncat(Executive executive, nuint dest, nuint src, nuint count)
    {
        var length = strnlen(executive, src, count);
        Put(dest + (nuint)GuestMemory.AnsiZ(dest).Length, GuestMemory.Span(src, (int)length));
        return dest;
    }

    /// <summary>Finds the first place of a character; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strchr(Executive executive, nuint str, int c)
    {
        // The terminator counts as part of the string.
        var index = WithTerminator(str).IndexOf((byte)c);
        return index < 0 ? 0 : str + (nuint)index;
    }

    /// <summary>Finds the last place of a character; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strrchr(Executive executive, nuint str, int c)
    {
        var index = WithTerminator(str).LastIndexOf((byte)c);
        return index < 0 ? 0 : str + (nuint)index;
    }

    /// <summary>Finds a string in another; NULL when it is not there.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strstr(Executive executive, nuint str, nuint strSearch)
    {
        var index = GuestMemory.AnsiZ(str).IndexOf(GuestMemory.AnsiZ(strSearch));
        return index < 0 ? 0 : str + (nuint)index;
    }

    /// <summary>Reads a decimal number.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int atoi(Executive executive, nuint str) => (int)_atoi64(executive, str);

    /// <summary>Reads a decimal number.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int atol(Executive executive, nuint str) => (int)_atoi64(executive, str);

    /// <summary>Reads a decimal number of 64 bits.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static long _atoi64(Executive executive, nuint str)
    {
        var text = GuestMemory.AnsiZ(str).TrimStart(" \t\n\v\f\r"u8);
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        long value = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c))
                break;
            value = unchecked((value * 10) + c - '0');
        }
        return isNegative ? unchecked(-value) : value;
    }

    /// <summary>The letter in upper case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int toupper(Executive executive, int c) => c is >= 'a' and <= 'z' ? c - 'a' + 'A' : c;

    /// <summary>The letter in lower case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int tolower(Executive executive, int c) => Lower(c);

    /// <summary>Whether it is a decimal digit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isdigit(Executive executive, int c) => c is >= '0' and <= '9' ? 4 : 0;

    /// <summary>Whether it is white space.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isspace(Executive executive, int c) => c is ' ' or (>= '\t' and <= '\r') ? 8 : 0;

    /// <summary>Whether it is a hexadecimal digit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isxdigit(Executive executive, int c) => char.IsAsciiHexDigit((char)c) ? 0x80 : 0;

    private static int Lower(int c) => c is >= 'A' and <= 'Z' ? c - 'A' + 'a' : c;

    private static byte At(nuint address, nuint index) => GuestMemory.Read<byte>(address + index);

    private static ReadOnlySpan<byte> WithTerminator(nuint address) =>
        GuestMemory.Span(address, GuestMemory.AnsiZ(address).Length + 1);

    private static void Put(nuint destination, ReadOnlySpan<byte> text)
    {
        text.CopyToGuest(GuestMemory.Span(destination, text.Length));
        GuestMemory.Write(destination + (nuint)text.Length, (byte)0);
    }

    private static int Compare(nuint first, nuint second, nuint count, bool ignoresCase)
    {
        for (nuint i = 0; i < count; i++)
        {
            int a = At(first, i);
            int b = At(second, i);
            if (ignoresCase)
                (a, b) = (Lower(a), Lower(b));
            if (a != b)
                return a < b ? -1 : 1;
            if (a == 0)
                break;
        }
        return 0;
    }
}
