// What else Rtl does with UNICODE_STRINGs: duplicate, hash, check, create, compare parts, numbers with an
// end. It knows nothing about copying and appending: see UnicodeStringRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>More counted 16-bit string routines of ntoskrnl.</summary>
public static class UnicodeStringMoreRoutines
{
    /// <summary>Makes a copy with a buffer of its own.</summary>
    /// <remarks>
    /// Owns: the caller frees it with RtlFreeUnicodeString. Errors: STATUS_INVALID_PARAMETER for other flags;
    /// STATUS_NO_MEMORY.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlDuplicateUnicodeString(
        Executive executive,
        uint Flags,
        GuestPtr<UNICODE_STRING> StringIn,
        GuestPtr<UNICODE_STRING> StringOut)
    {
        // RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE and _ALLOCATE_NULL_STRING, which needs the first.
        const uint nullTerminate = 1;
        const uint allocateNullString = 2;
        if (Flags > (nullTerminate | allocateNullString) || Flags == allocateNullString || StringOut.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var text = UnicodeText.Of(StringIn);
        if (text.IsEmpty && (Flags & allocateNullString) == 0)
        {
            StringOut.Value = default;
            return NTSTATUS.STATUS_SUCCESS;
        }
        var status = UnicodeText.Put(executive, StringOut, text, allocates: true);
        // The buffer has a terminator in any case; without the flag it is not counted.
        if (status == NTSTATUS.STATUS_SUCCESS && (Flags & nullTerminate) == 0)
            StringOut.Value.MaximumLength = StringOut.Value.Length;
        return status;
    }

    /// <summary>Makes a copy of a terminated string; FALSE when there is no memory.</summary>
    /// <remarks>Owns: the caller frees it with RtlFreeUnicodeString.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static byte RtlCreateUnicodeString(
        Executive executive, GuestPtr<UNICODE_STRING> DestinationString, nuint SourceString) =>
        UnicodeText.Put(executive, DestinationString, GuestMemory.WideZ(SourceString), allocates: true)
            == NTSTATUS.STATUS_SUCCESS ? (byte)1 : (byte)0;

    /// <summary>The string in small letters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlDowncaseUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> DestinationString,
        GuestPtr<UNICODE_STRING> SourceString,
        byte AllocateDestinationString)
    {
        var lower = UnicodeText.Of(SourceString).ToArray();
        for (var i = 0; i < lower.Length; i++)
            lower[i] = char.ToLowerInvariant(lower[i]);
        return UnicodeText.Put(executive, DestinationString, lower, AllocateDestinationString != 0);
    }

    /// <summary>A hash of the string: X65599, which is the default too.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another algorithm.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlHashUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> String,
        byte CaseInSensitive,
        uint HashAlgorithm,
        GuestPtr<uint> HashValue)
    {
        const uint x65599 = 1;
        if (HashAlgorithm > x65599 || String.IsNull || HashValue.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var hash = 0u;
        foreach (var c in UnicodeText.Of(String))
            hash = unchecked((hash * 65599) + (CaseInSensitive != 0 ? char.ToUpperInvariant(c) : c));
        HashValue.Value = hash;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Checks that a counted string can be one.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlValidateUnicodeString(
        Executive executive, uint Flags, GuestPtr<UNICODE_STRING> String)
    {
        if (Flags != 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        if (String.IsNull)
            return NTSTATUS.STATUS_SUCCESS;
        var s = String.Value;
        var isValid = (s.Length & 1) == 0 && (s.MaximumLength & 1) == 0 && s.Length <= s.MaximumLength
            && (s.Buffer != 0 || s.MaximumLength == 0);
        return isValid ? NTSTATUS.STATUS_SUCCESS : NTSTATUS.STATUS_INVALID_PARAMETER;
    }

    /// <summary>Compares two texts by their characters. Units: characters.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int RtlCompareUnicodeStrings(
        Executive executive,
        nuint String1,
        nuint String1Length,
        nuint String2,
        nuint String2Length,
        byte CaseInSensitive)
    {
        var first = UnicodeText.Units(String1, (ulong)String1Length * 2);
        var second = UnicodeText.Units(String2, (ulong)String2Length * 2);
        for (var i = 0; i < Math.Min(first.Length, second.Length); i++)
        {
            var (a, b) = CaseInSensitive == 0
                ? (first[i], second[i])
                : (char.ToUpperInvariant(first[i]), char.ToUpperInvariant(second[i]));
            if (a != b)
                return a - b;
        }
        return first.Length - second.Length;
    }

    /// <summary>Whether the second string ends with the first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte RtlSuffixUnicodeString(
        Executive executive,
        GuestPtr<UNICODE_STRING> String1,
        GuestPtr<UNICODE_STRING> String2,
        byte CaseInSensitive) =>
        UnicodeText.Of(String2).EndsWith(
            UnicodeText.Of(String1),
            CaseInSensitive != 0 ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)
            ? (byte)1
            : (byte)0;

    /// <summary>Reads a number of 64 bits; tells where it ends.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another base; STATUS_INTEGER_OVERFLOW.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS RtlUnicodeStringToInt64(
        Executive executive,
        GuestPtr<UNICODE_STRING> String,
        uint Base,
        GuestPtr<long> Number,
        GuestPtr<nuint> EndPointer)
    {
        if (Base is not (0 or 2 or 8 or 10 or 16))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        // A copy with a terminator, since the driver's string need not have one.
        var text = UnicodeText.Of(String);
        var copy = executive.Heap.Allocate((text.Length + 1) * 2);
        try
        {
            text.CopyToGuest(GuestMemory.Chars(copy, text.Length));
            var value = CNumberReader.Read(copy, 2, (int)Base, out var end);
            if (!EndPointer.IsNull)
                EndPointer.Value = String.Value.Buffer + (end - copy);
            if (value < long.MinValue || value > long.MaxValue)
                return NTSTATUS.STATUS_INTEGER_OVERFLOW;
            GuestMemory.Write(Number.Address, (long)value);
            return NTSTATUS.STATUS_SUCCESS;
        }
        finally
        {
            executive.Heap.Free(copy);
        }
    }

    /// <summary>Writes a number as terminated text; with a negative length it is filled with zeros.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another base; STATUS_BUFFER_OVERFLOW.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlIntegerToChar(
        Executive executive, uint Value, uint Base, int OutputLength, nuint String) =>
        WriteNumber(Value, Base, OutputLength, String);

    /// <summary>RtlIntegerToChar for 64 bits.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER for another base; STATUS_BUFFER_OVERFLOW.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS RtlLargeIntegerToChar(
        Executive executive, GuestPtr<ulong> Value, uint Base, int OutputLength, nuint String) =>
        WriteNumber(GuestMemory.Read<ulong>(Value.Address), Base, OutputLength, String);

    private static NTSTATUS WriteNumber(ulong value, uint radix, int length, nuint target)
    {
        if (radix is not (0 or 2 or 8 or 10 or 16))
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Span<byte> digits = stackalloc byte[64];
        var at = digits.Length;
        do
        {
            digits[--at] = "0123456789ABCDEF"u8[(int)(value % (radix == 0 ? 10 : radix))];
            value /= radix == 0 ? 10 : radix;
        }
        while (value != 0);
        var room = Math.Abs((long)length);
        var count = digits.Length - at;
        if (count > room)
            return NTSTATUS.STATUS_BUFFER_OVERFLOW;
        var fill = length < 0 ? (int)room - count : 0;
        var text = UnicodeText.Bytes(target, (ulong)(fill + count));
        text[..fill].Fill((byte)'0');
        digits[at..].CopyTo(text[fill..]);
        if (fill + count < room)
            GuestMemory.Write(target + (nuint)(fill + count), (byte)0);
        return NTSTATUS.STATUS_SUCCESS;
    }
}
