// Numbers and GUIDs as counted strings, both ways. It knows nothing about format strings: see ../Debug.
// Bases are 2, 8, 10 and 16, as the pages of these routines say.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Number conversion routines of ntoskrnl.</summary>
public static class NumberStringRoutines
{
    private const string Digits = "0123456789ABCDEF";

    /// <summary>Writes a number in base 2, 8, 10 or 16; base 0 is 10.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another base; STATUS_BUFFER_OVERFLOW.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlIntegerToUnicodeString(
        Executive executive, uint Value, uint Base, GuestPtr<UNICODE_STRING> String) =>
        RtlInt64ToUnicodeString(executive, Value, Base, String);

    /// <summary>Writes a 64-bit number in base 2, 8, 10 or 16; base 0 is 10.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another base; STATUS_BUFFER_OVERFLOW.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlInt64ToUnicodeString(
        Executive executive, ulong Value, uint Base, GuestPtr<UNICODE_STRING> String)
    {
        if (Base is not (0 or 2 or 8 or 10 or 16))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var radix = Base == 0 ? 10 : Base;
        Span<char> text = stackalloc char[64];
        var at = text.Length;
        do
        {
            text[--at] = Digits[(int)(Value % radix)];
            Value /= radix;
        }
        while (Value != 0);
        return UnicodeText.Put(executive, String, text[at..], allocates: false);
    }

    /// <summary>Reads a number; with base 0 a prefix 0x, 0o or 0b says which.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another base. Text without digits gives 0.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlUnicodeStringToInteger(
        Executive executive, GuestPtr<UNICODE_STRING> String, uint Base, GuestPtr<uint> Value) =>
        Read(UnicodeText.Of(String), Base, Value);

    /// <summary>Reads a number of a terminated 8-bit string.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another base. Text without digits gives 0.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlCharToInteger(
        Executive executive, nuint String, uint Base, GuestPtr<uint> Value) =>
        Read(System.Text.Encoding.Latin1.GetString(GuestMemory.AnsiZ(String)), Base, Value);

    /// <summary>Writes a GUID in braces.</summary>
    /// <remarks>Owns: the caller frees the string with RtlFreeUnicodeString.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlStringFromGUID(
        Executive executive, GuestPtr<Guid> Guid, GuestPtr<UNICODE_STRING> GuidString) =>
        UnicodeText.Put(
            executive, GuidString, GuestMemory.Read<Guid>(Guid.Address).ToString("B").ToUpperInvariant(),
                allocates: true);

    /// <summary>Reads a GUID in braces.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlGUIDFromString(
        Executive executive, GuestPtr<UNICODE_STRING> GuidString, GuestPtr<Guid> Guid)
    {
        if (!System.Guid.TryParseExact(UnicodeText.Of(GuidString), "B", out var guid))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        GuestMemory.Write(Guid.Address, guid);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static NTSTATUS Read(ReadOnlySpan<char> text, uint radix, GuestPtr<uint> value)
    {
        if (radix is not (0 or 2 or 8 or 10 or 16))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        while (!text.IsEmpty && text[0] <= ' ')
            text = text[1..];
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is '-' or '+')
            text = text[1..];
        if (radix == 0)
            radix = TakePrefix(ref text);
        var number = 0u;
        foreach (var c in text)
        {
            var digit = Digits.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0 || digit >= radix)
                break;
            number = unchecked((number * radix) + (uint)digit);
        }
        value.Value = isNegative ? unchecked(0 - number) : number;
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static uint TakePrefix(ref ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '0')
            return 10;
        var radix = text[1] switch
        {
            'x' => 16u,
            'o' => 8u,
            'b' => 2u,
            _ => 10u,
        };
        if (radix != 10)
            text = text[2..];
        return radix;
    }
}
