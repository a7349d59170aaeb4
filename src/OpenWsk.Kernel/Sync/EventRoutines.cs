// Events and semaphores as drivers call them. It knows nothing about waiting: see WaitRoutines.cs.
// The objects lie in guest memory; WaitService.cs changes their states. Mutexes are in MutexRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that make and signal dispatcher objects.</summary>
public static class EventRoutines
{
    /// <summary>Makes an event.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeEvent(
        Executive executive, GuestPtr<KEVENT> Event, EVENT_TYPE Type, byte State) =>
        DispatcherObject.Initialize<KEVENT>(
            Event.Address,
            Type == EVENT_TYPE.NotificationEvent
                ? KOBJECTS.EventNotificationObject
                : KOBJECTS.EventSynchronizationObject,
            State != 0 ? 1 : 0);

    /// <summary>Signals an event and returns its old state.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeSetEvent(Executive executive, GuestPtr<KEVENT> Event, int Increment, byte Wait)
    {
        var was = executive.Waits.SetEvent(Event.Address) ? 1 : 0;
        PromiseWait(executive, Wait);
        return was;
    }

    /// <summary>Signals an event, and tells which thread went on.</summary>
    /// <remarks>
    /// Divergence from Windows: the host schedules, so no thread is boosted and none is told.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void KeSetEventBoostPriority(
        Executive executive, GuestPtr<KEVENT> Event, GuestPtr<nuint> Thread) =>
        executive.Waits.SetEvent(Event.Address);

    /// <summary>Takes the signal away and returns the old state.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeResetEvent(Executive executive, GuestPtr<KEVENT> Event) =>
        executive.Waits.ResetEvent(Event.Address) ? 1 : 0;

    /// <summary>Takes the signal away.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static void KeClearEvent(Executive executive, GuestPtr<KEVENT> Event) =>
        executive.Waits.ResetEvent(Event.Address);

    /// <summary>Lets go who waits now and leaves the event unsignalled; returns its old state.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KePulseEvent(Executive executive, GuestPtr<KEVENT> Event, int Increment, byte Wait)
    {
        var was = executive.Waits.PulseEvent(Event.Address) ? 1 : 0;
        PromiseWait(executive, Wait);
        return was;
    }

    /// <summary>Whether the event is signalled.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReadStateEvent(Executive executive, GuestPtr<KEVENT> Event) =>
        Volatile.Read(ref DispatcherObject.State(Event.Address));

    /// <summary>Makes a semaphore.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeSemaphore(
        Executive executive, GuestPtr<KSEMAPHORE> Semaphore, int Count, int Limit)
    {
        DispatcherObject.Initialize<KSEMAPHORE>(Semaphore.Address, KOBJECTS.SemaphoreObject, Count);
        Semaphore.Value.Limit = Limit;
    }

    /// <summary>Adds to the count and returns the old one.</summary>
    /// <remarks>Errors: STATUS_SEMAPHORE_LIMIT_EXCEEDED is raised and the count stays.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReleaseSemaphore(
        Executive executive, GuestPtr<KSEMAPHORE> Semaphore, int Increment, int Adjustment, byte Wait)
    {
        var was = executive.Waits.ReleaseSemaphore(Semaphore.Address, Adjustment);
        if (was < 0)
            throw new GuestRaiseException(NTSTATUS.STATUS_SEMAPHORE_LIMIT_EXCEEDED);
        PromiseWait(executive, Wait);
        return was;
    }

    /// <summary>The semaphore's count.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReadStateSemaphore(Executive executive, GuestPtr<KSEMAPHORE> Semaphore) =>
        Volatile.Read(ref DispatcherObject.State(Semaphore.Address));

    /// <summary>
    /// Wait = TRUE: the caller waits next, and nothing comes between. Until then it is at DISPATCH_LEVEL.
    /// </summary>
    internal static void PromiseWait(Executive executive, byte wait)
    {
        var thread = executive.CurrentThread;
        if (wait == 0 || thread.WaitNextIrql is not null)
            return;
        thread.WaitNextIrql = thread.Irql;
        thread.Irql = Math.Max(thread.Irql, Irql.Dispatch);
    }
}
