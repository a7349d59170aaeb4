// Who am I: current thread, process, processor, and the settings of a thread that change nothing here because
// the host schedules. It knows nothing about starting threads.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Thread and process routines of ntoskrnl.</summary>
public static class ThreadRoutines
{
    private const string NoScheduling = "the host schedules; nothing changes";

    /// <summary>The calling thread's object.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint KeGetCurrentThread(Executive executive) => executive.CurrentThread.Object;

    /// <summary>The calling thread's object.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint PsGetCurrentThread(Executive executive) => executive.CurrentThread.Object;

    /// <summary>The calling thread's id.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint PsGetCurrentThreadId(Executive executive) => (nuint)executive.CurrentThread.Id;

    /// <summary>The id of the process that the calling thread belongs to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint PsGetCurrentProcessId(Executive executive) => executive.CurrentThread.ProcessId;

    /// <summary>The process of the calling thread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint IoGetCurrentProcess(Executive executive) => executive.SystemProcess;

    /// <summary>The process of the calling thread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint PsGetCurrentProcess(Executive executive) => executive.SystemProcess;

    /// <summary>The id of a process.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint PsGetProcessId(Executive executive, nuint Process) => Executive.SystemProcessId;

    /// <summary>The id of a thread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint PsGetThreadId(Executive executive, nuint Thread)
    {
        foreach (var thread in executive.Threads)
        {
            if (thread.Object == Thread)
                return (nuint)thread.Id;
        }
        return 0;
    }

    /// <summary>Whether the thread is a system thread: all are.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte PsIsSystemThread(Executive executive, nuint Thread) => 1;

    /// <summary>Sets the priority and returns the old one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static int KeSetPriorityThread(Executive executive, nuint Thread, int Priority)
    {
        foreach (var thread in executive.Threads)
        {
            if (thread.Object != Thread)
                continue;
            var old = thread.Priority;
            thread.Priority = Priority;
            return old;
        }
        return Priority;
    }

    /// <summary>The priority of a thread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static int KeQueryPriorityThread(Executive executive, nuint Thread)
    {
        foreach (var thread in executive.Threads)
        {
            if (thread.Object == Thread)
                return thread.Priority;
        }
        return 0;
    }

    /// <summary>Sets the increment of the base priority and returns the old one, 0.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static int KeSetBasePriorityThread(Executive executive, nuint Thread, int Increment) => 0;

    /// <summary>Binds the calling thread to processors.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static void KeSetSystemAffinityThread(Executive executive, nuint Affinity)
    {
    }

    /// <summary>Ends KeSetSystemAffinityThread.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch, Note = NoScheduling)]
    public static void KeRevertToUserAffinityThread(Executive executive)
    {
    }

    /// <summary>Number of processors: one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryActiveProcessorCount(Executive executive, GuestPtr<nuint> ActiveProcessors)
    {
        if (!ActiveProcessors.IsNull)
            ActiveProcessors.Value = 1;
        return 1;
    }

    /// <summary>Number of processors of a group: one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryActiveProcessorCountEx(Executive executive, ushort GroupNumber) => 1;

    /// <summary>Number of processors that a group can have: one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryMaximumProcessorCountEx(Executive executive, ushort GroupNumber) => 1;

    /// <summary>The processor that runs the caller: number 0.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeGetCurrentProcessorNumberEx(
        Executive executive, GuestPtr<PROCESSOR_NUMBER> ProcNumber)
    {
        if (!ProcNumber.IsNull)
            ProcNumber.Value = default;
        return 0;
    }

    /// <summary>Keeps normal kernel APCs away, of which there are none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeEnterCriticalRegion(Executive executive)
    {
    }

    /// <summary>Ends KeEnterCriticalRegion.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeLeaveCriticalRegion(Executive executive)
    {
    }

    /// <summary>Keeps all APCs away, of which there are none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeEnterGuardedRegion(Executive executive)
    {
    }

    /// <summary>Ends KeEnterGuardedRegion.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Local)]
    public static void KeLeaveGuardedRegion(Executive executive)
    {
    }

    /// <summary>Whether all APCs are disabled, which they need not be.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static byte KeAreAllApcsDisabled(Executive executive) => 0;

    /// <summary>Whether APCs are disabled, which they need not be.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Local)]
    public static byte KeAreApcsDisabled(Executive executive) => 0;
}
