// Objects of streams that have ended and serve again, of one dispatcher; DescriptorStream.Life.cs judges
// which do. So a chain of short connections makes no objects. It knows nothing about what a stream is.
namespace OpenWsk.Net.Host;

/// <summary>Streams that a dispatcher keeps; used on its thread.</summary>
internal sealed class SpareStreams
{
    // Some 0.5 KB each.
    private const int StreamsMax = 256;

    private DescriptorStream?[]? _streams;

    /// <summary>Streams that are kept.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a stream; null when there is none, or the caller is not the dispatcher.</summary>
    public DescriptorStream? TryTake(bool isHere)
    {
        if (!isHere || Count == 0)
        {
            return null;
        }
        var taken = _streams![--Count];
        _streams[Count] = null;
        return taken;
    }

    /// <summary>Keeps a stream; false when there are enough.</summary>
    public bool TryKeep(DescriptorStream stream)
    {
        if (Count == StreamsMax)
        {
            return false;
        }
        _streams ??= new DescriptorStream?[StreamsMax];
        _streams[Count++] = stream;
        return true;
    }
}
