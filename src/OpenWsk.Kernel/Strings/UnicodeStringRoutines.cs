// UNICODE_STRING routines of Rtl: initialise, copy, compare, append, change case. It knows nothing about
// 8-bit text (AnsiStringRoutines.cs) and about numbers (NumberStringRoutines.cs).
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Counted 16-bit string routines of ntoskrnl.</summary>
public static class UnicodeStringRoutines
{
    /// <summary>Makes a counted string of a terminated one; a text that is too long is cut.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlInitUnicodeString(
        Executive executive, GuestPtr<UNICODE_STRING> DestinationString, nuint SourceString)
    {
        var length = SourceString == 0 ? 0 : GuestMemory.WideZ(SourceString).Length;
        var isWhole = UnicodeText.TryCount(SourceString, 2, length, out var bytes, out var maximum);
        DestinationString.Value = new UNICODE_STRING
        {
            Length = isWhole ? bytes : (ushort)UnicodeText.LengthMaxBytes,
            MaximumLength = isWhole ? maximum : (ushort)(UnicodeText.LengthMaxBytes + 2),
            Buffer = SourceString,
        };
    }

    /// <summary>RtlInitUnicodeString that refuses a text that is too long.</summary>
    /// <remarks>Errors: STATUS_NAME_TOO_LONG.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlInitUnicodeStringEx(
        Executive executive, GuestPtr<UNICODE_STRING> DestinationString, nuint SourceString)
    {
        var length = SourceString == 0 ? 0 : GuestMemory.WideZ(SourceString).Length;
        if (!UnicodeText.TryCount(SourceString, 2, length, out _, out _))
            return NTSTATUS.STATUS_NAME_TOO_LONG;
        RtlInitUnicodeString(executive, DestinationString, SourceString);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Copies what fits.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlCopyUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> DestinationString,
        GuestPtr<UNICODE_STRING> SourceString)
    {
        var source = UnicodeText.Of(SourceString);
        var room = DestinationString.Value.MaximumLength / 2;
        UnicodeText.Put(executive, DestinationString, source[..Math.Min(source.Length, room)],
            allocates: false);
    }

    /// <summary>Frees the buffer of a string that an Rtl routine made.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlFreeUnicodeString(Executive executive, GuestPtr<UNICODE_STRING> UnicodeString) =>
        UnicodeText.Free(executive, UnicodeString.As<STRING>());

    /// <summary>Compares two strings by their characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int RtlCompareUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> String1,
        GuestPtr<UNICODE_STRING> String2,
        byte CaseInSensitive)
    {
        var first = UnicodeText.Of(String1);
        var second = UnicodeText.Of(String2);
        for (var i = 0; i < Math.Min(first.Length, second.Length); i++)
        {
            var (a, b) = (Folded(first[i], CaseInSensitive), Folded(second[i], CaseInSensitive));
            if (a != b)
                return a - b;
        }
        return first.Length - second.Length;
    }

    /// <summary>Whether two strings are equal.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlEqualUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> String1,
        GuestPtr<UNICODE_STRING> String2,
        byte CaseInSensitive) =>
        RtlCompareUnicodeString(executive, String1, String2, CaseInSensitive) == 0 ? (byte)1 : (byte)0;

    /// <summary>Whether the second string begins with the first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlPrefixUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> String1,
        GuestPtr<UNICODE_STRING> String2,
        byte CaseInSensitive)
    {
        var prefix = UnicodeText.Of(String1);
        var whole = UnicodeText.Of(String2);
        if (prefix.Length > whole.Length)
            return 0;
        for (var i = 0; i < prefix.Length; i++)
        {
            if (Folded(prefix[i], CaseInSensitive) != Folded(whole[i], CaseInSensitive))
                return 0;
        }
        return 1;
    }

    /// <summary>Appends a counted string.</summary>
    /// <remarks>Errors: STATUS_BUFFER_TOO_SMALL, and nothing is appended.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAppendUnicodeStringToString(
        Executive executive, GuestPtr<UNICODE_STRING> Destination, GuestPtr<UNICODE_STRING> Source) =>
        Append(Destination, UnicodeText.Of(Source));

    /// <summary>Appends a terminated string.</summary>
    /// <remarks>Errors: STATUS_BUFFER_TOO_SMALL, and nothing is appended.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAppendUnicodeToString(
        Executive executive, GuestPtr<UNICODE_STRING> Destination, nuint Source) =>
        Source == 0 ? NTSTATUS.STATUS_SUCCESS : Append(Destination, GuestMemory.WideZ(Source));

    /// <summary>The string in upper case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlUpcaseUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> DestinationString,
        GuestPtr<UNICODE_STRING> SourceString,
        byte AllocateDestinationString)
    {
        var upper = UnicodeText.Of(SourceString).ToArray();
        for (var i = 0; i < upper.Length; i++)
            upper[i] = char.ToUpperInvariant(upper[i]);
        return UnicodeText.Put(executive, DestinationString, upper, AllocateDestinationString != 0);
    }

    /// <summary>The character in upper case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static char RtlUpcaseUnicodeChar(Executive executive, char SourceCharacter) =>
        char.ToUpperInvariant(SourceCharacter);

    /// <summary>The character in lower case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static char RtlDowncaseUnicodeChar(Executive executive, char SourceCharacter) =>
        char.ToLowerInvariant(SourceCharacter);

    private static char Folded(
        char c, byte caseInsensitive) => caseInsensitive == 0 ? c : char.ToUpperInvariant(c);

    private static NTSTATUS Append(GuestPtr<UNICODE_STRING> destination, ReadOnlySpan<char> text)
    {
        ref var d = ref destination.Value;
        var length = d.Length + (text.Length * 2);
        if (length > d.MaximumLength)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        text.CopyToGuest(GuestMemory.Chars(d.Buffer + d.Length, text.Length));
        d.Length = (ushort)length;
        if (length + 2 <= d.MaximumLength)
            GuestMemory.Write(d.Buffer + (nuint)length, '\0');
        return NTSTATUS.STATUS_SUCCESS;
    }
}
