// Cancelling: the one cancel spin lock of a world and IoCancelIrp. A cancel routine is entered with the lock
// held at DISPATCH_LEVEL and gives it back with the level in Irp.CancelIrql, as Windows has it; so must our
// own routines. It knows nothing about what a cancel routine does.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Cancels IRPs.</summary>
public static class IrpCancellation
{
    /// <summary>Takes the cancel spin lock and returns the level to go back to.</summary>
    public static byte AcquireLock(Executive x)
    {
        ref var irql = ref x.CurrentThread.Irql;
        var old = irql;
        irql = Math.Max(old, Irql.Dispatch);
        x.SpinLocks.Acquire(x.CancelSpinLock);
        return old;
    }

    /// <summary>Gives the cancel spin lock back and lowers the level.</summary>
    public static void ReleaseLock(Executive x, byte irql)
    {
        x.SpinLocks.Release(x.CancelSpinLock);
        x.CurrentThread.Irql = irql;
    }

    /// <summary>Cancels an IRP: sets Cancel and runs the cancel routine, if there is one.</summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL; the cancel routine runs at DISPATCH_LEVEL with the cancel spin lock held,
    /// and must release it with Irp.CancelIrql. Rules: IRP-31.
    /// </remarks>
    public static bool Cancel(Executive x, GuestPtr<IRP> irp)
    {
        var irql = AcquireLock(x);
        ref var r = ref irp.Value;
        Volatile.Write(ref r.Cancel, 1);
        var routine = IrpCompletion.SetCancelRoutine(irp, 0);
        if (routine == 0)
        {
            ReleaseLock(x, irql);
            return false;
        }
        r.CancelIrql = irql;
        var device = r.CurrentLocation <= r.StackCount ? r.CurrentStackLocation.Value.DeviceObject : 0;
        x.Code.Call(routine, [device, irp.Address]);
        return true;
    }

    /// <summary>Sets Cancel and calls the driver's cancel routine.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static byte IoCancelIrp(Executive executive, GuestPtr<IRP> Irp) =>
        Cancel(executive, Irp) ? (byte)1 : (byte)0;

    /// <summary>Takes the cancel spin lock; the old level is stored in Irql.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = OpenWsk.Kernel.Irql.Dispatch,
        Class = CallClass.Blocking)]
    public static void IoAcquireCancelSpinLock(Executive executive, GuestPtr<byte> Irql) =>
        Irql.Value = AcquireLock(executive);

    /// <summary>Gives the cancel spin lock back.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = OpenWsk.Kernel.Irql.Dispatch)]
    public static void IoReleaseCancelSpinLock(
        Executive executive, byte Irql) => ReleaseLock(executive, Irql);
}
