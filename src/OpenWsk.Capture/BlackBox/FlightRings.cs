// Which thread has which ring: those of the recorder's own memory first, then others, which nobody can read
// after the process has died. The ring of a thread that has ended keeps its records until every other free
// one has been used. It knows nothing about what is recorded.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Capture;

/// <summary>Gives out rings.</summary>
internal sealed class FlightRings
{
    private const int AlignmentBytes = 64;
    private readonly Lock _gate = new();
    private readonly Queue<nuint> _free = new();
    private readonly List<(byte[] Memory, nuint Start)> _private = [];

    /// <summary>Rings at an address, all free.</summary>
    public FlightRings(nuint start)
    {
        for (var i = 0; i < FlightLayout.RingCount; i++)
            _free.Enqueue(start + (nuint)(i * FlightLayout.RingBytes));
    }

    /// <summary>Zeros that stay where they are as long as they are held, and where they begin.</summary>
    public static (byte[] Memory, nuint Start) Allocate(int lengthBytes)
    {
        var memory = GC.AllocateArray<byte>(lengthBytes + AlignmentBytes, pinned: true);
        var start = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        return (memory, (start + AlignmentBytes - 1) & ~(nuint)(AlignmentBytes - 1));
    }

    /// <summary>A copy of a ring to which its thread may write meanwhile.</summary>
    public static byte[] Copy(nuint start)
    {
        var copy = GuestMemory.Span(start, FlightLayout.RingBytes).ToArray();
        var records = MemoryMarshal.Cast<byte, FlightRecord>(copy.AsSpan(FlightLayout.RingHeadBytes));
        for (var i = 0; i < records.Length; i++)
        {
            var at = start + FlightLayout.RingHeadBytes + (nuint)(i * FlightRecord.SizeBytes);
            if (Volatile.Read(ref GuestMemory.Ref<ulong>(at)) != records[i].Sequence)
                records[i].Sequence = 0;
        }
        return copy;
    }

    public FlightRing Take(int threadId, FlightClock clock, Action onTick)
    {
        lock (_gate)
        {
            if (!_free.TryDequeue(out var start))
            {
                _private.Add(Allocate(FlightLayout.RingBytes));
                start = _private[^1].Start;
            }
            GuestMemory.Span(start, FlightLayout.RingBytes).Clear();
            GuestMemory.Write(start, threadId);
            return new FlightRing(start + FlightLayout.RingHeadBytes, clock, onTick);
        }
    }

    public void Return(FlightRing ring)
    {
        lock (_gate)
            _free.Enqueue(ring.Address - FlightLayout.RingHeadBytes);
    }

    /// <summary>Copies of the rings that are not in the recorder's own memory.</summary>
    public IReadOnlyList<byte[]> CopyPrivate()
    {
        lock (_gate)
            return _private.ConvertAll(ring => Copy(ring.Start));
    }
}
