// DPCs as drivers call them. It knows nothing about when a DPC runs (DpcService.cs) or about calls on every
// processor (EveryProcessorRoutines.cs).
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>DPC routines of ntoskrnl.</summary>
public static class DpcRoutines
{
    // ThreadedDpcObject of KOBJECTS.
    private const byte ThreadedDpcObject = 24;

    /// <summary>Makes a DPC.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeDpc(
        Executive executive, GuestPtr<KDPC> Dpc, nuint DeferredRoutine, nuint DeferredContext) =>
        Dpc.Value = new KDPC
        {
            Type = (byte)KOBJECTS.DpcObject,
            Importance = 1,
            DeferredRoutine = DeferredRoutine,
            DeferredContext = DeferredContext,
        };

    /// <summary>Makes a threaded DPC, which runs as an ordinary one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Note = "runs at DISPATCH_LEVEL, as Windows may do")]
    public static void KeInitializeThreadedDpc(
        Executive executive, GuestPtr<KDPC> Dpc, nuint DeferredRoutine, nuint DeferredContext)
    {
        KeInitializeDpc(executive, Dpc, DeferredRoutine, DeferredContext);
        Dpc.Value.Type = ThreadedDpcObject;
    }

    /// <summary>Queues a DPC; FALSE when it is queued already.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeInsertQueueDpc(
        Executive executive, GuestPtr<KDPC> Dpc, nuint SystemArgument1, nuint SystemArgument2) =>
        executive.Dpcs.Queue(Dpc.Address, SystemArgument1, SystemArgument2) ? (byte)1 : (byte)0;

    /// <summary>Takes a DPC out of the queue; FALSE when it is not in it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeRemoveQueueDpc(Executive executive, GuestPtr<KDPC> Dpc) =>
        executive.Dpcs.Remove(Dpc.Address) ? (byte)1 : (byte)0;

    /// <summary>Waits until the queued DPCs have run.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive, Class = CallClass.Blocking)]
    public static void KeFlushQueuedDpcs(Executive executive) => executive.Dpcs.Flush();

    /// <summary>Says how urgent a DPC is, which changes nothing.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeSetImportanceDpc(Executive executive, GuestPtr<KDPC> Dpc, int Importance) =>
        Dpc.Value.Importance = (byte)Importance;

    /// <summary>Says on which processor a DPC runs.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeSetTargetProcessorDpc(Executive executive, GuestPtr<KDPC> Dpc, sbyte Number)
    {
        if (Number >= 0 && Number < executive.ProcessorCount)
            Dpc.Value.Number = DpcService.Target(Number);
        else
            executive.Breach(
                "PARAMETER", $"KeSetTargetProcessorDpc to {Number}; there are {executive.ProcessorCount}");
    }

    /// <summary>Says on which processor a DPC runs.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such processor.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS KeSetTargetProcessorDpcEx(
        Executive executive, GuestPtr<KDPC> Dpc, GuestPtr<PROCESSOR_NUMBER> ProcNumber)
    {
        var processor = ProcessorRoutines.IndexOf(executive, ProcNumber.Value);
        if (processor < 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Dpc.Value.Number = DpcService.Target(processor);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes a DPC out of the queue, or waits until it has run.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static byte KeRemoveQueueDpcEx(Executive executive, GuestPtr<KDPC> Dpc, byte WaitIfActive)
    {
        var isRemoved = executive.Dpcs.Remove(Dpc.Address);
        if (!isRemoved && WaitIfActive != 0 && executive.CurrentThread.Irql < Irql.Dispatch)
            executive.Dpcs.Flush();
        return isRemoved ? (byte)1 : (byte)0;
    }
}
