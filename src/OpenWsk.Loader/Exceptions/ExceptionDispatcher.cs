// Finds the handler of an exception in guest code and unwinds to it, in two passes as Windows does. The first
// asks the language handlers of all frames, innermost first and across C# frames, and changes nothing. The
// second tells the handlers of the frames below the chosen one to clean up; where C# frames lie between, it
// ends there, the C# frames are unwound by an exception of their own, and it goes on above them. It knows
// nothing about signals; see Faults/IExceptionDispatcher.cs. Parts: .Search.cs, .Unwind.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>Dispatches exceptions of one world.</summary>
internal sealed unsafe partial class ExceptionDispatcher(NativeCode native) : IExceptionDispatcher
{
    // A filter that faults is asked again about its own fault; Windows ends that by running out of stack.
    private const int DepthMax = 16;
    private const ulong ContextAlignment = 16;

    // CONTEXT_AMD64 with control, integer and floating-point registers.
    private const uint ContextFull = 0x0010000B;

    /// <summary>The language handler of C.</summary>
    public CLanguageHandler C { get; } = new(native);

    /// <inheritdoc/>
    [SkipLocalsInit]
    public DispatchResult Dispatch(ThreadBlock block, CONTEXT* context, EXCEPTION_RECORD* record)
    {
        // A handler may have left one and faulted afterwards: then it no longer counts.
        var left = block.TakeRequest();
        var request = block.IsRaise ? left : null;
        switch (request)
        {
            case RestoreRequest restore:
                *context = restore.Context;
                return DispatchResult.Resume;
            case CaptureRequest capture:
                capture.Context.Value = *context;
                capture.Context.Value.ContextFlags = ContextFull;
                return DispatchResult.Resume;
        }
        // Handlers get the addresses of these, and compilers align CONTEXT.
        var memory = stackalloc byte[2 * sizeof(CONTEXT) + (int)ContextAlignment];
        var original = (CONTEXT*)(((ulong)memory + ContextAlignment - 1) & ~(ContextAlignment - 1));
        *original = *context;
        var dispatch = new DispatchRecord(block, block.Word(ThreadBlock.HostRsp), original, original + 1)
        {
            IsRaised = block.IsRaise,
            Outer = block.Dispatch,
        };
        if (!IsPossible(dispatch))
            return DispatchResult.Unhandled;
        block.Dispatch = dispatch;
        try
        {
            var result = Run(dispatch, request as UnwindRequest, record);
            if (result == DispatchResult.Resume)
                ContextRegisters.Copy(dispatch.IsUnwinding ? dispatch.Current : original, context);
            return result;
        }
        catch (Exception e)
        {
            // The world is stopped or the thread ends inside a filter or a handler.
            native.AbandonWith(e);
            return DispatchResult.Abandon;
        }
        finally
        {
            block.Dispatch = dispatch.Outer;
        }
    }

    // Without guest stack no handler can run; an overflow of the host's stack could not be reported.
    private static bool IsPossible(DispatchRecord dispatch) =>
        dispatch.HostRsp != 0
        && GuestStack.Of(dispatch.Block).Contains(dispatch.Original->Rsp, 0)
        && dispatch.Depth <= DepthMax
        && RuntimeHelpers.TryEnsureSufficientExecutionStack();

    private DispatchResult Run(DispatchRecord dispatch, UnwindRequest? request, EXCEPTION_RECORD* record)
    {
        try
        {
            if (request is null)
            {
                var answer = Search(dispatch, record, out request);
                if (answer != DispatchResult.Abandon)
                    return answer;
            }
        }
        catch (SegmentUnwindException e)
        {
            // A handler has unwound past itself, or an exception in it was handled in a frame of ours.
            request = e.Request;
        }
        return UnwindTo(dispatch, request!);
    }

    // Language handlers are guest code, but the usual one is ours: then no guest code need be entered.
    private Disposition CallHandler(
        DispatchRecord dispatch, FrameCursor located, uint handlerRva, EXCEPTION_RECORD* record,
        ulong establisher, CONTEXT* context, DISPATCHER_CONTEXT* dispatcher)
    {
        var mapped = located.Image!;
        dispatch.Establisher = establisher;
        dispatch.IsHandlerOfCaller = located.IsReturnAddress;
        var block = dispatch.Block;
        if (LanguageHandlers.IsC(native, mapped, handlerRva))
            return C.Handle(block, record, establisher, context, dispatcher);
        var handler = mapped.Start + handlerRva;
        ReadOnlySpan<ulong> arguments =
            [(ulong)record, establisher, (ulong)context, (ulong)dispatcher];
        return (Disposition)(int)native.CallGuest(block, handler, arguments);
    }

    private static DISPATCHER_CONTEXT Describe(
        FrameCursor cursor, UnwoundFrame frame, CONTEXT* context, ulong targetIp, uint scopeIndex)
    {
        var mapped = cursor.Image!;
        return new DISPATCHER_CONTEXT
        {
            ControlPc = mapped.Start + cursor.Rva,
            ImageBase = mapped.Start,
            FunctionEntry = mapped.Start + mapped.Image.Functions.RvaOfEntry(cursor.FunctionIndex),
            EstablisherFrame = frame.Establisher,
            TargetIp = targetIp,
            ContextRecord = (ulong)context,
            LanguageHandler = mapped.Start + frame.HandlerRva,
            HandlerData = mapped.Start + frame.HandlerDataRva,
            ScopeIndex = scopeIndex,
        };
    }
}
