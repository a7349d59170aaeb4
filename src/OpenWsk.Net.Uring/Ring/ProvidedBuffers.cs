// The receive buffers of one ring, which the kernel fills in order (a provided buffer ring). Where the kernel
// can consume them incrementally a buffer serves many small messages; else each serves one. A piece is what
// one receive left in a buffer: it is given out on the ring's thread and comes back from any thread. A buffer
// whose pieces are all back, and which the kernel has finished, goes to the kernel again. It knows nothing
// about sockets. Next: UringLoop.cs.
//
// Lifetime: the memory of the buffers is the caller's and outlives the ring, in which it is registered.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OpenWsk.Net.Uring.Interop;

namespace OpenWsk.Net.Uring.Ring;

/// <summary>Buffers that the kernel fills.</summary>
internal sealed unsafe class ProvidedBuffers : IDisposable
{
    /// <summary>Number of the group of streams in its ring.</summary>
    public const ushort Group = 1;

    /// <summary>Number of the group of datagrams.</summary>
    public const ushort DatagramGroup = 2;

    // Holds a buffer while the kernel fills it: more than it can ever have pieces.
    private const int HeldByKernel = 1 << 30;

    private readonly UringRing _ring;
    private readonly byte* _memory;
    private readonly int _bufferBytes;
    private readonly int _count;
    private readonly ProvidedBuffer* _entries;
    private readonly int[] _holds;
    private readonly int[] _issued;
    private readonly int[] _offsets;
    private readonly int[] _nextReturned;

    // Buffers that other threads have given back: a stack of places + 1, taken as a whole.
    private int _returned;
    private ushort _tail;

    private ProvidedBuffers(
        UringRing ring, byte* memory, int bufferBytes, int count, ProvidedBuffer* entries, bool isIncremental)
    {
        _ring = ring;
        _memory = memory;
        _bufferBytes = bufferBytes;
        _count = count;
        _entries = entries;
        IsIncremental = isIncremental;
        _holds = new int[count];
        _issued = new int[count];
        _offsets = new int[count];
        _nextReturned = new int[count];
        for (var i = 0; i < count; i++)
        {
            Provide(i);
        }
        Publish();
    }

    /// <summary>Whether one buffer takes several messages.</summary>
    public bool IsIncremental { get; }

    /// <summary>Buffers that the kernel has, the one that it fills included.</summary>
    public int Free { get; private set; }

    /// <summary>Buffers in all.</summary>
    public int Count => _count;

    /// <summary>Registers buffers; null when the kernel refuses.</summary>
    /// <param name="memory">count * bufferBytes of them, which stay the caller's.</param>
    /// <param name="count">A power of two.</param>
    public static ProvidedBuffers? TryRegister(
        UringRing ring,
        byte* memory,
        int bufferBytes,
        int count,
        bool mayBeIncremental,
        out int errno,
        ushort group = Group)
    {
        var bytes = (nuint)(count * sizeof(ProvidedBuffer));
        var entries = (ProvidedBuffer*)NativeMemory.AlignedAlloc(bytes, 4096);
        NativeMemory.Clear(entries, bytes);
        var registration = new BufferRingRegistration
        {
            Address = (ulong)entries,
            Entries = (uint)count,
            Group = group,
            Flags = mayBeIncremental ? UringNumbers.PbufRingIncremental : (ushort)0,
        };
        var result = ring.Register(UringNumbers.RegisterPbufRing, &registration, 1);
        if (result < 0)
        {
            NativeMemory.AlignedFree(entries);
            errno = -result;
            return null;
        }
        errno = 0;
        return new ProvidedBuffers(ring, memory, bufferBytes, count, entries, mayBeIncremental);
    }

    /// <summary>Finds the bytes that a receive has left, and gives them out as a piece.</summary>
    /// <remarks>Preconditions: the ring's thread; once for each completion that has a buffer.</remarks>
    public byte* Take(int result, uint flags, out int buffer)
    {
        buffer = (int)(flags >> UringNumbers.CqeBufferShift);
        var address = _memory + (nint)buffer * _bufferBytes + _offsets[buffer];
        _issued[buffer]++;
        if ((flags & UringNumbers.CqeBufferMore) != 0)
        {
            _offsets[buffer] += result;
            return address;
        }
        Free--;
        if (Interlocked.Add(ref _holds[buffer], _issued[buffer] - HeldByKernel) == 0)
        {
            // Cannot be: this piece is out.
            throw new InvalidOperationException("A receive buffer lost a piece.");
        }
        return address;
    }

    /// <summary>Makes several pieces of one, each to be given back.</summary>
    /// <remarks>Preconditions: the piece is out.</remarks>
    public void Share(int buffer, int count) => Interlocked.Add(ref _holds[buffer], count - 1);

    /// <summary>Gives a piece back, on the ring's thread.</summary>
    public void ReturnHere(int buffer)
    {
        if (Interlocked.Decrement(ref _holds[buffer]) == 0)
        {
            Provide(buffer);
            Publish();
        }
    }

    /// <summary>Gives a piece back from any thread; true when a buffer became free by it.</summary>
    public bool Return(int buffer)
    {
        if (Interlocked.Decrement(ref _holds[buffer]) != 0)
        {
            return false;
        }
        var first = Volatile.Read(ref _returned);
        while (true)
        {
            _nextReturned[buffer] = first;
            var seen = Interlocked.CompareExchange(ref _returned, buffer + 1, first);
            if (seen == first)
            {
                return true;
            }
            first = seen;
        }
    }

    /// <summary>Gives the kernel what other threads have returned; on the ring's thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeReturned()
    {
        if (Volatile.Read(ref _returned) != 0)
        {
            ProvideReturned();
        }
    }

    /// <summary>Frees the ring's own memory, after the ring is closed.</summary>
    public void Dispose() => NativeMemory.AlignedFree(_entries);

    private void ProvideReturned()
    {
        var place = Interlocked.Exchange(ref _returned, 0);
        while (place != 0)
        {
            var buffer = place - 1;
            place = _nextReturned[buffer];
            Provide(buffer);
        }
        Publish();
    }

    private void Provide(int buffer)
    {
        _issued[buffer] = 0;
        _offsets[buffer] = 0;
        Volatile.Write(ref _holds[buffer], HeldByKernel);
        var entry = _entries + (_tail & (_count - 1));

        // Field by field: the tail lies in the first entry.
        entry->Address = (ulong)(_memory + (nint)buffer * _bufferBytes);
        entry->Length = (uint)_bufferBytes;
        entry->Id = (ushort)buffer;
        _tail++;
        Free++;
    }

    private void Publish() => Volatile.Write(ref _entries->Tail, _tail);
}
