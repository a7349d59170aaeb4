// Waiting as drivers call it: for one object, for several, for time. It knows nothing about objects' states.
// Alertable waits end when the thread is alerted; calls of kernel mode interrupt them: ../Apcs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Waiting routines of ntoskrnl.</summary>
public static class WaitRoutines
{
    // MAXIMUM_WAIT_OBJECTS and THREAD_WAIT_OBJECTS of wdm.h.
    private const uint ObjectsMax = 64;
    private const uint ObjectsMaxWithoutBlocks = 3;

    /// <summary>Waits for one dispatcher object.</summary>
    /// <remarks>
    /// IRQL: &lt;= APC_LEVEL, or &lt;= DISPATCH_LEVEL with a timeout of zero. Errors: STATUS_TIMEOUT.
    /// Rules: IRQL-14.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static NTSTATUS KeWaitForSingleObject(
        Executive executive,
        nuint Object,
        int WaitReason,
        byte WaitMode,
        byte Alertable,
        GuestPtr<long> Timeout) =>
        executive.Waits.Wait(
            Object, Kernel.Timeout.DeadlineNs(executive.Clock, Timeout), ModeOf(Alertable, WaitMode));

    /// <summary>KeWaitForSingleObject under the name that it has for mutexes.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static NTSTATUS KeWaitForMutexObject(
        Executive executive,
        nuint Mutex,
        int WaitReason,
        byte WaitMode,
        byte Alertable,
        GuestPtr<long> Timeout) =>
        KeWaitForSingleObject(executive, Mutex, WaitReason, WaitMode, Alertable, Timeout);

    /// <summary>Waits for one (WaitAny) or all (WaitAll) of several dispatcher objects.</summary>
    /// <remarks>
    /// Errors: STATUS_TIMEOUT; STATUS_WAIT_0 plus the index of the object that ended the wait.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch, Class = CallClass.Blocking)]
    public static NTSTATUS KeWaitForMultipleObjects(
        Executive executive,
        uint Count,
        GuestPtr<nuint> Object,
        int WaitType,
        int WaitReason,
        byte WaitMode,
        byte Alertable,
        GuestPtr<long> Timeout,
        nuint WaitBlockArray)
    {
        if (Count == 0 || Count > (WaitBlockArray == 0 ? ObjectsMaxWithoutBlocks : ObjectsMax))
            throw executive.BugCheck(
                BugCheckCode.MAXIMUM_WAIT_OBJECTS_EXCEEDED,
                $"KeWaitForMultipleObjects for {Count} objects");
        Span<nuint> objects = stackalloc nuint[(int)Count];
        for (var i = 0; i < objects.Length; i++)
            objects[i] = Object.At(i).Value;
        const int waitAll = 0;
        return executive.Waits.Wait(
            objects,
            WaitType == waitAll,
            Kernel.Timeout.DeadlineNs(executive.Clock, Timeout),
            ModeOf(Alertable, WaitMode));
    }

    /// <summary>Lets time pass; a zero interval gives the processor away.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc, Class = CallClass.Blocking)]
    public static NTSTATUS KeDelayExecutionThread(
        Executive executive, byte WaitMode, byte Alertable, GuestPtr<long> Interval) =>
        executive.Waits.Delay(
            Kernel.Timeout.DeadlineNs(executive.Clock, Interval), ModeOf(Alertable, WaitMode));

    /// <summary>Ends the alertable wait of a thread; returns whether it was alerted already.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeAlertThread(Executive executive, nuint Thread, byte AlertMode)
    {
        var thread = executive.Threads.FirstOrDefault(t => t.Object == Thread);
        return thread is not null && executive.Waits.Alert(thread, AlertMode) ? (byte)1 : (byte)0;
    }

    /// <summary>Takes the calling thread's alert away; returns whether there was one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static byte KeTestAlertThread(Executive executive, byte AlertMode) =>
        executive.Waits.TestAlert(AlertMode) ? (byte)1 : (byte)0;

    private static byte? ModeOf(byte alertable, byte mode) => alertable == 0 ? null : mode;
}
