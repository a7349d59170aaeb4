// The first pass: every frame's language handler is asked whether it takes the exception, across C# frames up
// to the thread's first entry. No frame is changed, so an exception that nobody takes can be reported as it
// happened. It knows nothing about unwinding; see ExceptionDispatcher.Unwind.cs.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;

namespace OpenWsk.Loader;

internal sealed unsafe partial class ExceptionDispatcher
{
    private const int FramesMax = 1000;

    // Resume, Unhandled, or Abandon for "unwind as requested".
    [SkipLocalsInit]
    private DispatchResult Search(
        DispatchRecord dispatch, EXCEPTION_RECORD* record, out UnwindRequest? request)
    {
        request = null;
        CONTEXT work;
        ContextRegisters.Copy(dispatch.Original, &work);
        var cursor = new FrameCursor(native, dispatch.Block, &work, dispatch.HostRsp, dispatch.IsRaised);
        var state = new SearchState();
        for (var count = 0; count < FramesMax; count++)
        {
            var kind = cursor.Locate();
            if (kind == FrameKind.Boundary && cursor.TryCross(out var outer, out _))
            {
                state.Enter(outer, record);
                continue;
            }
            if (kind is FrameKind.Boundary)
                return DispatchResult.Unhandled;
            var located = cursor;
            if (kind == FrameKind.Nowhere || !cursor.TryUnwind(out var frame))
            {
                record->ExceptionFlags |= ExceptionFlags.StackInvalid;
                return DispatchResult.Unhandled;
            }
            if ((frame.HandlerFlags & UnwindInfo.ExceptionHandler) == 0)
                continue;
            var answer = Ask(dispatch, located, frame, &work, record, ref state);
            if (answer == Disposition.Requested)
            {
                request = (UnwindRequest?)dispatch.Block.TakeRequest();
                return request is null ? DispatchResult.Unhandled : DispatchResult.Abandon;
            }
            if (answer == Disposition.ContinueExecution)
            {
                if ((record->ExceptionFlags & ExceptionFlags.Noncontinuable) == 0)
                    return DispatchResult.Resume;
                return Replace(dispatch, record, NTSTATUS.STATUS_NONCONTINUABLE_EXCEPTION, out request);
            }
            if (answer != Disposition.ContinueSearch && answer != Disposition.NestedException)
                return Replace(dispatch, record, NTSTATUS.STATUS_INVALID_DISPOSITION, out request);
        }
        return DispatchResult.Unhandled;
    }

    private Disposition Ask(
        DispatchRecord dispatch, FrameCursor located, UnwoundFrame frame, CONTEXT* context,
        EXCEPTION_RECORD* record, ref SearchState state)
    {
        var scopeIndex = state.TakeScopeIndex();
        var dispatcher = Describe(located, frame, context, 0, scopeIndex);
        var noncontinuable = record->ExceptionFlags & ExceptionFlags.Noncontinuable;
        var answer = CallHandler(
            dispatch, located, frame.HandlerRva, record, frame.Establisher, dispatch.Original,
            &dispatcher);
        record->ExceptionFlags |= noncontinuable;
        if (frame.Establisher == state.NestedFrame)
        {
            record->ExceptionFlags &= ~ExceptionFlags.NestedCall;
            state.NestedFrame = 0;
        }
        if (answer == Disposition.NestedException)
        {
            record->ExceptionFlags |= ExceptionFlags.NestedCall;
            state.NestedFrame = Math.Max(state.NestedFrame, dispatcher.EstablisherFrame);
        }
        return answer;
    }

    // A handler did what it may not: an exception of its own, which refers to the first one.
    private DispatchResult Replace(
        DispatchRecord dispatch, EXCEPTION_RECORD* record, NTSTATUS code, out UnwindRequest? request)
    {
        request = null;
        if (record->ExceptionCode == code)
            return DispatchResult.Unhandled;
        var first = *record;
        *record = new EXCEPTION_RECORD
        {
            ExceptionCode = code,
            ExceptionFlags = ExceptionFlags.Noncontinuable,
            ExceptionRecord = new((nuint)(&first)),
            ExceptionAddress = first.ExceptionAddress,
        };
        var result = Search(dispatch, record, out request);
        // The first record goes with this frame.
        record->ExceptionRecord = default;
        if (request is not null)
            request = request with { Record = *record };
        return result;
    }

    private struct SearchState
    {
        private uint _scopeIndex;

        /// <summary>Up to this frame the exception is nested in an earlier one.</summary>
        public ulong NestedFrame { get; set; }

        /// <summary>Notes that the frames to come are in a dispatch already.</summary>
        public void Enter(DispatchRecord? outer, EXCEPTION_RECORD* record)
        {
            if (outer is null)
                return;
            if (outer.IsUnwinding)
            {
                // What has been cleaned up is not asked again.
                _scopeIndex = outer.ScopeIndex;
                return;
            }
            record->ExceptionFlags |= ExceptionFlags.NestedCall;
            NestedFrame = Math.Max(NestedFrame, outer.Establisher);
        }

        public uint TakeScopeIndex()
        {
            var index = _scopeIndex;
            _scopeIndex = 0;
            return index;
        }
    }
}
