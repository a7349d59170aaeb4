// The memory that a send of several segments points to while the kernel has it: a message and, behind it, its
// vectors. Free ones form a list. It knows nothing about segments. Owner: UringLoop.Vectors.cs.
using OpenWsk.Net.Host;

namespace OpenWsk.Net.Uring.Interop;

/// <summary>A msghdr and the vectors behind it, in native memory.</summary>
internal unsafe struct SendVectors
{
    /// <summary>Segments that one send takes; the rest follows in another.</summary>
    public const int Count = 64;

    public MessageHeader Message;
    public SendVectors* Next;

    /// <summary>Bytes of one with its vectors.</summary>
    public static int Bytes => sizeof(SendVectors) + Count * sizeof(IoVector);

    /// <summary>The first vector.</summary>
    public static IoVector* PlacesOf(SendVectors* vectors) => (IoVector*)(vectors + 1);
}
