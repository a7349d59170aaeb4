// Routines with which guest code walks its own stack: looking functions up, unwinding one frame, tracing. It
// knows nothing about how; see Unwinding/.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Unwinding routines of ntoskrnl.</summary>
public static unsafe class UnwindRoutines
{
    private const int FramesMax = StackWalker.FramesMax;

    /// <summary>The RUNTIME_FUNCTION of an address, and the image that holds it; NULL for a leaf.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlLookupFunctionEntry(
        Executive executive, nuint ControlPc, GuestPtr<nuint> ImageBase, nuint HistoryTable)
    {
        ImageBase.Value = 0;
        if (Native(executive)?.ImageAt(ControlPc) is not { } mapped)
            return 0;
        ImageBase.Value = mapped.Start;
        var functions = mapped.Image.Functions;
        var index = functions.Find((uint)(ControlPc - mapped.Start));
        return index < 0 ? 0 : mapped.Start + functions.RvaOfEntry(index);
    }

    /// <summary>The start of the image that holds an address; NULL when none does.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlPcToFileHeader(Executive executive, nuint PcValue, GuestPtr<nuint> BaseOfImage)
    {
        var start = Native(executive)?.ImageAt(PcValue)?.Start ?? 0;
        BaseOfImage.Value = start;
        return start;
    }

    /// <summary>Turns a context into that of the caller; returns the frame's language handler.</summary>
    /// <remarks>
    /// Errors: Rip becomes 0, as at a stack's end, when the information is damaged or leads off the stack.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint RtlVirtualUnwind(
        Executive executive,
        uint HandlerType,
        nuint ImageBase,
        nuint ControlPc,
        nuint FunctionEntry,
        GuestPtr<CONTEXT> ContextRecord,
        GuestPtr<nuint> HandlerData,
        GuestPtr<ulong> EstablisherFrame,
        nuint ContextPointers)
    {
        var context = (CONTEXT*)ContextRecord.Address;
        var mapped = Native(executive)?.ImageAt(ControlPc);
        UnwoundFrame frame = default;
        var entry = FunctionEntry == 0 ? default : new FunctionEntry(
            GuestMemory.Read<uint>(FunctionEntry),
            GuestMemory.Read<uint>(FunctionEntry + 4),
            GuestMemory.Read<uint>(FunctionEntry + 8));
        // The entry is the caller's memory, and the function may be code that it has made up.
        var isInImage = mapped is not null && mapped.Start == ImageBase
            && entry.Begin < entry.End && entry.End <= mapped.Image.SizeBytes;
        var isUnwound = isInImage && FunctionEntry != 0
            && NativeCode.CallersBlock is { } block
            && VirtualUnwinder.TryUnwind(
                mapped!.Image.Functions, entry, (uint)(ControlPc - ImageBase), context,
                GuestStack.Of(block), (nuint*)ContextPointers, isReturnAddress: false, out frame);
        // The frame that C# called is the last one: its caller is a thunk, which guest code cannot unwind.
        if (!isUnwound || Native(executive)!.IsThunk((nuint)context->Rip))
            context->Rip = 0;
        EstablisherFrame.Value = frame.Establisher;
        var isAsked = (frame.HandlerFlags & HandlerType) != 0;
        HandlerData.Value = isAsked ? ImageBase + frame.HandlerDataRva : 0;
        return isAsked ? ImageBase + frame.HandlerRva : 0;
    }

    /// <summary>Return addresses of the callers, innermost first; their number.</summary>
    /// <remarks>
    /// Divergence from Windows: frames of the kernel's own are left out, because here they are C#.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static ushort RtlCaptureStackBackTrace(
        Executive executive,
        uint FramesToSkip,
        uint FramesToCapture,
        GuestPtr<nuint> BackTrace,
        GuestPtr<uint> BackTraceHash)
    {
        Span<nuint> frames = stackalloc nuint[FramesMax];
        // The routine itself is frame 0 on Windows, and its caller's return address is the first entry.
        var found = Native(executive)?.CaptureStack(frames) ?? 0;
        var first = (int)Math.Min(FramesToSkip, (uint)found);
        var count = (int)Math.Min(FramesToCapture, (uint)(found - first));
        uint hash = 0;
        for (var i = 0; i < count; i++)
        {
            BackTrace.At(i).Value = frames[first + i];
            hash += (uint)frames[first + i];
        }
        if (!BackTraceHash.IsNull)
            BackTraceHash.Value = hash;
        return (ushort)count;
    }

    /// <summary>Return addresses of the callers, innermost first; their number.</summary>
    /// <remarks>The upper 24 bits of Flags tell how many to skip; 1 asks for user mode: none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static uint RtlWalkFrameChain(
        Executive executive, GuestPtr<nuint> Callers, uint Count, uint Flags) =>
        (Flags & 1) != 0
            ? 0u
            : RtlCaptureStackBackTrace(executive, Flags >> 8, Count, Callers, default);

    private static NativeCode? Native(Executive executive) => executive.Code.Native as NativeCode;
}
