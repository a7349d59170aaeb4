// Queues that threads wait for (KQUEUE): entries in, entries out, first come first served. The signal state
// is the number of entries. It knows nothing about waiting: WaitService.cs.
// Divergence from Windows: the queue's limit of threads that run at a time is not kept; each thread that
// waits gets the next entry.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Queue routines of ntoskrnl.</summary>
public static class QueueRoutines
{
    private const int SignalOffset = 4;
    private const int EntriesOffset = 24;
    private const int LimitOffset = 44;
    private const int ThreadsOffset = 48;
    private const int QueueBytes = 64;

    // What a queue that was run down tells every thread that still waits: enough for all of them.
    private const int RunDown = int.MaxValue / 2;

    /// <summary>Makes an empty queue.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, Class = CallClass.Local, Note = "Count is not kept")]
    public static void KeInitializeQueue(Executive executive, nuint Queue, uint Count)
    {
        GuestMemory.Span(Queue, QueueBytes).Clear();
        DispatcherObject.InitializeHeader(Queue, KOBJECTS.QueueObject, 0, QueueBytes);
        GuestLists.Initialize(Queue + EntriesOffset);
        GuestLists.Initialize(Queue + ThreadsOffset);
        var processors = ProcessorRoutines.KeQueryActiveProcessorCount(executive, default);
        GuestMemory.Write(Queue + LimitOffset, Count == 0 ? processors : Count);
    }

    /// <summary>Number of entries.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReadStateQueue(Executive executive, nuint Queue) =>
        GuestMemory.Read<int>(Queue + SignalOffset);

    /// <summary>Adds an entry at the end; returns how many there were.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeInsertQueue(Executive executive, nuint Queue, nuint Entry) =>
        executive.Waits.InsertEntry(Queue, Queue + EntriesOffset, Entry, isAtEnd: true);

    /// <summary>Adds an entry at the begin; returns how many there were.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeInsertHeadQueue(Executive executive, nuint Queue, nuint Entry) =>
        executive.Waits.InsertEntry(Queue, Queue + EntriesOffset, Entry, isAtEnd: false);

    /// <summary>Takes the first entry, which it waits for.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL with a timeout of zero, else &lt; DISPATCH_LEVEL. Errors, in the place of
    /// an entry's address: STATUS_TIMEOUT; STATUS_ABANDONED when the queue was run down.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static nuint KeRemoveQueue(Executive executive, nuint Queue, byte WaitMode, GuestPtr<long> Timeout)
    {
        var status = executive.Waits.Wait(Queue, Kernel.Timeout.DeadlineNs(executive.Clock, Timeout));
        if (status != NTSTATUS.STATUS_SUCCESS)
            return (nuint)(uint)status;
        var entry = executive.Waits.TakeEntry(Queue + EntriesOffset);
        return entry != 0 ? entry : (nuint)(uint)NTSTATUS.STATUS_ABANDONED_WAIT_0;
    }

    /// <summary>
    /// Ends a queue: returns its first entry, with the others linked to it in a ring, or NULL.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint KeRundownQueue(Executive executive, nuint Queue) =>
        executive.Waits.RunDownEntries(Queue, Queue + EntriesOffset, RunDown);
}
