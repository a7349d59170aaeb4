// Cancel-safe queues: the driver keeps a list and a lock and says how to work with them; the routines here do
// what is hard to get right, the race between cancelling an IRP and taking it from the queue. IO_CSQ and
// IO_CSQ_IRP_CONTEXT lie in guest memory. It knows nothing about the driver's list.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl for cancel-safe queues.</summary>
public static class CsqRoutines
{
    // Offsets in IO_CSQ and in IO_CSQ_IRP_CONTEXT (wdm.h, x64), and the types at their starts.
    private const int Insert = 0x08;
    private const int Remove = 0x10;
    private const int Peek = 0x18;
    private const int Acquire = 0x20;
    private const int Release = 0x28;
    private const int CompleteCanceled = 0x30;
    private const int CsqBytes = 0x40;
    private const int ContextIrp = 0x08;
    private const int ContextCsq = 0x10;
    private const uint TypeContext = 1;
    private const uint TypeQueue = 2;
    private const uint TypeQueueEx = 3;

    private static Routine CancelRoutine { get; } =
        GeneratedRoutines.All.Single(r => r.Name == nameof(IopCsqCancelRoutine));

    /// <summary>Stores the driver's six routines in a queue.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IoCsqInitialize(
        Executive executive, nuint Csq, nuint CsqInsertIrp, nuint CsqRemoveIrp, nuint CsqPeekNextIrp,
        nuint CsqAcquireLock, nuint CsqReleaseLock, nuint CsqCompleteCanceledIrp) =>
        Initialize(
            Csq, TypeQueue,
            [CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp, CsqAcquireLock, CsqReleaseLock,
                CsqCompleteCanceledIrp]);

    /// <summary>IoCsqInitialize with an insert routine that may refuse.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static NTSTATUS IoCsqInitializeEx(
        Executive executive, nuint Csq, nuint CsqInsertIrp, nuint CsqRemoveIrp, nuint CsqPeekNextIrp,
        nuint CsqAcquireLock, nuint CsqReleaseLock, nuint CsqCompleteCanceledIrp) =>
        Initialize(
            Csq, TypeQueueEx,
            [CsqInsertIrp, CsqRemoveIrp, CsqPeekNextIrp, CsqAcquireLock, CsqReleaseLock,
                CsqCompleteCanceledIrp]);

    /// <summary>Queues an IRP and marks it pending.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static void IoCsqInsertIrp(Executive executive, nuint Csq, GuestPtr<IRP> Irp, nuint Context) =>
        IoCsqInsertIrpEx(executive, Csq, Irp, Context, 0);

    /// <summary>IoCsqInsertIrp that returns what the driver's insert routine says.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static NTSTATUS IoCsqInsertIrpEx(
        Executive executive, nuint Csq, GuestPtr<IRP> Irp, nuint Context, nuint InsertContext)
    {
        if (Context != 0)
        {
            GuestMemory.Write(Context, TypeContext);
            GuestMemory.Write(Context + ContextIrp, Irp.Address);
            GuestMemory.Write(Context + ContextCsq, Csq);
        }
        Irp.Value.DriverContext3 = Context != 0 ? Context : Csq;
        var irql = Lock(executive, Csq);
        IrpCompletion.MarkPending(Irp);
        var status = (NTSTATUS)(uint)Call(executive, Csq, Insert, [Csq, Irp.Address, InsertContext]);
        if (GuestMemory.Read<uint>(Csq) == TypeQueueEx && !status.IsSuccess())
        {
            Forget(Irp);
            Unlock(executive, Csq, irql);
            return status;
        }
        IrpCompletion.SetCancelRoutine(Irp, executive.Code.AddressOf(CancelRoutine));
        if (Volatile.Read(ref Irp.Value.Cancel) != 0 && IrpCompletion.SetCancelRoutine(Irp, 0) != 0)
        {
            Call(executive, Csq, Remove, [Csq, Irp.Address]);
            Forget(Irp);
            Unlock(executive, Csq, irql);
            Call(executive, Csq, CompleteCanceled, [Csq, Irp.Address]);
            return NTSTATUS.STATUS_SUCCESS;
        }
        Unlock(executive, Csq, irql);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Takes the next IRP that matches; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static GuestPtr<IRP> IoCsqRemoveNextIrp(Executive executive, nuint Csq, nuint PeekContext)
    {
        var irql = Lock(executive, Csq);
        var irp = new GuestPtr<IRP>((nuint)Call(executive, Csq, Peek, [Csq, 0, PeekContext]));
        // One whose cancel routine is gone is being cancelled by somebody who waits for the lock.
        while (!irp.IsNull && IrpCompletion.SetCancelRoutine(irp, 0) == 0)
            irp = new GuestPtr<IRP>((nuint)Call(executive, Csq, Peek, [Csq, irp.Address, PeekContext]));
        if (!irp.IsNull)
        {
            Call(executive, Csq, Remove, [Csq, irp.Address]);
            Forget(irp);
        }
        Unlock(executive, Csq, irql);
        return irp;
    }

    /// <summary>Takes the IRP that was queued with a context; NULL when it is gone.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static GuestPtr<IRP> IoCsqRemoveIrp(Executive executive, nuint Csq, nuint Context)
    {
        var irql = Lock(executive, Csq);
        var irp = new GuestPtr<IRP>(GuestMemory.Read<nuint>(Context + ContextIrp));
        if (!irp.IsNull && IrpCompletion.SetCancelRoutine(irp, 0) == 0)
            irp = default;
        if (!irp.IsNull)
        {
            Call(executive, Csq, Remove, [Csq, irp.Address]);
            Forget(irp);
        }
        Unlock(executive, Csq, irql);
        return irp;
    }

    /// <summary>The cancel routine of every queued IRP.</summary>
    [Export(Libraries.Internal, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static void IopCsqCancelRoutine(
        Executive executive, GuestPtr<DEVICE_OBJECT> DeviceObject, GuestPtr<IRP> Irp)
    {
        IrpCancellation.ReleaseLock(executive, Irp.Value.CancelIrql);
        var key = Irp.Value.DriverContext3;
        var csq = GuestMemory.Read<uint>(key) == TypeContext
            ? GuestMemory.Read<nuint>(key + ContextCsq)
            : key;
        var irql = Lock(executive, csq);
        Call(executive, csq, Remove, [csq, Irp.Address]);
        Forget(Irp);
        Unlock(executive, csq, irql);
        Call(executive, csq, CompleteCanceled, [csq, Irp.Address]);
    }

    private static NTSTATUS Initialize(nuint csq, uint type, ReadOnlySpan<nuint> routines)
    {
        GuestMemory.Span(csq, CsqBytes).FillGuest((byte)0);
        GuestMemory.Write(csq, type);
        for (var i = 0; i < routines.Length; i++)
            GuestMemory.Write(csq + Insert + (nuint)(8 * i), routines[i]);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static void Forget(GuestPtr<IRP> irp)
    {
        var key = irp.Value.DriverContext3;
        if (key != 0 && GuestMemory.Read<uint>(key) == TypeContext)
            GuestMemory.Write<nuint>(key + ContextIrp, 0);
        irp.Value.DriverContext3 = 0;
    }

    private static byte Lock(Executive executive, nuint csq)
    {
        var cell = executive.Heap.Allocate(1);
        try
        {
            Call(executive, csq, Acquire, [csq, cell]);
            return GuestMemory.Read<byte>(cell);
        }
        finally
        {
            executive.Heap.TryFree(cell);
        }
    }

    private static void Unlock(Executive executive, nuint csq, byte irql) =>
        Call(executive, csq, Release, [csq, irql]);

    private static ulong Call(Executive executive, nuint csq, int routine, ReadOnlySpan<ulong> arguments) =>
        executive.Code.Call(GuestMemory.Read<nuint>(csq + (nuint)routine), arguments);
}
