// Timers and DPCs as drivers call them. It knows nothing about when they run: see TimerService.cs,
// DpcService.cs. Due times are those of waits: negative from now, else a system time, in units of 100 ns.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Timer and DPC routines of ntoskrnl.</summary>
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
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, Note = "runs at DISPATCH_LEVEL, as Windows may do")]
    public static void KeInitializeThreadedDpc(
        Executive executive, GuestPtr<KDPC> Dpc, nuint DeferredRoutine, nuint DeferredContext) =>
        KeInitializeDpc(executive, Dpc, DeferredRoutine, DeferredContext);

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

    /// <summary>Says on which processor a DPC runs, of which there is one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeSetTargetProcessorDpc(Executive executive, GuestPtr<KDPC> Dpc, sbyte Number)
    {
    }

    private static byte Set(
        Executive executive, GuestPtr<KTIMER> timer, long dueTime, uint periodMs, nuint dpc)
    {
        var deadlineNs = Timeout.DeadlineNs(executive.Clock, dueTime);
        return executive.Timers.Set(timer.Address, deadlineNs, periodMs, dpc) ? (byte)1 : (byte)0;
    }
}
