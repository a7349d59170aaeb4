// The C library's bounded 16-bit string routines (the _s family), and the ones that change a string in place.
// Sizes are in characters. A mistake gives an error number and an empty destination, since the kernel has no
// handler for invalid parameters. It knows nothing about 8-bit strings: CBoundedRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Bounded 16-bit string routines of ntoskrnl.</summary>
public static class CWideBoundedRoutines
{
    private static readonly nuint s_truncate = nuint.MaxValue;

    /// <summary>Copies a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int wcscpy_s(Executive executive, nuint dest, nuint size, nuint src) =>
        wcsncpy_s(executive, dest, size, src, nuint.MaxValue - 1);

    /// <summary>Copies at most count characters; _TRUNCATE as count cuts what does not fit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int wcsncpy_s(Executive executive, nuint dest, nuint size, nuint src, nuint count)
    {
        if (dest == 0 || size == 0)
            return count == 0 && dest == 0 && size == 0 ? 0 : CErrors.Invalid;
        if (src == 0 && count != 0)
            return Fail(dest, CErrors.Invalid);
        return Copy(dest, 0, size, src, count);
    }

    /// <summary>Appends a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int wcscat_s(Executive executive, nuint dest, nuint size, nuint src) =>
        wcsncat_s(executive, dest, size, src, nuint.MaxValue - 1);

    /// <summary>Appends at most count characters; _TRUNCATE as count cuts what does not fit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int wcsncat_s(Executive executive, nuint dest, nuint size, nuint src, nuint count)
    {
        if (dest == 0 || size == 0)
            return CErrors.Invalid;
        nuint length = 0;
        while (length < size && At(dest, length) != 0)
            length++;
        if (length == size || (src == 0 && count != 0))
            return Fail(dest, CErrors.Invalid);
        return Copy(dest, length, size, src, count);
    }

    /// <summary>Takes the next token of a string; the place is kept in context.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcstok_s(
        Executive executive, nuint str, nuint delimiters, GuestPtr<nuint> context)
    {
        if (context.IsNull || delimiters == 0)
            return 0;
        var at = str != 0 ? str : context.Value;
        if (at == 0)
            return 0;
        var set = GuestMemory.WideZ(delimiters);
        while (At(at, 0) != 0 && set.Contains(At(at, 0)))
            at += 2;
        var begin = at;
        while (At(at, 0) != 0 && !set.Contains(At(at, 0)))
            at += 2;
        if (At(at, 0) != 0)
        {
            GuestMemory.Write(at, '\0');
            at += 2;
        }
        context.Value = at;
        return begin == at ? 0 : begin;
    }

    /// <summary>Number of characters at the begin that are in a set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcsspn(Executive executive, nuint str, nuint set)
    {
        var text = GuestMemory.WideZ(str);
        var index = text.IndexOfAnyExcept(GuestMemory.WideZ(set));
        return (nuint)(index < 0 ? text.Length : index);
    }

    /// <summary>Number of characters at the begin that are not in a set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcscspn(Executive executive, nuint str, nuint set)
    {
        var text = GuestMemory.WideZ(str);
        var index = text.IndexOfAny(GuestMemory.WideZ(set));
        return (nuint)(index < 0 ? text.Length : index);
    }

    /// <summary>The first character of a set; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcspbrk(Executive executive, nuint str, nuint set)
    {
        var index = GuestMemory.WideZ(str).IndexOfAny(GuestMemory.WideZ(set));
        return index < 0 ? 0 : str + (nuint)(index * 2);
    }

    /// <summary>Makes the letters small.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_wcslwr", Class = CallClass.Local)]
    public static nuint wcslwr(Executive executive, nuint str) => Change(str, Lower);

    /// <summary>Makes the letters capital.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_wcsupr", Class = CallClass.Local)]
    public static nuint wcsupr(Executive executive, nuint str) => Change(str, Upper);

    /// <summary>Makes the letters small in a buffer of a size.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_wcslwr_s", Class = CallClass.Local)]
    public static int wcslwr_s(Executive executive, nuint str, nuint size) => ChangeBounded(str, size, Lower);

    /// <summary>Makes the letters capital in a buffer of a size.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_wcsupr_s", Class = CallClass.Local)]
    public static int wcsupr_s(Executive executive, nuint str, nuint size) => ChangeBounded(str, size, Upper);

    /// <summary>Turns a string round.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_wcsrev", Class = CallClass.Local)]
    public static nuint wcsrev(Executive executive, nuint str)
    {
        GuestMemory.Chars(str, GuestMemory.WideZ(str).Length).Reverse();
        return str;
    }

    /// <summary>Fills a string with a character.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_wcsset", Class = CallClass.Local)]
    public static nuint wcsset(Executive executive, nuint str, char c)
    {
        GuestMemory.Chars(str, GuestMemory.WideZ(str).Length).FillGuest(c);
        return str;
    }

    private static char At(nuint address, nuint index) =>
        GuestMemory.Read<char>(address + (index * 2));

    private static char Lower(char c) => char.ToLowerInvariant(c);

    private static char Upper(char c) => char.ToUpperInvariant(c);

    private static int Copy(nuint dest, nuint at, nuint size, nuint src, nuint count)
    {
        for (nuint i = 0; ; i++, at++)
        {
            if (at == size)
            {
                if (count != s_truncate)
                    return Fail(dest, CErrors.Range);
                GuestMemory.Write(dest + ((size - 1) * 2), '\0');
                return CErrors.Truncated;
            }
            var c = i < count ? At(src, i) : '\0';
            GuestMemory.Write(dest + (at * 2), c);
            if (c == 0)
                return 0;
        }
    }

    private static int Fail(nuint dest, int error)
    {
        GuestMemory.Write(dest, '\0');
        return error;
    }

    private static nuint Change(nuint text, Func<char, char> change)
    {
        for (nuint i = 0; At(text, i) is var c && c != 0; i++)
            GuestMemory.Write(text + (i * 2), change(c));
        return text;
    }

    private static int ChangeBounded(nuint text, nuint size, Func<char, char> change)
    {
        if (text == 0)
            return CErrors.Invalid;
        nuint length = 0;
        while (length < size && At(text, length) != 0)
            length++;
        if (length == size)
            return size == 0 ? CErrors.Invalid : Fail(text, CErrors.Invalid);
        Change(text, change);
        return 0;
    }
}
