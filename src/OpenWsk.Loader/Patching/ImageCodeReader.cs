// Gives a decoder the bytes of a stretch of memory without copying them.
// It knows nothing about images. The memory must stay for as long as the decoder is used.
using Iced.Intel;

namespace OpenWsk.Loader;

/// <summary>Reads code from memory.</summary>
internal sealed unsafe class ImageCodeReader(byte* start, byte* end) : CodeReader
{
    private byte* _next = start;

    /// <summary>Whether all bytes have been read.</summary>
    public bool HasEnded => _next >= end;

    public override int ReadByte() => _next < end ? *_next++ : -1;
}
