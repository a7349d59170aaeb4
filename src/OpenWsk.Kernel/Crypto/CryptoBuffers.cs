// Buffers that a driver gives to BCrypt, with their lengths checked before they are touched.
// It knows nothing about algorithms.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Guest buffers and results of BCrypt.</summary>
internal static class CryptoBuffers
{
    /// <summary>A buffer as a span; false when it has a length and no address, or is longer than any
    /// is.</summary>
    public static bool TrySpan(nuint address, uint lengthBytes, out Span<byte> span)
    {
        span = default;
        if (lengthBytes > int.MaxValue || (address == 0 && lengthBytes != 0)
            || (ulong)address + lengthBytes < address)
            return false;
        if (lengthBytes != 0)
            span = GuestMemory.Span(address, (int)lengthBytes);
        return true;
    }

    /// <summary>Copies a result out, or tells its length when there is no buffer.</summary>
    /// <remarks>Errors: STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_PARAMETER without a place for the
    /// length.</remarks>
    public static NTSTATUS Put(ReadOnlySpan<byte> value, nuint output, uint room, GuestPtr<uint> length)
    {
        if (length.IsNull)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        length.Value = (uint)value.Length;
        if (output == 0)
            return NTSTATUS.STATUS_SUCCESS;
        if (room < value.Length)
            return NTSTATUS.STATUS_BUFFER_TOO_SMALL;
        value.CopyToGuest(GuestMemory.Span(output, value.Length));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>A terminated name; empty for NULL.</summary>
    public static string Name(nuint address) => address == 0 ? "" : GuestMemory.WideZ(address).ToString();
}
