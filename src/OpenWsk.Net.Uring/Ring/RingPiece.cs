// Received bytes in a buffer of a ring, or in a block of their own when buffers are scarce. It knows nothing
// about connections. Who made it and frees it: UringLoop.Buffers.cs.
namespace OpenWsk.Net.Uring.Ring;

/// <summary>Bytes that were received and not taken yet.</summary>
/// <param name="Buffer">
/// The buffer in which they lie; <see cref="OwnBlock"/> for a block of their own.
/// </param>
internal readonly record struct RingPiece(nuint Address, int LengthBytes, int Buffer)
{
    /// <summary>Says that the bytes are a block to be freed.</summary>
    public const int OwnBlock = -1;
}
