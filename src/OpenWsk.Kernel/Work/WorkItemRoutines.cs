// Work items as drivers make and queue them: the I/O manager's, which belong to a device, and the
// executive's, which lie in the driver's memory. It knows nothing about worker threads: see WorkerService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Work item routines of ntoskrnl.</summary>
public static class WorkItemRoutines
{
    // An IO_WORKITEM is opaque; here its first word is the device or driver that it belongs to.
    private const int WorkItemBytes = 0x60;

    /// <summary>Makes a work item.</summary>
    /// <remarks>Owns: the driver frees it with IoFreeWorkItem.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint IoAllocateWorkItem(Executive executive, nuint DeviceObject)
    {
        var item = executive.Heap.Allocate(WorkItemBytes);
        GuestMemory.Write(item, DeviceObject);
        executive.Origins.Note(OriginKind.WorkItemObject, item);
        return item;
    }

    /// <summary>Frees a work item.</summary>
    /// <remarks>Errors: bug check 0xC2 when it is none.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoFreeWorkItem(Executive executive, nuint IoWorkItem)
    {
        executive.Workers.RequireNotQueued(IoWorkItem);
        if (!executive.Heap.TryFree(IoWorkItem))
            throw executive.BugCheck(
                BugCheckCode.BAD_POOL_CALLER,
                    $"IoFreeWorkItem of 0x{(ulong)IoWorkItem:x}, which is no work item");
        executive.Origins.Forget(OriginKind.WorkItemObject, IoWorkItem);
    }

    /// <summary>Size of a work item in a driver's memory. Units: bytes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint IoSizeofWorkItem(Executive executive) => WorkItemBytes;

    /// <summary>Makes a work item of memory of the driver's own.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoInitializeWorkItem(Executive executive, nuint IoObject, nuint IoWorkItem) =>
        GuestMemory.Write(IoWorkItem, IoObject);

    /// <summary>Ends IoInitializeWorkItem.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoUninitializeWorkItem(Executive executive, nuint IoWorkItem)
    {
        executive.Workers.RequireNotQueued(IoWorkItem);
        GuestMemory.Write(IoWorkItem, (nuint)0);
    }

    /// <summary>Queues a work item, whose routine gets the device and the context.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoQueueWorkItem(
        Executive executive, nuint IoWorkItem, nuint WorkerRoutine, int QueueType, nuint Context) =>
        executive.Workers.Queue(
            new QueuedWork(WorkerRoutine, GuestMemory.Read<nuint>(IoWorkItem), Context, 0, IoWorkItem));

    /// <summary>Queues a work item; FALSE when it is in the queue already.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte IoTryQueueWorkItem(
        Executive executive, nuint IoWorkItem, nuint WorkerRoutine, int QueueType, nuint Context) =>
        executive.Workers.TryQueue(new QueuedWork(
            WorkerRoutine, GuestMemory.Read<nuint>(IoWorkItem), Context, IoWorkItem, IoWorkItem))
            ? (byte)1
            : (byte)0;

    /// <summary>Queues a work item, whose routine gets the device, the context and the item.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void IoQueueWorkItemEx(
        Executive executive, nuint IoWorkItem, nuint WorkerRoutine, int QueueType, nuint Context) =>
        executive.Workers.Queue(
            new QueuedWork(
                WorkerRoutine, GuestMemory.Read<nuint>(IoWorkItem), Context, IoWorkItem, IoWorkItem));

    /// <summary>Queues an executive work item, whose routine gets its parameter.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void ExQueueWorkItem(
        Executive executive, GuestPtr<WORK_QUEUE_ITEM> WorkItem, int QueueType) =>
        executive.Workers.Queue(new QueuedWork(
            WorkItem.Value.WorkerRoutine, WorkItem.Value.Parameter, 0, 0, WorkItem.Address));
}
