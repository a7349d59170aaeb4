// Timers as drivers call them. It knows nothing about when they run: see TimerService.cs; DPCs are in
// DpcRoutines.cs, executive timers in ExTimerRoutines.cs. Due times are those of waits: negative from now,
// else a system time, in units of 100 ns.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Timer routines of ntoskrnl.</summary>
public static class TimerRoutines
{
    /// <summary>Makes a notification timer.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeTimer(Executive executive, GuestPtr<KTIMER> Timer) =>
        KeInitializeTimerEx(executive, Timer, 0);

    /// <summary>Makes a notification (0) or synchronization (1) timer.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeTimerEx(Executive executive, GuestPtr<KTIMER> Timer, int Type) =>
        DispatcherObject.Initialize<KTIMER>(
            Timer.Address,
            Type == 0 ? KOBJECTS.TimerNotificationObject : KOBJECTS.TimerSynchronizationObject,
            0);

    /// <summary>Arms a timer; returns whether it was armed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeSetTimer(Executive executive, GuestPtr<KTIMER> Timer, long DueTime, nuint Dpc) =>
        Set(executive, Timer, DueTime, 0, Dpc);

    /// <summary>Arms a timer that fires again after each period; returns whether it was armed.</summary>
    /// <remarks>Units: DueTime 100 ns, Period milliseconds.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeSetTimerEx(
        Executive executive, GuestPtr<KTIMER> Timer, long DueTime, uint Period, nuint Dpc) =>
        Set(executive, Timer, DueTime, Period, Dpc);

    /// <summary>KeSetTimerEx that may be late, and is not here.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeSetCoalescableTimer(
        Executive executive,
        GuestPtr<KTIMER> Timer,
        long DueTime,
        uint Period,
        uint TolerableDelay,
        nuint Dpc) =>
        Set(executive, Timer, DueTime, Period, Dpc);

    /// <summary>Disarms a timer; returns whether it was armed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeCancelTimer(Executive executive, GuestPtr<KTIMER> Timer) =>
        executive.Timers.Cancel(Timer.Address) ? (byte)1 : (byte)0;

    /// <summary>Whether the timer has fired since it was armed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeReadStateTimer(Executive executive, GuestPtr<KTIMER> Timer) =>
        Volatile.Read(ref DispatcherObject.State(Timer.Address)) != 0 ? (byte)1 : (byte)0;

    private static byte Set(
        Executive executive, GuestPtr<KTIMER> timer, long dueTime, uint periodMs, nuint dpc)
    {
        var deadlineNs = Timeout.DeadlineNs(executive.Clock, dueTime);
        return executive.Timers.Set(timer.Address, deadlineNs, periodMs, dpc) ? (byte)1 : (byte)0;
    }
}
