// Memory for a transport under test, in place of a guest's, and a send whose bytes lie in such memory. It
// counts what was not freed. It knows nothing about transports.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Tests;

/// <summary>Blocks of memory.</summary>
internal sealed unsafe class TestBlocks : IGuestBlocks
{
    private int _count;

    /// <summary>Blocks that were not freed.</summary>
    public int Count => Volatile.Read(ref _count);

    public nuint Allocate(nuint bytes)
    {
        Interlocked.Increment(ref _count);
        return (nuint)NativeMemory.AllocZeroed(bytes);
    }

    public void Free(nuint address)
    {
        Interlocked.Decrement(ref _count);
        NativeMemory.Free((void*)address);
    }
}

/// <summary>A send of messages in memory that does not move; each message is one segment.</summary>
internal sealed unsafe class FixedSend : SendOperation
{
    private readonly ManualResetEvent _completed = new(false);
    private readonly GuestSegment[] _segments;
    private readonly int[] _ends;

    public FixedSend(params byte[][] messages)
    {
        var filled = messages.Where(message => message.Length > 0).ToList();
        _segments = [.. filled.Select(Copy)];
        _ends = [.. messages.Select((_, i) => messages.Take(i + 1).Count(message => message.Length > 0))];
    }

    /// <summary>How often it has completed.</summary>
    public int Completions { get; private set; }

    public override int SegmentCount => _segments.Length;

    public override int MessageCount => _ends.Length;

    public override GuestSegment SegmentAt(int index) => _segments[index];

    public override Memory<byte> Segment(int index) =>
        new Span<byte>((void*)_segments[index].Address, _segments[index].LengthBytes).ToArray();

    public override int MessageEnd(int message) => _ends[message];

    /// <summary>Waits for the completion and returns its status.</summary>
    public NTSTATUS Wait()
    {
        OpenWsk.Net.Host.Tests.Waiting.For(_completed, "completion of a send");
        return Status;
    }

    /// <summary>Makes it ready to be sent again.</summary>
    public void Reset() => _completed.Reset();

    protected override void OnCompleted()
    {
        Completions++;
        _completed.Set();
    }

    private static GuestSegment Copy(byte[] bytes)
    {
        // Tests are short; the process frees it.
        var memory = NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return new GuestSegment((nuint)memory, bytes.Length);
    }
}
