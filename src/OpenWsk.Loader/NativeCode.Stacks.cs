// The guest frames of the calling thread, as the kernel and reports ask for them. It knows nothing about
// unwinding; see Unwinding/StackWalker.cs.
namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private StackWalker? _walker;

    internal StackWalker Walker => _walker ??= new StackWalker(this);

    /// <inheritdoc/>
    public int CaptureStack(Span<nuint> addresses) =>
        t_block is { } block && IsInGuest(block) ? Walker.Capture(block, addresses) : 0;

    /// <summary>The calling thread's guest frames, innermost first; empty outside guest code.</summary>
    public IReadOnlyList<StackFrame> WalkStack() =>
        t_block is { } block && IsInGuest(block) ? Walker.WalkCallers(block) : [];
}
