// STRING (ANSI_STRING) routines of Rtl and the conversions between 8-bit and 16-bit text.
// It knows nothing about terminated strings: see CStringRoutines.cs.
using System.Text.Unicode;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Counted 8-bit string routines of ntoskrnl.</summary>
public static class AnsiStringRoutines
{
    /// <summary>Makes a counted string of a terminated one; a text that is too long is cut.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlInitAnsiString(
        Executive executive, GuestPtr<STRING> DestinationString, nuint SourceString)
    {
        var length = SourceString == 0 ? 0 : GuestMemory.AnsiZ(SourceString).Length;
        var isWhole = UnicodeText.TryCount(SourceString, 1, length, out var bytes, out var maximum);
        DestinationString.Value = new STRING
        {
            Length = isWhole ? bytes : (ushort)UnicodeText.LengthMaxBytes,
            MaximumLength = isWhole ? maximum : (ushort)(UnicodeText.LengthMaxBytes + 1),
            Buffer = SourceString,
        };
    }

    /// <summary>Makes a counted string of a terminated one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlInitString(
        Executive executive, GuestPtr<STRING> DestinationString, nuint SourceString) =>
        RtlInitAnsiString(executive, DestinationString, SourceString);

    /// <summary>Converts 16-bit text to 8-bit text.</summary>
    /// <remarks>
    /// Owns: the caller frees an allocated buffer with RtlFreeAnsiString. Errors: STATUS_BUFFER_OVERFLOW when
    /// the buffer is too small; STATUS_INVALID_PARAMETER_2 when the text is too long.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUnicodeStringToAnsiString(
        Executive executive,
        GuestPtr<STRING> DestinationString,
        GuestPtr<UNICODE_STRING> SourceString,
        byte AllocateDestinationString)
    {
        var source = UnicodeText.Of(SourceString);
        var text = UnicodeText.CodePage.GetBytes(source.ToArray());
        return UnicodeText.Put(executive, DestinationString, text, AllocateDestinationString != 0);
    }

    /// <summary>Converts 8-bit text to 16-bit text.</summary>
    /// <remarks>
    /// Owns: the caller frees an allocated buffer with RtlFreeUnicodeString. Errors: STATUS_BUFFER_OVERFLOW
    /// when the buffer is too small; STATUS_INVALID_PARAMETER_2 when the text is too long.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlAnsiStringToUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> DestinationString,
        GuestPtr<STRING> SourceString,
        byte AllocateDestinationString)
    {
        var text = UnicodeText.CodePage.GetString(UnicodeText.Of(SourceString));
        return UnicodeText.Put(executive, DestinationString, text, AllocateDestinationString != 0);
    }

    /// <summary>Frees the buffer of a string that an Rtl routine made.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlFreeAnsiString(Executive executive, GuestPtr<STRING> AnsiString) =>
        UnicodeText.Free(executive, AnsiString);

    /// <summary>Copies what fits.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void RtlCopyString(
        Executive executive, GuestPtr<STRING> DestinationString, GuestPtr<STRING> SourceString)
    {
        var source = UnicodeText.Of(SourceString);
        ref var destination = ref DestinationString.Value;
        var length = Math.Min(source.Length, destination.MaximumLength);
        source[..length].CopyToGuest(GuestMemory.Span(destination.Buffer, length));
        destination.Length = (ushort)length;
    }

    /// <summary>Compares two strings by their bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int RtlCompareString(
        Executive executive, GuestPtr<STRING> String1, GuestPtr<STRING> String2, byte CaseInSensitive)
    {
        var first = UnicodeText.Of(String1);
        var second = UnicodeText.Of(String2);
        for (var i = 0; i < Math.Min(first.Length, second.Length); i++)
        {
            int a = first[i];
            int b = second[i];
            if (CaseInSensitive != 0)
                (a, b) = (CStringRoutines.toupper(executive, a), CStringRoutines.toupper(executive, b));
            if (a != b)
                return a - b;
        }
        return first.Length - second.Length;
    }

    /// <summary>Whether two strings are equal.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlEqualString(
        Executive executive, GuestPtr<STRING> String1, GuestPtr<STRING> String2, byte CaseInSensitive) =>
        RtlCompareString(executive, String1, String2, CaseInSensitive) == 0 ? (byte)1 : (byte)0;

    /// <summary>Bytes that the text needs in 8 bits, with its terminator.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlxUnicodeStringToAnsiSize(
        Executive executive, GuestPtr<UNICODE_STRING> UnicodeString) =>
        (uint)UnicodeText.CodePage.GetByteCount(UnicodeText.Of(UnicodeString)) + 1;

    /// <summary>Bytes that the text needs in 16 bits, with its terminator.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlxAnsiStringToUnicodeSize(Executive executive, GuestPtr<STRING> AnsiString) =>
        (uint)(UnicodeText.CodePage.GetCharCount(UnicodeText.Of(AnsiString)) + 1) * 2;

    /// <summary>Converts UTF-8 to UTF-16.</summary>
    /// <remarks>
    /// Errors: STATUS_SOME_NOT_MAPPED when invalid input was replaced; STATUS_BUFFER_TOO_SMALL when it was
    /// cut.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlUTF8ToUnicodeN(
        Executive executive,
        nuint UnicodeStringDestination,
        uint UnicodeStringMaxByteCount,
        GuestPtr<uint> UnicodeStringActualByteCount,
        nuint UTF8StringSource,
        uint UTF8StringByteCount)
    {
        var source = UnicodeText.Bytes(UTF8StringSource, UTF8StringByteCount);
        var isValid = Utf8.IsValid(source);
        var text = System.Text.Encoding.UTF8.GetString(source);
        return PutConverted(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()),
            UnicodeStringDestination,
            UnicodeStringMaxByteCount & ~1u,
            UnicodeStringActualByteCount,
            isValid);
    }

    /// <summary>Converts UTF-16 to UTF-8.</summary>
    /// <remarks>
    /// Errors: STATUS_SOME_NOT_MAPPED when invalid input was replaced; STATUS_BUFFER_TOO_SMALL when it was
    /// cut.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlUnicodeToUTF8N(
        Executive executive,
        nuint UTF8StringDestination,
        uint UTF8StringMaxByteCount,
        GuestPtr<uint> UTF8StringActualByteCount,
        nuint UnicodeStringSource,
        uint UnicodeStringByteCount)
    {
        var source = UnicodeText.Units(UnicodeStringSource, UnicodeStringByteCount);
        var text = System.Text.Encoding.UTF8.GetBytes(source.ToArray());
        var isValid = System.Text.Encoding.UTF8.GetString(text).AsSpan().SequenceEqual(source);
        return PutConverted(text, UTF8StringDestination, UTF8StringMaxByteCount, UTF8StringActualByteCount,
            isValid);
    }

    // With no destination only the length is asked for.
    private static NTSTATUS PutConverted(
        ReadOnlySpan<byte> text, nuint destination, uint maximum, GuestPtr<uint> actual, bool isValid)
    {
        var count = destination == 0 ? text.Length : (int)Math.Min((uint)text.Length, maximum);
        if (destination != 0)
            text[..count].CopyToGuest(GuestMemory.Span(destination, count));
        if (!actual.IsNull)
            actual.Value = (uint)count;
        if (count < text.Length)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        return isValid ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_SOME_NOT_MAPPED;
    }
}
