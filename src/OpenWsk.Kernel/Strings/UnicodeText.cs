// Counted strings of the guest as spans, and buffers of ours for them. It knows nothing about single
// routines. Divergence from Windows: the ANSI code page is UTF-8, which Windows has only when the machine is
// set to it.
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads and writes UNICODE_STRING and STRING.</summary>
internal static class UnicodeText
{
    /// <summary>
    /// The longest that a counted string can be, with its terminator in the maximum. Units: bytes.
    /// </summary>
    public const int LengthMaxBytes = 0xFFFC;

    // Text beyond this is no text, and spans end at 2 GB.
    private const ulong LengthSaneBytes = 0x4000_0000;

    // Tag of buffers that Rtl routines allocate; four characters in memory order.
    private const uint BufferTag = 0x67727453; // 'Strg'

    // Invalid input becomes a question mark, as Windows' conversions give a default character.
    public static readonly Encoding CodePage = Encoding.GetEncoding(
        "utf-8", new EncoderReplacementFallback("?"), new DecoderReplacementFallback("?"));

    public static ReadOnlySpan<char> Of(GuestPtr<UNICODE_STRING> text) =>
        text.IsNull ? [] : GuestMemory.Chars(text.Value.Buffer, text.Value.Length / 2);

    public static ReadOnlySpan<byte> Of(GuestPtr<STRING> text) =>
        text.IsNull ? [] : GuestMemory.Span(text.Value.Buffer, text.Value.Length);

    /// <summary>Bytes of a length that a driver gave.</summary>
    /// <remarks>
    /// Errors: STATUS_ACCESS_VIOLATION is raised for more than any memory block here has.
    /// </remarks>
    public static Span<byte> Bytes(nuint address, ulong lengthBytes) =>
        lengthBytes <= LengthSaneBytes
            ? GuestMemory.Span(address, (int)lengthBytes)
            : throw new GuestRaiseException(
                NTSTATUS.STATUS_ACCESS_VIOLATION, 0, unchecked(address + lengthBytes));

    /// <summary>UTF-16 units of a length in bytes that a driver gave; an odd byte is left out.</summary>
    public static Span<char> Units(nuint address, ulong lengthBytes) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, char>(Bytes(address, lengthBytes & ~1ul));

    /// <summary>A terminated string's counted form; false when it is too long.</summary>
    public static bool TryCount(
        nuint source, int unitBytes, int lengthUnits, out ushort length, out ushort maximum)
    {
        var bytes = lengthUnits * unitBytes;
        length = maximum = 0;
        if (source == 0)
            return true;
        if (bytes > LengthMaxBytes)
            return false;
        length = (ushort)bytes;
        maximum = (ushort)(bytes + unitBytes);
        return true;
    }

    /// <summary>
    /// Puts text in a string's buffer, which is allocated first when asked; terminates if there is room.
    /// </summary>
    public static NTSTATUS Put(
        Executive executive, GuestPtr<UNICODE_STRING> target, ReadOnlySpan<char> text, bool allocates)
    {
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(text);
        return Put(executive, target.As<STRING>(), bytes, allocates, sizeof(char));
    }

    /// <summary>
    /// Puts text in a string's buffer, which is allocated first when asked; terminates if there is room.
    /// </summary>
    public static NTSTATUS Put(
        Executive executive,
        GuestPtr<STRING> target,
        ReadOnlySpan<byte> text,
        bool allocates,
        int unitBytes = 1)
    {
        if (text.Length > LengthMaxBytes)
            return NTSTATUS.STATUS_INVALID_PARAMETER_2;
        ref var t = ref target.Value;
        if (allocates)
        {
            var buffer = executive.Pool.Allocate((nuint)(text.Length + unitBytes), BufferTag, isPaged: true,
                isZeroed: true);
            if (buffer == 0)
                return NTSTATUS.STATUS_NO_MEMORY;
            t.Buffer = buffer;
            t.MaximumLength = (ushort)(text.Length + unitBytes);
        }
        else if (text.Length > t.MaximumLength)
        {
            return NTSTATUS.STATUS_BUFFER_OVERFLOW;
        }
        text.CopyToGuest(GuestMemory.Span(t.Buffer, text.Length));
        t.Length = (ushort)text.Length;
        if (t.Length + unitBytes <= t.MaximumLength)
            GuestMemory.Span(t.Buffer + t.Length, unitBytes).FillGuest((byte)0);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Frees a buffer that Put allocated and empties the string.</summary>
    public static void Free(Executive executive, GuestPtr<STRING> target)
    {
        if (target.Value.Buffer != 0)
            executive.Pool.Free(target.Value.Buffer, 0);
        target.Value = default;
    }
}
