// The second pass: frames below the target are told to clean up, innermost first, and then the target goes on
// where its handler begins. When a cleaning block raises and the new exception is handled above it, the new
// unwinding goes on where the old one stood. It knows nothing about searching.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

internal sealed unsafe partial class ExceptionDispatcher
{
    // RtlUnwindEx with this code calls the function in the first parameter for the address to go on at, while
    // the frames below the target are still there: C++ runs catch blocks so.
    private const uint UnwindConsolidate = 0x80000029;
    private const uint DirectionFlag = 0x400;
    private const uint TrapFlag = 0x100;

    private DispatchResult UnwindTo(DispatchRecord dispatch, UnwindRequest request)
    {
        if (!dispatch.IsUnwinding)
            *dispatch.Current = *dispatch.Original;
        dispatch.IsUnwinding = true;
        KeepObject(dispatch.Block, request);
        while (true)
        {
            try
            {
                var record = request.Record;
                return UnwindFrames(dispatch, request, &record);
            }
            catch (SegmentUnwindException e)
            {
                request = e.Request;
                KeepObject(dispatch.Block, request);
            }
        }
    }

    [SkipLocalsInit]
    private DispatchResult UnwindFrames(
        DispatchRecord dispatch, UnwindRequest request, EXCEPTION_RECORD* record)
    {
        record->ExceptionFlags &= ~(ExceptionFlags.TargetUnwind | ExceptionFlags.CollidedUnwind);
        record->ExceptionFlags |= ExceptionFlags.Unwinding;
        if (request.TargetFrame == 0)
            record->ExceptionFlags |= ExceptionFlags.ExitUnwind;
        CONTEXT caller;
        while (true)
        {
            ContextRegisters.Copy(dispatch.Current, &caller);
            var cursor = new FrameCursor(
                native, dispatch.Block, &caller, dispatch.HostRsp, dispatch.IsAtReturnAddress);
            var kind = cursor.Locate();
            if (kind == FrameKind.Boundary)
                return Leave(dispatch, request);
            var located = cursor;
            if (kind == FrameKind.Nowhere || !cursor.TryUnwind(out var frame)
                || (request.TargetFrame != 0 && frame.Establisher > request.TargetFrame))
                return DispatchResult.Unhandled;
            var jump = request as LongJumpRequest;
            var isTarget = kind == FrameKind.Function
                && (frame.Establisher == request.TargetFrame || dispatch.Current->Rsp == jump?.Rsp);
            if ((frame.HandlerFlags & UnwindInfo.TerminationHandler) != 0 && jump is not { IsSilent: true })
                CleanUp(dispatch, located, frame, record, request, isTarget);
            if (isTarget)
                return GoOn(dispatch, request, record);
            ContextRegisters.Copy(&caller, dispatch.Current);
            dispatch.IsCurrentCaller = true;
            dispatch.ScopeIndex = 0;
        }
    }

    private void CleanUp(
        DispatchRecord dispatch, FrameCursor located, UnwoundFrame frame, EXCEPTION_RECORD* record,
        UnwindRequest request, bool isTarget)
    {
        if (isTarget)
            record->ExceptionFlags |= ExceptionFlags.TargetUnwind;
        var dispatcher = Describe(
            located, frame, dispatch.Current, request.TargetIp, dispatch.ScopeIndex);
        try
        {
            CallHandler(
                dispatch, located, frame.HandlerRva, record, frame.Establisher, dispatch.Current,
                &dispatcher);
        }
        finally
        {
            dispatch.ScopeIndex = dispatcher.ScopeIndex;
        }
    }

    // The target lies above C# frames: they unwind by an exception, which comes back to a dispatcher when it
    // reaches guest frames again.
    private DispatchResult Leave(DispatchRecord dispatch, UnwindRequest request)
    {
        if (*(nuint*)(dispatch.HostRsp + EntryThunks.OuterHostRsp) == 0)
            return DispatchResult.Unhandled;
        native.AbandonWith(new SegmentUnwindException(request));
        return DispatchResult.Abandon;
    }

    private DispatchResult GoOn(DispatchRecord dispatch, UnwindRequest request, EXCEPTION_RECORD* record)
    {
        var context = dispatch.Current;
        context->Rax = request.ReturnValue;
        // The convention wants both off at every function's beginning, and handlers are compiled so.
        context->EFlags &= ~(DirectionFlag | TrapFlag);
        if (request is LongJumpRequest jump)
            jump.Buffer.Restore(context);
        var isConsolidation =
            (uint)record->ExceptionCode == UnwindConsolidate && record->NumberParameters != 0;
        context->Rip = request is CatchRequest caught ? RunCatch(dispatch, caught)
            : isConsolidation
                ? native.CallGuest(dispatch.Block, record->ExceptionInformation[0], [(ulong)record])
            : request.TargetIp;
        return DispatchResult.Resume;
    }
}
