// Stack frames with names: what the walker found, as a report shows it, for the thread of the bug check and
// for the others. It knows nothing about unwinding; see ../Unwinding/StackWalker.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Makes a report's frames.</summary>
internal sealed unsafe class CrashFrames(NativeCode native)
{
    private const int FramesMax = 64;

    /// <summary>The stack of the thread of the bug check, called on that thread.</summary>
    public IReadOnlyList<CrashFrame> OfFault(FaultSnapshot snapshot)
    {
        var context = snapshot.Context;
        // Without an exception the thread is in a routine of ours, which is then the innermost frame.
        var walked = snapshot.Exception is null ? native.WalkStack() : native.WalkFrom(&context);
        if (walked.Count != 0)
            return [.. walked.Take(FramesMax).Select((frame, i) => Make(frame, i != 0))];
        return [.. snapshot.StackAddresses.Take(FramesMax).Select((address, i) => Named(address, 0, i != 0))];
    }

    /// <summary>
    /// The innermost stretch of guest frames of a thread that waits in a routine of ours; none when it runs
    /// guest code or is outside it.
    /// </summary>
    /// <remarks>
    /// The thread may go on meanwhile. Only its guest stack is read, which stays mapped, so that the worst is
    /// a wrong frame.
    /// </remarks>
    public IReadOnlyList<CrashFrame> OfOther(ThreadBlock block, out CONTEXT context)
    {
        CONTEXT work = default;
        context = default;
        var frames = new List<CrashFrame>();
        var stack = GuestStack.Of(block);
        if (!ImportFrame.TryRead(stack, block.Word(ThreadBlock.GuestRsp), &work, out var routine))
            return frames;
        context = work;
        frames.Add(new CrashFrame { Function = native.NameOfImport(routine), IsRoutine = true });
        var cursor = new FrameCursor(native, block, &work, 0, isReturnAddress: true);
        while (frames.Count < FramesMax && cursor.Locate() is FrameKind.Function or FrameKind.Leaf)
        {
            frames.Add(Named((nuint)work.Rip, work.Rsp, isCall: true));
            if (!cursor.TryUnwind(out _))
                break;
        }
        return frames;
    }

    /// <summary>Frames of a stack of which only the return addresses were kept.</summary>
    public IReadOnlyList<CrashFrame> OfReturns(IReadOnlyList<nuint> addresses) =>
        [.. addresses.Select(address => Named(address, 0, isCall: true))];

    private CrashFrame Make(StackFrame frame, bool isCall) => frame.IsRoutine
        ? new CrashFrame { Function = frame.Routine, StackPointer = frame.StackPointer, IsRoutine = true }
        : Named(frame.Address, frame.StackPointer, isCall);

    // A return address may be the first of the next function or line: the call before it is what counts.
    private CrashFrame Named(nuint address, ulong stackPointer, bool isCall)
    {
        var frame = new CrashFrame { Address = address, StackPointer = stackPointer };
        if (native.ImageAt(address) is not { } mapped)
            return frame;
        frame = frame with { Module = mapped.Image.Name, ModuleOffset = address - mapped.Start };
        var asked = isCall && address > mapped.Start ? address - 1 : address;
        return NativeCode.NameCode(mapped, asked) is not { } name ? frame : frame with
        {
            Function = name.Function,
            FunctionOffset = name.OffsetBytes + (address - asked),
            File = name.File,
            Line = name.Line,
        };
    }
}
