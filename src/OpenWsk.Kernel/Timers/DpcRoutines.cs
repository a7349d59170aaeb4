// DPCs as drivers call them, and calls on every processor, of which there is one. It knows nothing about
// when a DPC runs: see DpcService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>DPC routines of ntoskrnl.</summary>
public static class DpcRoutines
{
    // ThreadedDpcObject of KOBJECTS, and what marks a processor in KDPC.Number (public symbols of x64).
    private const byte ThreadedDpcObject = 24;
    private const ushort TargetSet = 0x500;

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
    public static void KeSetTargetProcessorDpc(Executive executive, GuestPtr<KDPC> Dpc, sbyte Number) =>
        Dpc.Value.Number = (ushort)(TargetSet + Number);

    /// <summary>Says on which processor a DPC runs.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when there is no such processor.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS KeSetTargetProcessorDpcEx(
        Executive executive, GuestPtr<KDPC> Dpc, GuestPtr<PROCESSOR_NUMBER> ProcNumber)
    {
        if (ProcNumber.Value is not { Group: 0, Number: 0, Reserved: 0 })
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        Dpc.Value.Number = TargetSet;
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

    /// <summary>Runs a routine at DISPATCH_LEVEL on every processor and waits for all.</summary>
    /// <remarks>IRQL: &lt; DISPATCH_LEVEL. The routine ends with KeSignalCallDpcDone.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static void KeGenericCallDpc(Executive executive, nuint Routine, nuint Context)
    {
        // A KDPC, and behind it the count of processors that are not done.
        const int countOffset = 64;
        var block = executive.Heap.Allocate(countOffset + sizeof(long));
        var count = block + countOffset;
        var thread = executive.CurrentThread;
        var old = thread.Irql;
        try
        {
            KeInitializeDpc(executive, new GuestPtr<KDPC>(block), Routine, Context);
            GuestMemory.Write(count, 1L);
            thread.Irql = Irql.Dispatch;
            executive.Code.Call(Routine, [block, Context, count, count]);
            if (GuestMemory.Read<long>(count) != 0)
                executive.Breach(
                    "PARAMETER", "a routine of KeGenericCallDpc returned without KeSignalCallDpcDone");
        }
        finally
        {
            thread.Irql = old;
            executive.Heap.TryFree(block);
        }
    }

    /// <summary>Says that the processor is done with a KeGenericCallDpc.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeSignalCallDpcDone(Executive executive, GuestPtr<long> SystemArgument1) =>
        Interlocked.Decrement(ref SystemArgument1.Value);

    /// <summary>Waits until every processor has come here; TRUE for one of them.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte KeSignalCallDpcSynchronize(Executive executive, nuint SystemArgument2) => 1;

    /// <summary>Runs a routine at IPI_LEVEL on every processor; returns what the caller's returned.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint KeIpiGenericCall(Executive executive, nuint BroadcastFunction, nuint Context)
    {
        // IPI_LEVEL of x64.
        const byte ipiLevel = 14;
        var thread = executive.CurrentThread;
        var old = thread.Irql;
        thread.Irql = Math.Max(old, ipiLevel);
        try
        {
            return (nuint)executive.Code.Call(BroadcastFunction, [Context]);
        }
        finally
        {
            thread.Irql = old;
        }
    }
}
