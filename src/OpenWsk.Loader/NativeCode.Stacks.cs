// The guest frames of the calling thread, as the kernel and reports ask for them, and what unwinding must
// know of addresses. It knows nothing about unwinding itself; see Unwinding/StackWalker.cs.
namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    private StackWalker? _walker;

    internal StackWalker Walker => _walker ??= new StackWalker(this);

    /// <inheritdoc/>
    public int CaptureStack(Span<nuint> addresses) =>
        t_block is { } block && IsInGuest(block) ? Walker.Capture(block, addresses) : 0;

    /// <summary>The calling thread's guest frames from a stopped instruction of its own on.</summary>
    internal IReadOnlyList<StackFrame> WalkFrom(Abi.CONTEXT* context) =>
        t_block is { } block && IsInGuest(block) ? Walker.Walk(block, context) : [];

    /// <summary>The calling thread's guest frames, innermost first; empty outside guest code.</summary>
    public IReadOnlyList<StackFrame> WalkStack() =>
        t_block is { } block && IsInGuest(block) ? Walker.WalkCallers(block) : [];

    /// <summary>The image of this world that holds the address, or null.</summary>
    internal MappedImage? ImageAt(nuint address)
    {
        foreach (var mapped in Volatile.Read(ref _images))
        {
            if (mapped.Contains(address))
                return mapped;
        }
        return null;
    }

    /// <summary>Whether the address lies in machine code of ours.</summary>
    internal bool IsThunk(nuint address) => _machine.Code.Contains(address);

    /// <summary>
    /// The address in the image of an instruction that a patch has moved; any other stays as it is.
    /// </summary>
    internal nuint OriginalAddress(nuint address)
    {
        foreach (var mapped in Volatile.Read(ref _images))
        {
            if (address - mapped.TrampolineStart < mapped.TrampolineBytes)
                return mapped.Moved.OriginalOf(address);
        }
        return address;
    }

    internal string? NameOfThunk(nuint address) => _machine.NameOf(address);

    internal string NameOfImport(int number) => _machine.NameOfImport(number) ?? "a routine";
}
