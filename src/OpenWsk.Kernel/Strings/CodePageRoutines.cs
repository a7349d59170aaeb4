// Conversions between 16-bit text and the ANSI and OEM code pages, by length and without counted strings.
// Both code pages are UTF-8. What does not fit is cut and nothing is said, as these routines do. It knows
// nothing about counted strings: see OemStringRoutines.cs and AnsiStringRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Code page conversions of ntoskrnl.</summary>
public static class CodePageRoutines
{
    /// <summary>Converts 16-bit text to the code page.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUnicodeToMultiByteN(
        Executive executive,
        nuint MultiByteString,
        uint MaxBytesInMultiByteString,
        GuestPtr<uint> BytesInMultiByteString,
        nuint UnicodeString,
        uint BytesInUnicodeString) =>
        ToBytes(
            MultiByteString, MaxBytesInMultiByteString, BytesInMultiByteString, UnicodeString,
            BytesInUnicodeString, isUpper: false);

    /// <summary>Converts 16-bit text to the code page.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUnicodeToOemN(
        Executive executive,
        nuint OemString,
        uint MaxBytesInOemString,
        GuestPtr<uint> BytesInOemString,
        nuint UnicodeString,
        uint BytesInUnicodeString) =>
        ToBytes(
            OemString, MaxBytesInOemString, BytesInOemString, UnicodeString, BytesInUnicodeString,
            isUpper: false);

    /// <summary>Converts 16-bit text to the code page, in capital letters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUpcaseUnicodeToMultiByteN(
        Executive executive,
        nuint MultiByteString,
        uint MaxBytesInMultiByteString,
        GuestPtr<uint> BytesInMultiByteString,
        nuint UnicodeString,
        uint BytesInUnicodeString) =>
        ToBytes(
            MultiByteString, MaxBytesInMultiByteString, BytesInMultiByteString, UnicodeString,
            BytesInUnicodeString, isUpper: true);

    /// <summary>Converts 16-bit text to the code page, in capital letters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUpcaseUnicodeToOemN(
        Executive executive,
        nuint OemString,
        uint MaxBytesInOemString,
        GuestPtr<uint> BytesInOemString,
        nuint UnicodeString,
        uint BytesInUnicodeString) =>
        ToBytes(
            OemString, MaxBytesInOemString, BytesInOemString, UnicodeString, BytesInUnicodeString,
            isUpper: true);

    /// <summary>Converts text of the code page to 16-bit text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlMultiByteToUnicodeN(
        Executive executive,
        nuint UnicodeString,
        uint MaxBytesInUnicodeString,
        GuestPtr<uint> BytesInUnicodeString,
        nuint MultiByteString,
        uint BytesInMultiByteString)
    {
        var text = UnicodeText.CodePage.GetString(UnicodeText.Bytes(MultiByteString, BytesInMultiByteString));
        var room = UnicodeText.Units(UnicodeString, MaxBytesInUnicodeString);
        var count = Math.Min(text.Length, room.Length);
        text.AsSpan(0, count).CopyTo(room);
        if (!BytesInUnicodeString.IsNull)
            BytesInUnicodeString.Value = (uint)count * 2;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Converts text of the code page to 16-bit text.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlOemToUnicodeN(
        Executive executive,
        nuint UnicodeString,
        uint MaxBytesInUnicodeString,
        GuestPtr<uint> BytesInUnicodeString,
        nuint OemString,
        uint BytesInOemString)
    {
        var text = UnicodeText.CodePage.GetString(UnicodeText.Bytes(OemString, BytesInOemString));
        var room = UnicodeText.Units(UnicodeString, MaxBytesInUnicodeString);
        var count = Math.Min(text.Length, room.Length);
        text.AsSpan(0, count).CopyTo(room);
        if (!BytesInUnicodeString.IsNull)
            BytesInUnicodeString.Value = (uint)count * 2;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Bytes that 16-bit text needs in the code page.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlUnicodeToMultiByteSize(
        Executive executive,
        GuestPtr<uint> BytesInMultiByteString,
        nuint UnicodeString,
        uint BytesInUnicodeString)
    {
        var text = UnicodeText.Units(UnicodeString, BytesInUnicodeString);
        BytesInMultiByteString.Value = (uint)UnicodeText.CodePage.GetByteCount(text);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Bytes that text of the code page needs in 16 bits.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Note = "the code page is UTF-8")]
    public static NTSTATUS RtlMultiByteToUnicodeSize(
        Executive executive,
        GuestPtr<uint> BytesInUnicodeString,
        nuint MultiByteString,
        uint BytesInMultiByteString)
    {
        var text = UnicodeText.Bytes(MultiByteString, BytesInMultiByteString);
        BytesInUnicodeString.Value = (uint)UnicodeText.CodePage.GetCharCount(text) * 2;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Converts a terminated string to 16 bits; -1 for what is no text, or its length.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint mbstowcs(Executive executive, nuint wide, nuint text, nuint count)
    {
        var source = UnicodeText.CodePage.GetString(GuestMemory.AnsiZ(text));
        for (nuint i = 0; wide != 0 && i < count && i <= (nuint)source.Length; i++)
            GuestMemory.Write(wide + (i * 2), i == (nuint)source.Length ? '\0' : source[(int)i]);
        return wide == 0 ? (nuint)source.Length : nuint.Min(count, (nuint)source.Length);
    }

    /// <summary>Converts a terminated 16-bit string to the code page; returns its length.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint wcstombs(Executive executive, nuint text, nuint wide, nuint count)
    {
        var source = UnicodeText.CodePage.GetBytes(GuestMemory.WideZ(wide).ToArray());
        for (nuint i = 0; text != 0 && i < count && i <= (nuint)source.Length; i++)
            GuestMemory.Write(text + i, i == (nuint)source.Length ? (byte)0 : source[(int)i]);
        return text == 0 ? (nuint)source.Length : nuint.Min(count, (nuint)source.Length);
    }

    private static NTSTATUS ToBytes(
        nuint target, uint room, GuestPtr<uint> written, nuint source, uint sourceBytes, bool isUpper)
    {
        var text = UnicodeText.Units(source, sourceBytes).ToArray();
        for (var i = 0; isUpper && i < text.Length; i++)
            text[i] = char.ToUpperInvariant(text[i]);
        var bytes = UnicodeText.CodePage.GetBytes(text);
        var count = (int)Math.Min((uint)bytes.Length, room);
        bytes.AsSpan(0, count).CopyToGuest(GuestMemory.Span(target, count));
        if (!written.IsNull)
            written.Value = (uint)count;
        return NTSTATUS.STATUS_SUCCESS;
    }
}
