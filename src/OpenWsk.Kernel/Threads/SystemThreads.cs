// System threads: made by PsCreateSystemThread, ended by returning or by PsTerminateSystemThread, waited for
// by their object. It knows nothing about the host's threads: the scheduler starts them.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that make and end threads.</summary>
public static class SystemThreads
{
    /// <summary>Starts a thread in the system process.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL. Owns: the caller closes the handle.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive,
        Note = "every thread belongs to the system process, whatever ProcessHandle says")]
    public static NTSTATUS PsCreateSystemThread(
        Executive executive,
        GuestPtr<nuint> ThreadHandle,
        uint DesiredAccess,
        nuint ObjectAttributes,
        nuint ProcessHandle,
        GuestPtr<CLIENT_ID> ClientId,
        nuint StartRoutine,
        nuint StartContext)
    {
        if (ThreadHandle.IsNull || StartRoutine == 0)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var id = executive.NextThreadId();
        var record = new ThreadRecord(id);
        var threadObject = KernelThread.MakeObject(executive, record);
        ThreadHandle.Value = executive.Handles.Open(threadObject);
        if (!ClientId.IsNull)
            ClientId.Value = new CLIENT_ID { UniqueProcess = Executive.SystemProcessId,
                UniqueThread = (nuint)id };
        var name = $"guest thread {id}";
        executive.GuestThreads.OnMade(id, name);
        if (executive.Observes(KernelEventKind.Created))
            executive.Emit(KernelEvents.Created("thread", threadObject));
        executive.Scheduler.StartThread(name, () =>
            Run(executive, record, name, threadObject, StartRoutine, StartContext));
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>PsCreateSystemThread for a driver or a device, which stays while the thread runs.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL. Owns: the caller closes the handle.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive,
        Note = "the image of a running thread is never unmapped, with or without IoObject")]
    public static NTSTATUS IoCreateSystemThread(
        Executive executive,
        nuint IoObject,
        GuestPtr<nuint> ThreadHandle,
        uint DesiredAccess,
        nuint ObjectAttributes,
        nuint ProcessHandle,
        GuestPtr<CLIENT_ID> ClientId,
        nuint StartRoutine,
        nuint StartContext) =>
        PsCreateSystemThread(
            executive, ThreadHandle, DesiredAccess, ObjectAttributes, ProcessHandle, ClientId, StartRoutine,
            StartContext);

    /// <summary>Ends the calling thread; does not return to it.</summary>
    /// <remarks>Errors: STATUS_INVALID_PARAMETER when the guest did not make the calling thread.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS PsTerminateSystemThread(Executive executive, NTSTATUS ExitStatus) =>
        executive.CurrentThread.IsGuestMade
            ? throw new ThreadTerminatedException(ExitStatus)
            : NTSTATUS.STATUS_INVALID_PARAMETER;

    private static void Run(
        Executive executive,
        ThreadRecord record,
        string name,
        nuint threadObject,
        nuint routine,
        nuint context)
    {
        var thread = KernelThread.Adopt(executive, record, threadObject);
        thread.Name = name;
        var status = NTSTATUS.STATUS_SUCCESS;
        try
        {
            executive.Code.Call(routine, [context]);
        }
        catch (ThreadTerminatedException e)
        {
            status = e.Status;
        }
        catch (GuestUnwindException)
        {
            // The guest was stopped, which was reported where it happened.
        }
        finally
        {
            record.ExitStatus = status;
            EndContained(executive, thread);
        }
    }

    // The thread's object is guest memory, and so are the blocks of those who wait for it.
    private static void EndContained(Executive executive, KernelThread thread)
    {
        try
        {
            executive.FollowGuest(() =>
            {
                End(executive, thread);
                return true;
            });
        }
        catch (GuestStoppedException)
        {
            // Reported there.
        }
    }

    // Whoever waits for the thread may take the world down, so the guest's view of the thread ends before the
    // signal and nothing after it needs guest memory to be there.
    private static void End(Executive executive, KernelThread thread)
    {
        executive.Apcs.RunDown(thread);
        CheckDebts(executive, thread);
        if (executive.Observes(KernelEventKind.Destroyed))
            executive.Emit(KernelEvents.Destroyed("thread", thread.Object));
        executive.Objects.Reference(thread.Object);
        executive.ForgetThread(thread);
        executive.Waits.Signal(thread.Object, 1);
        executive.GuestThreads.OnEnded(thread.Id);
        executive.Objects.Dereference(thread.Object);
        KernelThread.Detach(executive);
    }

    // What Windows looks at when a thread ends. A stopped guest's threads leave with everything they had.
    private static void CheckDebts(Executive executive, KernelThread thread)
    {
        if (executive.StopReason is not null)
            return;
        if (thread.Irql != Irql.Passive)
            executive.Breach("IRQL", $"{thread.Name} ends at {Irql.Name(thread.Irql)}");
        if (executive.Waits.AbandonMutants(thread) is var mutex && mutex != 0)
            executive.BugCheck(new BugCheck(BugCheckCode.THREAD_TERMINATE_HELD_MUTEX, thread.Object, mutex)
            {
                Detail = $"{thread.Name} ends while it owns the mutex at 0x{(ulong)mutex:x}",
            });
        else if (thread.AreApcsDisabled)
            executive.BugCheck(new BugCheck(
                BugCheckCode.KERNEL_APC_PENDING_DURING_EXIT, 0,
                (ulong)(thread.CriticalRegions + thread.GuardedRegions), thread.Irql)
            {
                Detail = $"{thread.Name} ends in a critical or guarded region",
            });
    }
}
