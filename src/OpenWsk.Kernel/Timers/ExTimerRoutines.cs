// Executive timers as drivers call them. Due times are those of waits: negative from now, else a system time;
// periods too are in units of 100 ns. High resolution and waking the machine change nothing here. It knows
// nothing about callbacks: see ExTimerService.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Executive timer routines of ntoskrnl.</summary>
public static class ExTimerRoutines
{
    // EX_TIMER_NOTIFICATION of wdm.h.
    private const uint Notification = 1u << 31;

    /// <summary>Makes a timer with a callback, which may be NULL.</summary>
    /// <remarks>Owns: the driver deletes it with ExDeleteTimer.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static nuint ExAllocateTimer(
        Executive executive, nuint Callback, nuint CallbackContext, uint Attributes) =>
        executive.ExTimers.Allocate(Callback, CallbackContext, (Attributes & Notification) != 0);

    /// <summary>Arms a timer; returns whether it was armed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte ExSetTimer(
        Executive executive,
        nuint Timer,
        long DueTime,
        long Period,
        GuestPtr<EXT_SET_PARAMETERS> Parameters) =>
        executive.ExTimers.Set(Timer, DueTime, Period) ? (byte)1 : (byte)0;

    /// <summary>Disarms a timer; returns whether its callback will not be called for it.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte ExCancelTimer(Executive executive, nuint Timer, nuint Parameters) =>
        executive.ExTimers.Cancel(Timer) ? (byte)1 : (byte)0;

    /// <summary>Deletes a timer; returns whether it was armed.</summary>
    /// <remarks>IRQL: &lt;= APC_LEVEL when it waits for the callback.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static byte ExDeleteTimer(
        Executive executive,
        nuint Timer,
        byte Cancel,
        byte Wait,
        GuestPtr<EXT_DELETE_PARAMETERS> Parameters)
    {
        // Waiting for a timer that goes on firing could last for ever.
        if (Wait != 0 && Cancel == 0)
            executive.Breach("PARAMETER", "ExDeleteTimer with Wait and without Cancel");
        var (callback, context) = Parameters.IsNull
            ? (0, 0)
            : (Parameters.Value.DeleteCallback, Parameters.Value.DeleteContext);
        return executive.ExTimers.Delete(
            Timer, Cancel != 0 || Wait != 0, Wait != 0, callback, context) ? (byte)1 : (byte)0;
    }
}
