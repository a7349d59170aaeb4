// Walks the guest's frames of one thread, from where it is to its first entry, across the C# routines between
// them. It knows nothing about who asks: reports, pool blocks, RtlCaptureStackBackTrace.
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Walks guest stacks of one world.</summary>
internal sealed class StackWalker
{
    /// <summary>The most frames that a walk gives, so that a damaged stack ends.</summary>
    public const int FramesMax = 128;

    private readonly NativeCode _native;

    public StackWalker(NativeCode native)
    {
        _native = native;
    }

    /// <summary>The frames under a routine of C# that guest code has called, innermost first.</summary>
    public IReadOnlyList<StackFrame> WalkCallers(ThreadBlock block)
    {
        Invariant.That(_native is not null && block.Gs != 0);
        return [];
    }

    /// <summary>Return addresses of the same frames, without the routines; returns how many.</summary>
    public int Capture(ThreadBlock block, Span<nuint> addresses)
    {
        Invariant.That(_native is not null && block.Gs != 0);
        return 0;
    }
}
