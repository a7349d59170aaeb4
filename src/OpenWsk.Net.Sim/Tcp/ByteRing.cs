// A byte queue with a limit: the send buffer and the receive buffer of a connection. It grows by doubling
// up to the limit, so that a thousand idle connections cost little. It knows nothing about sequence
// numbers.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim.Tcp;

/// <summary>First-in first-out bytes, at most <paramref name="capacityBytes"/> of them.</summary>
internal sealed class ByteRing(int capacityBytes)
{
    private const int FirstBytes = 1024;

    private byte[] _bytes = [];
    private int _start;

    /// <summary>Most bytes that it holds; what it holds already stays when this is made less.</summary>
    public int Capacity { get; set; } = capacityBytes;

    public int Count { get; private set; }

    public int Free => Math.Max(0, Capacity - Count);

    /// <summary>Takes as many bytes as fit and says how many.</summary>
    public int Write(ReadOnlySpan<byte> source)
    {
        var count = Math.Min(source.Length, Free);
        EnsureRoom(Count + count);
        var end = Wrap(_start + Count);
        var first = Math.Min(count, _bytes.Length - end);
        source[..first].CopyToGuest(_bytes.AsSpan(end));
        source[first..count].CopyToGuest(_bytes);
        Count += count;
        return count;
    }

    /// <summary>Copies bytes from an offset on and leaves them in place.</summary>
    public void Peek(int offset, Span<byte> destination)
    {
        if (offset + destination.Length > Count)
            throw new ArgumentOutOfRangeException(nameof(offset), "There are not that many bytes.");
        if (destination.IsEmpty)
            return;
        var from = Wrap(_start + offset);
        var first = Math.Min(destination.Length, _bytes.Length - from);
        _bytes.AsSpan(from, first).CopyToGuest(destination);
        _bytes.AsSpan(0, destination.Length - first).CopyToGuest(destination[first..]);
    }

    /// <summary>Drops bytes from the front.</summary>
    public void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count -= count;
        _start = Count == 0 ? 0 : Wrap(_start + count);
    }

    /// <summary>Takes up to the destination's length and says how many.</summary>
    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, Count);
        Peek(0, destination[..count]);
        Skip(count);
        return count;
    }

    /// <summary>Drops everything, the memory too.</summary>
    public void Clear()
    {
        _bytes = [];
        _start = 0;
        Count = 0;
    }

    private int Wrap(int index) => index >= _bytes.Length && index > 0 ? index - _bytes.Length : index;

    private void EnsureRoom(int bytes)
    {
        if (bytes <= _bytes.Length)
            return;
        var size = Math.Max(FirstBytes, _bytes.Length);
        while (size < bytes)
            size *= 2;
        var grown = new byte[Math.Min(size, Capacity)];
        var count = Count;
        Peek(0, grown.AsSpan(0, count));
        _bytes = grown;
        _start = 0;
    }
}
