// Priorities of threads and the processors that they are bound to: kept and given back as drivers set them.
// The host schedules, so they change nothing but the processor's number that a bound thread sees. It knows
// nothing about which processors there are: see ProcessorRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Scheduling routines of ntoskrnl.</summary>
public static class SchedulingRoutines
{
    private const string NoScheduling = "kept and given back; the host schedules";

    /// <summary>Sets the priority and returns the old one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static int KeSetPriorityThread(Executive executive, nuint Thread, int Priority)
    {
        // 0 is the zero page thread's; HIGH_PRIORITY is 31.
        if (Priority is < 1 or > 31)
            executive.Breach("PARAMETER", $"KeSetPriorityThread to {Priority}, which is not 1 to 31");
        if (ThreadRecord.Of(executive, Thread) is not { } record)
            return 0;
        var old = record.Priority;
        record.Priority = Priority;
        return old;
    }

    /// <summary>The priority of a thread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static int KeQueryPriorityThread(Executive executive, nuint Thread) =>
        ThreadRecord.Of(executive, Thread)?.Priority ?? 0;

    /// <summary>Sets the increment of the base priority and returns the old one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static int KeSetBasePriorityThread(Executive executive, nuint Thread, int Increment)
    {
        if (ThreadRecord.Of(executive, Thread) is not { } record)
            return 0;
        var old = record.BaseIncrement;
        record.Priority += Increment - old;
        record.BaseIncrement = Increment;
        return old;
    }

    /// <summary>The increment of the base priority.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static int KeQueryBasePriorityThread(Executive executive, nuint Thread) =>
        ThreadRecord.Of(executive, Thread)?.BaseIncrement ?? 0;

    /// <summary>Binds the calling thread to processors.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static void KeSetSystemAffinityThread(Executive executive, nuint Affinity) =>
        KeSetSystemAffinityThreadEx(executive, Affinity);

    /// <summary>Ends KeSetSystemAffinityThread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static void KeRevertToUserAffinityThread(Executive executive) =>
        executive.CurrentThread.Bind(0);

    /// <summary>
    /// Binds the calling thread to processors; returns what it was bound to, 0 for nothing.
    /// </summary>
    /// <remarks>A set without an active processor changes nothing.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static nuint KeSetSystemAffinityThreadEx(Executive executive, nuint Affinity)
    {
        var thread = executive.CurrentThread;
        var old = thread.Record.SystemAffinity;
        if ((Affinity & executive.ActiveProcessors) != 0)
            thread.Bind(Affinity & executive.ActiveProcessors);
        return old;
    }

    /// <summary>Binds the calling thread to what KeSetSystemAffinityThreadEx returned.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static void KeRevertToUserAffinityThreadEx(Executive executive, nuint Affinity) =>
        executive.CurrentThread.Bind(Affinity & executive.ActiveProcessors);

    /// <summary>Binds the calling thread to processors of a group; tells what it was bound to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static void KeSetSystemGroupAffinityThread(
        Executive executive, GuestPtr<GROUP_AFFINITY> Affinity, GuestPtr<GROUP_AFFINITY> PreviousAffinity)
    {
        var wanted = Affinity.Value;
        var isKnown = wanted is { Group: 0, Reserved0: 0, Reserved1: 0, Reserved2: 0 };
        var old = KeSetSystemAffinityThreadEx(executive, isKnown ? wanted.Mask : 0);
        if (!PreviousAffinity.IsNull)
            PreviousAffinity.Value = new GROUP_AFFINITY { Mask = old };
    }

    /// <summary>Binds the calling thread to what KeSetSystemGroupAffinityThread told.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static void KeRevertToUserGroupAffinityThread(
        Executive executive, GuestPtr<GROUP_AFFINITY> PreviousAffinity) =>
        KeRevertToUserAffinityThreadEx(executive, PreviousAffinity.Value.Mask);
}
