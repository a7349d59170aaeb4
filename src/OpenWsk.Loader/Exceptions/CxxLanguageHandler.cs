// The language handler of C++: finds the catch block that takes an exception, makes its variable, and
// destroys objects while frames are unwound. Copy constructors and destructors are guest code, called below
// the frames of the exception. It knows nothing about frames but one at a time; catch blocks are called by
// ExceptionDispatcher.Catch.cs. What compilers store is read by CxxFunction.cs and CxxThrown.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

/// <summary>__CxxFrameHandler3 and __CxxFrameHandler4 for one world.</summary>
internal sealed unsafe class CxxLanguageHandler(NativeCode native)
{
    /// <summary>An unwinding after which a catch block is called.</summary>
    public const uint Consolidate = 0x80000029;

    private const uint ByReference = 8;
    private const uint Qualifiers = 7;

    // A scope index of 0 means that the state is told by the address.
    private const int ScopeBias = 2;

    /// <summary>
    /// Handles one frame; a request is left with the thread for a catch block that takes it.
    /// </summary>
    /// <param name="isCompressed">Whether its tables are those of __CxxFrameHandler4.</param>
    public Disposition Handle(
        ThreadBlock block, EXCEPTION_RECORD* record, ulong establisher, DISPATCHER_CONTEXT* dispatcher,
        bool isCompressed)
    {
        var mapped = native.ImageAt((nuint)dispatcher->ControlPc);
        if (mapped is null || dispatcher->ImageBase != mapped.Start
            || !mapped.Contains((nuint)dispatcher->HandlerData))
            return Disposition.ContinueSearch;
        if (FunctionOf(mapped, dispatcher, isCompressed) is not { } function)
            return Disposition.ContinueSearch;
        var code = (uint)record->ExceptionCode;
        if (function.IgnoresOthers && code is not (CxxThrown.Code or Consolidate or JumpRoutines.LongJump))
            return Disposition.ContinueSearch;
        var frame = new CxxFrame(mapped, function, establisher, dispatcher, GuestStack.Of(block));
        if (!frame.IsValid)
            return Disposition.ContinueSearch;
        if ((record->ExceptionFlags & ExceptionFlags.AnyUnwind) == 0)
            return Search(block, frame, record);
        Unwind(block, frame, record, dispatcher);
        return Disposition.ContinueSearch;
    }

    /// <summary>What stands for a state where a handler's progress is kept.</summary>
    public static uint ScopeIndexOf(int state) => (uint)(state + ScopeBias);

    public static int StateOf(uint scopeIndex) => (int)scopeIndex - ScopeBias;

    private static CxxFunction? FunctionOf(
        MappedImage mapped, DISPATCHER_CONTEXT* dispatcher, bool isCompressed)
    {
        var functions = mapped.Image.Functions;
        if (!functions.View.TryRead((nuint)dispatcher->HandlerData - mapped.Start, out uint rva))
            return null;
        if (!isCompressed)
            return CxxFunction3.Read(functions.View, rva);
        var begin = CxxFrame.BeginOf(functions, (uint)(dispatcher->ControlPc - mapped.Start), out var piece);
        return CxxFunction4.Read(functions.View, rva, begin, piece);
    }

    private Disposition Search(ThreadBlock block, CxxFrame frame, EXCEPTION_RECORD* record)
    {
        var thrown = CxxThrown.Of(native, record);
        foreach (var tried in frame.Function.Tries)
        {
            if (!tried.Contains(frame.State) || frame.CatchOf is { } around && !around.HasInCatch(tried))
                continue;
            foreach (var caught in tried.Catches)
            {
                if (!Takes(caught, frame, thrown, out var type))
                    continue;
                if (thrown is not null && caught.TypeRva != 0 && caught.ObjectOffset != 0)
                    MakeVariable(block, frame, caught, thrown, type);
                block.Request = RequestFor(frame, tried, caught, record);
                return Disposition.Requested;
            }
        }
        if (frame.Function.IsNoexcept && thrown is not null)
            throw CxxRoutines.Terminate(block.Owner!.Executive);
        return Disposition.ContinueSearch;
    }

    private static CatchRequest RequestFor(
        CxxFrame frame, CxxTryBlock tried, CxxCatchBlock caught, EXCEPTION_RECORD* record)
    {
        var state = frame.Function.TryState(tried.Low, out var low) ? low.Outer : -1;
        var consolidation = new EXCEPTION_RECORD
        {
            ExceptionCode = (NTSTATUS)Consolidate,
            ExceptionAddress = record->ExceptionAddress,
            NumberParameters = 4,
        };
        // Where handlers of other images look: the function's frame, the block, and how far to unwind.
        consolidation.ExceptionInformation[1] = (nuint)frame.Parent;
        consolidation.ExceptionInformation[2] = frame.Image.Start + caught.CodeRva;
        consolidation.ExceptionInformation[3] = (nuint)tried.Low;
        var (first, second) = caught.Continuation;
        return new CatchRequest(
            frame.Establisher, frame.Image.Start + caught.CodeRva, consolidation, frame.Parent, state,
            *record, AddressOf(first), AddressOf(second));

        nuint AddressOf(uint rva) => rva == 0 ? 0 : frame.Image.Start + rva;
    }

    // catch (...) takes every exception, those of the processor too where the code was compiled for them.
    private static bool Takes(CxxCatchBlock caught, CxxFrame frame, CxxThrown? thrown, out CxxType type)
    {
        type = default;
        if (caught.TypeRva == 0)
            return true;
        if (thrown is null)
            return false;
        var name = CxxThrown.NameOf(frame.Image.Image.Functions.View, caught.TypeRva);
        if (name.Length == 0)
            return true;
        foreach (var candidate in thrown.Types)
        {
            var isReference = (caught.Adjectives & ByReference) != 0;
            var isQualified = (thrown.Attributes & Qualifiers & ~caught.Adjectives) == 0;
            if (candidate.Name == name && isQualified && (isReference || !candidate.IsByReferenceOnly))
            {
                type = candidate;
                return true;
            }
        }
        return false;
    }

    // The variable lies in the function's frame, which is checked to be on the stack.
    private void MakeVariable(
        ThreadBlock block, CxxFrame frame, CxxCatchBlock caught, CxxThrown thrown, in CxxType type)
    {
        var variable = (nuint)frame.Parent + (nuint)caught.ObjectOffset;
        var isReference = (caught.Adjectives & ByReference) != 0;
        var sizeBytes = isReference ? 8 : type.SizeBytes;
        if (!GuestStack.Of(block).Contains(variable, sizeBytes))
            throw CxxRoutines.Terminate(block.Owner!.Executive);
        var isFound = true;
        nuint part = thrown.Object;
        if (isReference)
        {
            isFound = CxxThrown.TryAdjust(thrown.Object, type, out part);
            *(nuint*)variable = part;
        }
        else if (type.IsSimple)
        {
            isFound = GuestCopy.TryCopy(variable, thrown.Object, sizeBytes);
            // Of a pointer the pointer is the object, and what it points to has the parts.
            if (isFound && sizeBytes == 8 && *(nuint*)variable != 0)
            {
                isFound = CxxThrown.TryAdjust(*(nuint*)variable, type, out part);
                *(nuint*)variable = part;
            }
        }
        else
        {
            isFound = CxxThrown.TryAdjust(thrown.Object, type, out part);
            if (isFound && type.CopyRva == 0)
                isFound = GuestCopy.TryCopy(variable, part, sizeBytes);
            else if (isFound)
                Copy(block, thrown, type, variable, part);
        }
        if (!isFound)
            throw CxxRoutines.Terminate(block.Owner!.Executive);
    }

    // Of a class with virtual bases the constructor is told to make those too.
    private void Copy(ThreadBlock block, CxxThrown thrown, in CxxType type, nuint to, nuint from) =>
        Run(block, thrown.Image.Start + type.CopyRva, [to, from, type.HasVirtualBase ? 1ul : 0]);

    private void Unwind(
        ThreadBlock block, CxxFrame frame, EXCEPTION_RECORD* record, DISPATCHER_CONTEXT* dispatcher)
    {
        var target = frame.CatchOf?.High ?? -1;
        var isTarget = (record->ExceptionFlags & ExceptionFlags.TargetUnwind) != 0;
        var code = (uint)record->ExceptionCode;
        if (isTarget && code == Consolidate && record->NumberParameters >= 4)
            target = (int)record->ExceptionInformation[3];
        else if (isTarget)
            target = frame.Function.StateAt((uint)(dispatcher->TargetIp - dispatcher->ImageBase));
        var state = frame.State;
        while (state > target && frame.Function.TryState(state, out var now))
        {
            state = now.Outer;
            // Before the call, so that nothing is destroyed twice.
            dispatcher->ScopeIndex = ScopeIndexOf(state);
            if (now.CleanUp != 0)
                CleanUp(block, frame, now);
        }
    }

    // A compiler's own code gets its address; a destructor gets its object.
    private void CleanUp(ThreadBlock block, CxxFrame frame, in CxxState state)
    {
        var code = frame.Image.Start + state.CleanUp;
        var first = (ulong)code;
        if (state.Kind != CxxCleanUp.Block)
            first = frame.Parent + (ulong)state.ObjectOffset;
        if (state.Kind == CxxCleanUp.Pointer && !GuestStack.Of(block).TryRead(first, out first))
            throw CxxRoutines.Terminate(block.Owner!.Executive);
        Run(block, code, [first, frame.Parent]);
    }

    /// <summary>Runs a destructor or a copy constructor, which an exception may not leave.</summary>
    public void Run(ThreadBlock block, nuint target, ReadOnlySpan<ulong> arguments)
    {
        try
        {
            native.CallGuest(block, target, arguments);
        }
        catch (SegmentUnwindException)
        {
            throw CxxRoutines.Terminate(block.Owner!.Executive);
        }
    }
}
