// The C library's routines for null-terminated 16-bit strings that ntoskrnl exports.
// It knows nothing about counted strings: see UnicodeStringRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>16-bit string routines of ntoskrnl.</summary>
public static class CWideStringRoutines
{
    /// <summary>Length of a string. Units: characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcslen(Executive executive, nuint str) => (nuint)GuestMemory.WideZ(str).Length;

    /// <summary>Length of a string, at most a number.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcsnlen(Executive executive, nuint str, nuint numberOfElements)
    {
        nuint length = 0;
        while (length < numberOfElements && At(str, length) != 0)
            length++;
        return length;
    }

    /// <summary>Compares two strings.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int wcscmp(Executive executive, nuint string1, nuint string2) =>
        Compare(string1, string2, nuint.MaxValue, ignoresCase: false);

    /// <summary>Compares two strings up to a length.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int wcsncmp(Executive executive, nuint string1, nuint string2, nuint count) =>
        Compare(string1, string2, count, ignoresCase: false);

    /// <summary>Compares two strings without regard to case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _wcsicmp(Executive executive, nuint string1, nuint string2) =>
        Compare(string1, string2, nuint.MaxValue, ignoresCase: true);

    /// <summary>Compares two strings up to a length without regard to case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int _wcsnicmp(Executive executive, nuint string1, nuint string2, nuint count) =>
        Compare(string1, string2, count, ignoresCase: true);

    /// <summary>Copies a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcscpy(Executive executive, nuint dest, nuint src)
    {
        Put(dest, GuestMemory.WideZ(src));
        return dest;
    }

    /// <summary>Copies at most count characters and fills the rest with zeros.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcsncpy(Executive executive, nuint dest, nuint src, nuint count)
    {
        var isEnded = false;
        for (nuint i = 0; i < count; i++)
        {
            var c = isEnded ? '\0' : At(src, i);
            isEnded |= c == 0;
            GuestMemory.Write(dest + (i * 2), c);
        }
        return dest;
    }

    /// <summary>Appends a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcscat(Executive executive, nuint dest, nuint src)
    {
        Put(dest + (nuint)(GuestMemory.WideZ(dest).Length * 2), GuestMemory.WideZ(src));
        return dest;
    }

    /// <summary>Appends at most count characters and a terminator.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcsncat(Executive executive, nuint dest, nuint src, nuint count)
    {
        nuint length = 0;
        while (length < count && At(src, length) != 0)
            length++;
        Put(dest + (nuint)(GuestMemory.WideZ(dest).Length * 2), UnicodeText.Units(src, (ulong)length * 2));
        return dest;
    }

    /// <summary>Finds the first place of a character; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcschr(Executive executive, nuint str, char c)
    {
        var index = WithTerminator(str).IndexOf(c);
        return index < 0 ? 0 : str + (nuint)(index * 2);
    }

    /// <summary>Finds the last place of a character; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcsrchr(Executive executive, nuint str, char c)
    {
        var index = WithTerminator(str).LastIndexOf(c);
        return index < 0 ? 0 : str + (nuint)(index * 2);
    }

    /// <summary>Finds a string in another; NULL when it is not there.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcsstr(Executive executive, nuint str, nuint strSearch)
    {
        var index = GuestMemory.WideZ(str).IndexOf(GuestMemory.WideZ(strSearch), StringComparison.Ordinal);
        return index < 0 ? 0 : str + (nuint)(index * 2);
    }

    /// <summary>The letter in upper case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static char towupper(Executive executive, char c) => char.ToUpperInvariant(c);

    /// <summary>The letter in lower case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static char towlower(Executive executive, char c) => char.ToLowerInvariant(c);

    private static char At(nuint address, nuint index) => GuestMemory.Read<char>(address + (index * 2));

    private static ReadOnlySpan<char> WithTerminator(nuint address) =>
        GuestMemory.Chars(address, GuestMemory.WideZ(address).Length + 1);

    private static void Put(nuint destination, ReadOnlySpan<char> text)
    {
        text.CopyToGuest(GuestMemory.Chars(destination, text.Length));
        GuestMemory.Write(destination + (nuint)(text.Length * 2), '\0');
    }

    private static int Compare(nuint first, nuint second, nuint count, bool ignoresCase)
    {
        for (nuint i = 0; i < count; i++)
        {
            var a = At(first, i);
            var b = At(second, i);
            if (ignoresCase)
                (a, b) = (char.ToLowerInvariant(a), char.ToLowerInvariant(b));
            if (a != b)
                return a < b ? -1 : 1;
            if (a == 0)
                break;
        }
        return 0;
    }
}
