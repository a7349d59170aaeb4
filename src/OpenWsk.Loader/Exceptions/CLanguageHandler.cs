// The language handler of C: evaluates filters while a handler is searched and calls __finally blocks while
// frames are unwound. Filters and blocks are guest code, called below the frames of the exception. It knows
// nothing about frames: the dispatcher gives it one at a time.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>__C_specific_handler for one world.</summary>
internal sealed unsafe class CLanguageHandler(NativeCode native)
{
    /// <summary>Handles one frame; a request is left with the thread for an __except that takes it.</summary>
    public Disposition Handle(
        ThreadBlock block, EXCEPTION_RECORD* record, ulong establisher, CONTEXT* context,
        DISPATCHER_CONTEXT* dispatcher)
    {
        var mapped = native.ImageAt((nuint)dispatcher->ControlPc);
        if (mapped is null || dispatcher->ImageBase != mapped.Start
            || !mapped.Contains((nuint)dispatcher->HandlerData))
            return Disposition.ContinueSearch;
        var data = (uint)((nuint)dispatcher->HandlerData - mapped.Start);
        var table = new ScopeTable(mapped.Image.Functions.View, data);
        return (record->ExceptionFlags & ExceptionFlags.AnyUnwind) == 0
            ? Search(block, table, record, establisher, context, dispatcher)
            : Unwind(block, table, record, establisher, dispatcher);
    }

    private Disposition Search(
        ThreadBlock block, ScopeTable table, EXCEPTION_RECORD* record, ulong establisher, CONTEXT* context,
        DISPATCHER_CONTEXT* dispatcher)
    {
        var rva = Rva(block, dispatcher);
        var pointers = new EXCEPTION_POINTERS
        {
            ExceptionRecord = new((nuint)record),
            ContextRecord = new((nuint)context),
        };
        var count = table.Count;
        for (var i = dispatcher->ScopeIndex; i < count && table.TryRead(i, out var scope); i++)
        {
            if (scope.IsFinally || !scope.Contains(rva))
                continue;
            // Both structures live in the dispatcher's and our own frame while the filter runs.
            var answer = scope.Handler == ScopeEntry.ExecuteHandler
                ? 1
                : (int)native.CallGuest(
                    block, (nuint)(dispatcher->ImageBase + scope.Handler), [(ulong)&pointers, establisher]);
            if (answer < 0)
                return Disposition.ContinueExecution;
            if (answer == 0)
                continue;
            block.Request = new UnwindRequest(
                establisher,
                dispatcher->ImageBase + scope.JumpTarget,
                (uint)record->ExceptionCode,
                *record);
            return Disposition.Requested;
        }
        return Disposition.ContinueSearch;
    }

    private Disposition Unwind(
        ThreadBlock block, ScopeTable table, EXCEPTION_RECORD* record, ulong establisher,
        DISPATCHER_CONTEXT* dispatcher)
    {
        var rva = Rva(block, dispatcher);
        var isTarget = (record->ExceptionFlags & ExceptionFlags.TargetUnwind) != 0;
        var target = (uint)(dispatcher->TargetIp - dispatcher->ImageBase);
        var count = table.Count;
        for (var i = dispatcher->ScopeIndex; i < count && table.TryRead(i, out var scope); i++)
        {
            if (!scope.Contains(rva))
                continue;
            // A jump within one __try leaves nothing, and neither does the way into an __except of its own.
            if (isTarget && !Leaves(table, scope, target))
                break;
            if (!scope.IsFinally)
                continue;
            // Before the call, so that the block does not run again when it raises.
            dispatcher->ScopeIndex = i + 1;
            native.CallGuest(block, (nuint)(dispatcher->ImageBase + scope.Handler), [1, establisher]);
        }
        return Disposition.ContinueSearch;
    }

    // A frame that made a call is in the call, not behind it: the next instruction can be in another __try.
    // Divergence from Windows: it looks at the instruction behind, and compilers pad calls because of that;
    // clang before its release 20 does not, and there blocks would run twice.
    private static uint Rva(ThreadBlock block, DISPATCHER_CONTEXT* dispatcher)
    {
        var rva = (uint)(dispatcher->ControlPc - dispatcher->ImageBase);
        return block.Dispatch is { IsHandlerOfCaller: true } && rva != 0 ? rva - 1 : rva;
    }

    private static bool Leaves(ScopeTable table, ScopeEntry scope, uint target) =>
        !IsInSame(table, scope, target) && (scope.IsFinally || target != scope.JumpTarget);

    // One __try can have several entries, where the compiler has put its code in pieces.
    private static bool IsInSame(ScopeTable table, ScopeEntry scope, uint target)
    {
        var count = table.Count;
        for (uint i = 0; i < count && table.TryRead(i, out var other); i++)
        {
            if (other.Contains(target) && other.Handler == scope.Handler
                && other.JumpTarget == scope.JumpTarget)
                return true;
        }
        return false;
    }
}
