// What a routine of C# wants of the dispatcher for the guest code that called it, instead of returning:
// raise, unwind to a frame, or go on with other registers. The routine leaves it with the thread and returns;
// the import thunk then goes to the dispatcher. It also travels as a C# exception through C# frames when the
// frame to unwind to lies above them. It knows nothing about how each is done.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>A request to the dispatcher.</summary>
internal abstract record DispatchRequest;

/// <summary>An exception is raised where the routine would have returned to.</summary>
internal sealed record RaiseRequest(EXCEPTION_RECORD Record) : DispatchRequest;

/// <summary>The guest goes on with other registers.</summary>
internal sealed record RestoreRequest(CONTEXT Context) : DispatchRequest;

/// <summary>The guest's registers are stored for it, and it goes on as if the routine returned.</summary>
internal sealed record CaptureRequest(GuestPtr<CONTEXT> Context) : DispatchRequest;

/// <summary>Frames are unwound up to one of them, which goes on elsewhere.</summary>
/// <param name="TargetFrame">The frame as its handlers know it; 0 to unwind everything.</param>
internal record UnwindRequest(
    ulong TargetFrame, ulong TargetIp, ulong ReturnValue, EXCEPTION_RECORD Record) : DispatchRequest;

/// <summary>Frames are unwound up to the one that called setjmp, which goes on there.</summary>
/// <param name="Rsp">Its stack pointer, by which it is found too: not all compilers tell its frame.</param>
/// <param name="IsSilent">Whether no handler is told, as without a frame.</param>
internal sealed record LongJumpRequest(
    ulong TargetFrame, ulong Rsp, bool IsSilent, JUMP_BUFFER Buffer, ulong Value, EXCEPTION_RECORD Record)
    : UnwindRequest(TargetFrame, Buffer.Rip, Value, Record);

/// <summary>Carries an unwinding through C# frames to the guest frames above.</summary>
internal sealed class SegmentUnwindException(UnwindRequest request)
    : GuestUnwindException("guest frames are unwound")
{
    public UnwindRequest Request { get; } = request;
}
