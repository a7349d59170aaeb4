// Who am I, and who is that: threads and processes by object and id. It knows nothing about starting threads
// (SystemThreads.cs) nor about their priorities and processors (SchedulingRoutines.cs, ProcessorRoutines.cs).
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Thread and process routines of ntoskrnl.</summary>
public static class ThreadRoutines
{
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

    /// <summary>The id of a thread; 0 when it is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint PsGetThreadId(Executive executive, nuint Thread) =>
        (nuint)(ThreadRecord.Of(executive, Thread)?.Id ?? 0);

    /// <summary>The id of the process that a thread belongs to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint PsGetThreadProcessId(Executive executive, nuint Thread) => Executive.SystemProcessId;

    /// <summary>The process that a thread belongs to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint IoThreadToProcess(Executive executive, nuint Thread) => executive.SystemProcess;

    /// <summary>The process that a thread belongs to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static nuint PsGetThreadProcess(Executive executive, nuint Thread) => executive.SystemProcess;

    /// <summary>The status that a thread ended with; STATUS_PENDING while it runs.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static NTSTATUS PsGetThreadExitStatus(Executive executive, nuint Thread) =>
        ThreadRecord.Of(executive, Thread)?.ExitStatus ?? NTSTATUS.STATUS_PENDING;

    /// <summary>Whether a thread has ended or is about to.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static byte PsIsThreadTerminating(Executive executive, nuint Thread) =>
        PsGetThreadExitStatus(executive, Thread) == NTSTATUS.STATUS_PENDING ? (byte)0 : (byte)1;

    /// <summary>The object of a thread that has an id, with a reference.</summary>
    /// <remarks>
    /// Owns: the caller dereferences it. Errors: STATUS_INVALID_PARAMETER when there is none.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static NTSTATUS PsLookupThreadByThreadId(
        Executive executive, nuint ThreadId, GuestPtr<nuint> Thread)
    {
        foreach (var thread in executive.Threads)
        {
            if ((nuint)thread.Id != ThreadId || executive.Objects.Reference(thread.Object) == 0)
                continue;
            Thread.Value = thread.Object;
            return NTSTATUS.STATUS_SUCCESS;
        }
        return NTSTATUS.STATUS_INVALID_PARAMETER;
    }

    /// <summary>Whether the thread is a system thread: all are.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte PsIsSystemThread(Executive executive, nuint Thread) => 1;
}
