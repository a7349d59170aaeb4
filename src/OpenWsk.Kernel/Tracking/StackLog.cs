// Stacks by number: who made a thing, who freed it. Equal stacks are kept once, so that a record of a block
// or a timer holds one number. It knows nothing about symbols: reports name the addresses. Next:
// ../Code/INativeCode.cs, which captures them.
namespace OpenWsk.Kernel;

/// <summary>The stacks of one world.</summary>
public sealed class StackLog
{
    /// <summary>Frames of a stack that is kept whole.</summary>
    public const int FramesMax = 24;

    // A driver has few places that make things; one that recurses has many, and then the last are not kept.
    private const int StacksMax = 1 << 16;

    // Beside a number there is room for an address of user space, which has 47 bits.
    private const int NumberBits = 17;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly List<nuint[]> _stacks = [[]];

    // Callers that were numbered before, by a hash of their address: one word each, so no lock is needed.
    private readonly ulong[] _callers = new ulong[256];

    internal StackLog(Executive executive) => _executive = executive;

    /// <summary>
    /// The number of the calling thread's guest stack; 0 when it runs no guest code.
    /// </summary>
    public int Capture(int framesMax = FramesMax)
    {
        if (_executive.Code.Native is not { } native)
            return 0;
        Span<nuint> frames = stackalloc nuint[FramesMax];
        var count = native.CaptureStack(frames[..framesMax]);
        return count == 0 ? 0 : Number(frames[..count]);
    }

    /// <summary>
    /// The number of the stack that is only the caller of the routine that runs now; 0 when it is not known.
    /// </summary>
    public int CaptureCaller()
    {
        var address = (ulong)(_executive.Code.Native?.CallerAddress ?? 0);
        if (address == 0)
            return 0;
        ref var known = ref _callers[(address * 0x9E37_79B9_7F4A_7C15) >> 56];
        var cached = Volatile.Read(ref known);
        if (cached >> NumberBits == address)
            return (int)(cached & ((1ul << NumberBits) - 1));
        Span<nuint> frame = [(nuint)address];
        var number = Number(frame);
        Volatile.Write(ref known, (address << NumberBits) | (uint)number);
        return number;
    }

    /// <summary>Return addresses of a stack, innermost first; empty for 0.</summary>
    public IReadOnlyList<nuint> Get(int number)
    {
        lock (_gate)
            return _stacks[number];
    }

    private int Number(ReadOnlySpan<nuint> frames)
    {
        var key = 14695981039346656037ul;
        foreach (var frame in frames)
            key = (key ^ frame) * 0x9E37_79B9_7F4A_7C15 ^ (key >> 29);
        lock (_gate)
        {
            if (_numbers.TryGetValue(key, out var number))
                return number;
            if (_stacks.Count == StacksMax)
                return 0;
            _stacks.Add(frames.ToArray());
            _numbers.Add(key, _stacks.Count - 1);
            return _stacks.Count - 1;
        }
    }
}
