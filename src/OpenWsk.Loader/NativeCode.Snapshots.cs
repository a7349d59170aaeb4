// The state of a guest thread for reports: of a thread that faulted, of one whose routine gives a bug check,
// of one that hangs. It knows nothing about text.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    /// <inheritdoc/>
    public FaultSnapshot? TakeSnapshot()
    {
        if (t_block is not { } block || block.Owner?.Executive != executive)
            return null;
        return SnapshotOfCaller(block);
    }

    // Of the guest code that called the routine in which the thread is; null when it is in none.
    private FaultSnapshot? SnapshotOfCaller(ThreadBlock block)
    {
        var frame = block.Word(ThreadBlock.GuestRsp);
        if (block.Word(ThreadBlock.HostRsp) == 0 || !block.IsOnStack(frame))
            return null;
        CONTEXT context = default;
        if (ImportFrame.TryRead(GuestStack.Of(block), frame, &context, out var number))
        {
            context.ContextFlags = WdmConstants.CONTEXT_FULL;
            return Make(block, &context, null, NameOfImport(number), null);
        }
        // Inside the dispatch of an exception.
        if (GuestMemory.Read<ulong>(frame) != (ulong)ThreadBlock.DispatchMarker)
            return null;
        context = *(CONTEXT*)GuestMemory.Read<nuint>(frame + 8);
        return Make(block, &context, null, null, null);
    }

    private FaultSnapshot Snapshot(
        ThreadBlock block, CONTEXT* context, EXCEPTION_RECORD* record, HostFaultException? wild) =>
        Make(block, context, *record, wild?.Routine, wild?.Original.ToString());

    private FaultSnapshot Make(
        ThreadBlock block, CONTEXT* context, EXCEPTION_RECORD? record, string? routine, string? exception)
    {
        var thread = block.Owner!;
        var stack = (nuint)context->Rsp;
        byte[] memory = [];
        if (block.IsOnStack(stack))
        {
            memory = new byte[block.StackEnd - stack];
            memory.AsSpan().Clear();
            GuestCopy.Read(stack, memory);
        }
        return new FaultSnapshot
        {
            Context = *context,
            Exception = record,
            ThreadId = thread.Id,
            ThreadName = thread.Name,
            Irql = thread.Irql,
            StackAddresses = Frames(block, context),
            StackPointer = stack,
            StackMemory = memory,
            Routine = routine,
            HostException = exception,
        };
    }

    private nuint[] Frames(ThreadBlock block, CONTEXT* context)
    {
        var frames = Walker.Walk(block, context).Where(frame => !frame.IsRoutine).Select(f => f.Address);
        return frames.FirstOrDefault() == context->Rip ? [.. frames] : [(nuint)context->Rip, .. frames];
    }
}
