// OEM and UTF-8 counted strings. The OEM code page is UTF-8 as the ANSI one, so all of them are the
// conversions of AnsiStringRoutines.cs under other names. It knows nothing about conversions.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>OEM and UTF-8 string routines of ntoskrnl.</summary>
public static class OemStringRoutines
{
    /// <summary>Converts OEM text to 16-bit text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlOemStringToUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> DestinationString,
        GuestPtr<STRING> SourceString,
        byte AllocateDestinationString) =>
        AnsiStringRoutines.RtlAnsiStringToUnicodeString(
            executive, DestinationString, SourceString, AllocateDestinationString);

    /// <summary>Converts 16-bit text to OEM text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUnicodeStringToOemString(
        Executive executive,
        GuestPtr<STRING> DestinationString,
        GuestPtr<UNICODE_STRING> SourceString,
        byte AllocateDestinationString) =>
        AnsiStringRoutines.RtlUnicodeStringToAnsiString(
            executive, DestinationString, SourceString, AllocateDestinationString);

    /// <summary>Converts UTF-8 to 16-bit text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUTF8StringToUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> DestinationString,
        GuestPtr<STRING> SourceString,
        byte AllocateDestinationString) =>
        AnsiStringRoutines.RtlAnsiStringToUnicodeString(
            executive, DestinationString, SourceString, AllocateDestinationString);

    /// <summary>Converts 16-bit text to UTF-8.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUnicodeStringToUTF8String(
        Executive executive,
        GuestPtr<STRING> DestinationString,
        GuestPtr<UNICODE_STRING> SourceString,
        byte AllocateDestinationString) =>
        AnsiStringRoutines.RtlUnicodeStringToAnsiString(
            executive, DestinationString, SourceString, AllocateDestinationString);

    /// <summary>Frees the buffer of a string that an Rtl routine made.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlFreeOemString(Executive executive, GuestPtr<STRING> String) =>
        UnicodeText.Free(executive, String);

    /// <summary>Frees the buffer of a string that an Rtl routine made.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlFreeUTF8String(Executive executive, GuestPtr<STRING> String) =>
        UnicodeText.Free(executive, String);

    /// <summary>Makes a counted string of a terminated one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlInitUTF8String(
        Executive executive, GuestPtr<STRING> DestinationString, nuint SourceString) =>
        AnsiStringRoutines.RtlInitAnsiString(executive, DestinationString, SourceString);

    /// <summary>Makes a counted string of a terminated one and refuses a text that is too long.</summary>
    /// <remarks>Errors: STATUS_NAME_TOO_LONG.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlInitUTF8StringEx(
        Executive executive, GuestPtr<STRING> DestinationString, nuint SourceString) =>
        InitOrRefuse(executive, DestinationString, SourceString);

    /// <summary>Makes a counted string of a terminated one and refuses a text that is too long.</summary>
    /// <remarks>Errors: STATUS_NAME_TOO_LONG.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlInitStringEx(
        Executive executive, GuestPtr<STRING> DestinationString, nuint SourceString) =>
        InitOrRefuse(executive, DestinationString, SourceString);

    /// <summary>Makes a counted string of a terminated one and refuses a text that is too long.</summary>
    /// <remarks>Errors: STATUS_NAME_TOO_LONG.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static NTSTATUS RtlInitAnsiStringEx(
        Executive executive, GuestPtr<STRING> DestinationString, nuint SourceString) =>
        InitOrRefuse(executive, DestinationString, SourceString);

    /// <summary>Bytes that OEM text needs in 16 bits, with its terminator.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlxOemStringToUnicodeSize(Executive executive, GuestPtr<STRING> OemString) =>
        AnsiStringRoutines.RtlxAnsiStringToUnicodeSize(executive, OemString);

    /// <summary>Bytes that 16-bit text needs in the OEM code page, with its terminator.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlxUnicodeStringToOemSize(
        Executive executive, GuestPtr<UNICODE_STRING> UnicodeString) =>
        AnsiStringRoutines.RtlxUnicodeStringToAnsiSize(executive, UnicodeString);

    /// <summary>Appends a counted string.</summary>
    /// <remarks>Errors: STATUS_BUFFER_TOO_SMALL, and nothing is appended.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAppendStringToString(
        Executive executive, GuestPtr<STRING> Destination, GuestPtr<STRING> Source) =>
        Append(Destination, UnicodeText.Of(Source));

    /// <summary>Appends a terminated string.</summary>
    /// <remarks>Errors: STATUS_BUFFER_TOO_SMALL, and nothing is appended.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlAppendAsciizToString(
        Executive executive, GuestPtr<STRING> Destination, nuint Source) =>
        Source == 0 ? NTSTATUS.STATUS_SUCCESS : Append(Destination, GuestMemory.AnsiZ(Source));

    /// <summary>Whether the second string begins with the first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlPrefixString(
        Executive executive, GuestPtr<STRING> String1, GuestPtr<STRING> String2, byte CaseInSensitive)
    {
        var prefix = UnicodeText.Of(String1);
        var whole = UnicodeText.Of(String2);
        if (prefix.Length > whole.Length)
            return 0;
        var isEqual = CaseInSensitive == 0
            ? whole.StartsWith(prefix)
            : System.Text.Ascii.EqualsIgnoreCase(prefix, whole[..prefix.Length]);
        return isEqual ? (byte)1 : (byte)0;
    }

    /// <summary>Copies what fits, in capital letters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlUpperString(
        Executive executive, GuestPtr<STRING> DestinationString, GuestPtr<STRING> SourceString)
    {
        AnsiStringRoutines.RtlCopyString(executive, DestinationString, SourceString);
        var copied = DestinationString.Value;
        foreach (ref var c in GuestMemory.Span(copied.Buffer, copied.Length))
            c = (byte)CStringRoutines.toupper(executive, c);
    }

    /// <summary>The letter in upper case.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte RtlUpperChar(Executive executive, byte Character) =>
        (byte)CStringRoutines.toupper(executive, Character);

    private static NTSTATUS InitOrRefuse(Executive executive, GuestPtr<STRING> target, nuint source)
    {
        var length = source == 0 ? 0 : GuestMemory.AnsiZ(source).Length;
        if (!UnicodeText.TryCount(source, 1, length, out _, out _))
            return NTSTATUS.STATUS_NAME_TOO_LONG;
        AnsiStringRoutines.RtlInitAnsiString(executive, target, source);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS Append(GuestPtr<STRING> destination, ReadOnlySpan<byte> text)
    {
        ref var d = ref destination.Value;
        if (d.Length + text.Length > d.MaximumLength)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        text.CopyToGuest(GuestMemory.Span(d.Buffer + d.Length, text.Length));
        d.Length += (ushort)text.Length;
        if (d.Length < d.MaximumLength)
            GuestMemory.Write(d.Buffer + d.Length, (byte)0);
        return NTSTATUS.STATUS_SUCCESS;
    }
}
