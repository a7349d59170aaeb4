// How a file operation tells its caller: status block, event, APC routine. It knows nothing about the
// operation. An APC routine of kernel code is called as soon as the request has completed and the level
// allows it, which is at once for a file.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Ends file operations.</summary>
internal static class FileCompletion
{
    /// <summary>Ends an operation that is done, and returns its status.</summary>
    public static NTSTATUS Finish(
        Executive executive, IoOutcome outcome, GuestPtr<IO_STATUS_BLOCK> block, nuint kevent,
        nuint apcRoutine, nuint apcContext)
    {
        if (!block.IsNull)
            block.Value = new IO_STATUS_BLOCK { Status = outcome.Status, Information = outcome.Information };
        if (kevent != 0)
        {
            executive.Waits.SetEvent(kevent);
            executive.Objects.Dereference(kevent);
        }
        if (apcRoutine != 0 && !outcome.Status.IsError())
            executive.Code.Call(apcRoutine, [apcContext, block.Address, 0]);
        return outcome.Status;
    }

    /// <summary>What a device's request does when it is done.</summary>
    public static IoNotice NoticeOf(
        Executive executive, GuestPtr<IO_STATUS_BLOCK> block, nuint kevent, nuint apcRoutine,
        nuint apcContext) => new()
        {
            StatusBlock = block.Address,
            Event = kevent,
            Callback = apcRoutine == 0 ? null : _ => CallApc(executive, block, apcRoutine, apcContext),
        };

    private static void CallApc(
        Executive executive, GuestPtr<IO_STATUS_BLOCK> block, nuint routine, nuint context)
    {
        if (executive.CurrentThread.Irql == Irql.Passive)
            executive.Code.Call(routine, [context, block.Address, 0]);
        else
            executive.Workers.Queue(new QueuedWork(routine, context, block.Address, 0, 0));
    }
}
