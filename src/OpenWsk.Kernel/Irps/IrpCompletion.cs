// What a driver does with an IRP on its way down and up: takes a stack location, marks it pending, completes
// it. The WSK provider calls this directly, drivers call it by IofCompleteRequest: there is one walk for
// both. An IRP may lie in any guest memory, and after a routine that asks for it back nothing here touches it
// again. It knows nothing about allocation (IrpRoutines.cs) and about cancelling (IrpCancellation.cs).
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Kernel;

/// <summary>Sends and completes IRPs.</summary>
public static class IrpCompletion
{
    /// <summary>
    /// Stores the outcome and completes the IRP, calling completion routines from the current location up.
    /// </summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL; routines run at the caller's level.
    /// Owns: the IRP is the guest's again when its routine has run; never touch it after this call.
    /// Errors: GuestStoppedException for bug checks 0x44 (completed twice) and 0x48 (a cancel routine is
    /// still set). Rules: IRP-08, IRP-20, IRP-26, IRP-37, IRP-38.
    /// </remarks>
    public static void Complete(Executive x, GuestPtr<IRP> irp, NTSTATUS status, nuint information)
    {
        irp.Value.IoStatus.Status = status;
        irp.Value.IoStatus.Information = information;
        CompleteAsStored(x, irp);
    }

    /// <summary>The same for an IRP that its holder has looked up already.</summary>
    public static void Complete(
        Executive x, GuestPtr<IRP> irp, TrackedIrp tracked, NTSTATUS status, nuint information)
    {
        ref var io = ref irp.Value.IoStatus;
        io.Status = status;
        io.Information = information;
        CompleteTracked(x, irp, tracked);
    }

    /// <summary>Completes the IRP with the outcome that is already in IoStatus.</summary>
    public static void CompleteAsStored(Executive x, GuestPtr<IRP> irp) =>
        CompleteTracked(x, irp, x.Irps.Find(irp));

    private static void CompleteTracked(Executive x, GuestPtr<IRP> irp, TrackedIrp? tracked)
    {
        ref var r = ref irp.Value;
        if (r.Type != IO_TYPE_IRP || r.CurrentLocation > r.StackCount + 1)
            throw x.BugCheck(
                BugCheckCode.MULTIPLE_IRP_COMPLETE_REQUESTS,
                $"the IRP at {irp} is completed, but it is no IRP under way");
        if (r.CancelRoutine != 0)
            throw x.BugCheck(
                BugCheckCode.CANCEL_STATE_IN_COMPLETED_IRP,
                $"the IRP at {irp} is completed while its cancel routine "
                + $"0x{(ulong)r.CancelRoutine:x} is set");
        var before = x.Irps.OnCompleting(tracked, irp);
        if (r.CurrentLocation > r.StackCount)
            CheckUnsent(x, irp, before);
        var thread = x.CurrentThread;
        thread.Ended++;
        thread.Flight?.Begin(
            FlightRecord.Describe(KernelEventKind.IrpCompleted, 3, thread.Irql),
            irp.Address, (uint)r.IoStatus.Status, r.IoStatus.Information);
        if (x.Observes(KernelEventKind.IrpCompleted))
            x.Emit(KernelEvents.IrpCompleted(irp.Address, r.IoStatus.Status, r.IoStatus.Information));
        Walk(x, irp);
    }

    /// <summary>Takes the IRP's next stack location for the routine that was called with it.</summary>
    /// <remarks>
    /// Errors: NULL when the IRP has no location left or is no initialised IRP; the caller reports IRP-02 or
    /// IRP-05. Rules: IRP-18 (completion routine, context and control bits stay), IRP-03 and IRP-39 are
    /// reported here.
    /// </remarks>
    public static GuestPtr<IO_STACK_LOCATION> Claim(Executive x, GuestPtr<IRP> irp) =>
        Claim(x, irp, null);

    /// <summary>The same for an IRP that its holder has looked up already.</summary>
    public static GuestPtr<IO_STACK_LOCATION> Claim(Executive x, GuestPtr<IRP> irp, TrackedIrp? tracked)
    {
        ref var r = ref irp.Value;
        if (r.Type != IO_TYPE_IRP || r.CurrentLocation <= 1 || r.CurrentLocation > r.StackCount + 1)
            return default;
        var before = x.Irps.OnSent(
            tracked ?? x.Irps.FindOrAdd(irp), x.CurrentThread, x.Pool.CaptureStack());
        if (before.WasCompleted)
            x.Breach("IRP-03", $"the IRP at {irp} was completed before and is sent again without IoReuseIrp");
        if (before.IsInFlight && r.CurrentLocation > r.StackCount && !x.Io.IsOwn(irp))
            x.Breach("IRP-39", $"the IRP at {irp} is sent while it is pending elsewhere");
        r.CurrentLocation--;
        r.CurrentStackLocation = r.CurrentStackLocation.At(-1);
        return r.CurrentStackLocation;
    }

    /// <summary>
    /// IoMarkIrpPending for the current location: the caller is about to return STATUS_PENDING.
    /// </summary>
    public static void MarkPending(GuestPtr<IRP> irp) =>
        irp.Value.CurrentStackLocation.Value.Control |= SL_PENDING_RETURNED;

    /// <summary>
    /// IoSetCancelRoutine: exchanges the cancel routine atomically and returns the old one.
    /// </summary>
    public static nuint SetCancelRoutine(GuestPtr<IRP> irp, nuint routine) =>
        Interlocked.Exchange(ref irp.Value.CancelRoutine, routine);

    // Nobody holds a location of this IRP. One that was completed before is completed twice; one that never
    // was sent is the driver's own, and Windows would go on to finish it as if the I/O manager had made it.
    private static void CheckUnsent(Executive x, GuestPtr<IRP> irp, in IrpRecord before)
    {
        if (before.WasCompleted || !before.IsAllocated)
            throw x.BugCheck(
                BugCheckCode.MULTIPLE_IRP_COMPLETE_REQUESTS, $"the IRP at {irp} is completed a second time");
        x.Breach("IRP-11", $"the IRP at {irp} is completed by its owner, who never sent it");
    }

    private static void Walk(Executive x, GuestPtr<IRP> irp)
    {
        ref var r = ref irp.Value;
        while (true)
        {
            var location = r.CurrentStackLocation;
            r.CurrentLocation++;
            r.CurrentStackLocation = location.At(1);
            if (r.CurrentLocation > r.StackCount + 1)
                break;
            var taken = location.Value;
            r.PendingReturned = (byte)(taken.Control & SL_PENDING_RETURNED);
            location.Value = default;
            if (IsWanted(taken.Control, ref r))
            {
                if (CallRoutine(x, irp, taken) == NTSTATUS.STATUS_MORE_PROCESSING_REQUIRED)
                    return;
            }
            else if (r.PendingReturned != 0 && r.CurrentLocation <= r.StackCount)
            {
                MarkPending(irp);
            }
        }
        if (x.Io.TryFinish(irp))
            return;
        // Divergence from Windows: there the I/O manager would write UserIosb and set UserEvent of what it
        // takes for its own IRP, through pointers that the driver never set.
        x.Breach("IRP-07", $"no completion routine kept the IRP at {irp}, which has no I/O manager above it");
    }

    private static bool IsWanted(byte control, ref IRP r) =>
        r.IoStatus.Status.IsSuccess() && (control & SL_INVOKE_ON_SUCCESS) != 0
        || !r.IoStatus.Status.IsSuccess() && (control & SL_INVOKE_ON_ERROR) != 0
        || r.Cancel != 0 && (control & SL_INVOKE_ON_CANCEL) != 0;

    private static NTSTATUS CallRoutine(Executive x, GuestPtr<IRP> irp, in IO_STACK_LOCATION taken)
    {
        ref var r = ref irp.Value;
        var device = r.CurrentLocation <= r.StackCount ? r.CurrentStackLocation.Value.DeviceObject : 0;
        ref var irqlAfter = ref x.CurrentThread.Irql;
        var irql = irqlAfter;
        var status = (NTSTATUS)(uint)x.Code.Call(taken.CompletionRoutine,
            [device, irp.Address, taken.Context]);
        if (irqlAfter != irql)
        {
            x.Breach("IRQL", $"a completion routine was called at {Irql.Name(irql)} "
                + $"and returned at {Irql.Name(irqlAfter)}");
            irqlAfter = irql;
        }
        return status;
    }
}
