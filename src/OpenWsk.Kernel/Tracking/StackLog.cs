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
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly List<nuint[]> _stacks = [[]];

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
