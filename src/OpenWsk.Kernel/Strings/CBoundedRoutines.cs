// The C library's bounded 8-bit string routines (the _s family), and the ones that change a string in place.
// Sizes are in characters. A mistake gives an error number and an empty destination, since the kernel has no
// handler for invalid parameters. It knows nothing about 16-bit strings: CWideBoundedRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Bounded 8-bit string routines of ntoskrnl.</summary>
public static class CBoundedRoutines
{
    private static readonly nuint s_truncate = nuint.MaxValue;

    /// <summary>Copies a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int strcpy_s(Executive executive, nuint dest, nuint size, nuint src) =>
        strncpy_s(executive, dest, size, src, nuint.MaxValue - 1);

    /// <summary>Copies at most count characters; _TRUNCATE as count cuts what does not fit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int strncpy_s(Executive executive, nuint dest, nuint size, nuint src, nuint count)
    {
        if (dest == 0 || size == 0)
            return count == 0 && dest == 0 && size == 0 ? 0 : CErrors.Invalid;
        if (src == 0 && count != 0)
            return Fail(dest, CErrors.Invalid);
        return Copy(dest, 0, size, src, count);
    }

    /// <summary>Appends a string.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int strcat_s(Executive executive, nuint dest, nuint size, nuint src) =>
        strncat_s(executive, dest, size, src, nuint.MaxValue - 1);

    /// <summary>Appends at most count characters; _TRUNCATE as count cuts what does not fit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int strncat_s(Executive executive, nuint dest, nuint size, nuint src, nuint count)
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
    public static nuint strtok_s(
        Executive executive, nuint str, nuint delimiters, GuestPtr<nuint> context)
    {
        if (context.IsNull || delimiters == 0)
            return 0;
        var at = str != 0 ? str : context.Value;
        if (at == 0)
            return 0;
        var set = GuestMemory.AnsiZ(delimiters);
        while (At(at, 0) != 0 && set.Contains(At(at, 0)))
            at += 1;
        var begin = at;
        while (At(at, 0) != 0 && !set.Contains(At(at, 0)))
            at += 1;
        if (At(at, 0) != 0)
        {
            GuestMemory.Write(at, (byte)0);
            at += 1;
        }
        context.Value = at;
        return begin == at ? 0 : begin;
    }

    /// <summary>strtok_s with one place for the whole world, as the kernel's strtok has it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint strtok(Executive executive, nuint str, nuint delimiters) =>
        strtok_s(executive, str, delimiters, executive.TokenPlace);

    /// <summary>Number of characters at the begin that are in a set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strspn(Executive executive, nuint str, nuint set)
    {
        var text = GuestMemory.AnsiZ(str);
        var index = text.IndexOfAnyExcept(GuestMemory.AnsiZ(set));
        return (nuint)(index < 0 ? text.Length : index);
    }

    /// <summary>Number of characters at the begin that are not in a set.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strcspn(Executive executive, nuint str, nuint set)
    {
        var text = GuestMemory.AnsiZ(str);
        var index = text.IndexOfAny(GuestMemory.AnsiZ(set));
        return (nuint)(index < 0 ? text.Length : index);
    }

    /// <summary>The first character of a set; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint strpbrk(Executive executive, nuint str, nuint set)
    {
        var index = GuestMemory.AnsiZ(str).IndexOfAny(GuestMemory.AnsiZ(set));
        return index < 0 ? 0 : str + (nuint)(index);
    }

    /// <summary>Makes the letters small.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_strlwr", Class = CallClass.Local)]
    public static nuint strlwr(Executive executive, nuint str) => Change(str, Lower);

    /// <summary>Makes the letters capital.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_strupr", Class = CallClass.Local)]
    public static nuint strupr(Executive executive, nuint str) => Change(str, Upper);

    /// <summary>Makes the letters small in a buffer of a size.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_strlwr_s", Class = CallClass.Local)]
    public static int strlwr_s(Executive executive, nuint str, nuint size) => ChangeBounded(str, size, Lower);

    /// <summary>Makes the letters capital in a buffer of a size.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_strupr_s", Class = CallClass.Local)]
    public static int strupr_s(Executive executive, nuint str, nuint size) => ChangeBounded(str, size, Upper);

    /// <summary>Turns a string round.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_strrev", Class = CallClass.Local)]
    public static nuint strrev(Executive executive, nuint str)
    {
        GuestMemory.Span(str, GuestMemory.AnsiZ(str).Length).Reverse();
        return str;
    }

    /// <summary>Fills a string with a character.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Name = "_strset", Class = CallClass.Local)]
    public static nuint strset(Executive executive, nuint str, int c)
    {
        GuestMemory.Span(str, GuestMemory.AnsiZ(str).Length).FillGuest((byte)c);
        return str;
    }

    private static byte At(nuint address, nuint index) =>
        GuestMemory.Read<byte>(address + (index));

    private static byte Lower(byte c) => c is >= (byte)'A' and <= (byte)'Z' ? (byte)(c + 32) : c;

    private static byte Upper(byte c) => c is >= (byte)'a' and <= (byte)'z' ? (byte)(c - 32) : c;

    private static int Copy(nuint dest, nuint at, nuint size, nuint src, nuint count)
    {
        for (nuint i = 0; ; i++, at++)
        {
            if (at == size)
            {
                if (count != s_truncate)
                    return Fail(dest, CErrors.Range);
                GuestMemory.Write(dest + ((size - 1)), (byte)0);
                return CErrors.Truncated;
            }
            var c = i < count ? At(src, i) : (byte)0;
            GuestMemory.Write(dest + (at), c);
            if (c == 0)
                return 0;
        }
    }

    private static int Fail(nuint dest, int error)
    {
        GuestMemory.Write(dest, (byte)0);
        return error;
    }

    private static nuint Change(nuint text, Func<byte, byte> change)
    {
        for (nuint i = 0; At(text, i) is var c && c != 0; i++)
            GuestMemory.Write(text + (i), change(c));
        return text;
    }

    private static int ChangeBounded(nuint text, nuint size, Func<byte, byte> change)
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
