// Events, semaphores and mutexes as drivers call them. It knows nothing about waiting: see WaitRoutines.cs.
// The objects lie in guest memory; WaitService.cs changes their states.
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
    public static int KeSetEvent(Executive executive, GuestPtr<KEVENT> Event, int Increment, byte Wait) =>
        executive.Waits.SetEvent(Event.Address) ? 1 : 0;

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
    public static int KePulseEvent(Executive executive, GuestPtr<KEVENT> Event, int Increment, byte Wait) =>
        executive.Waits.PulseEvent(Event.Address) ? 1 : 0;

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
    /// <remarks>
    /// Errors: the count stays when the limit forbids the change. Divergence from Windows: there the
    /// exception STATUS_SEMAPHORE_LIMIT_EXCEEDED is raised; here the guest is stopped, since exceptions are
    /// not dispatched.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch,
        Note = "a count above the limit stops the driver instead of raising STATUS_SEMAPHORE_LIMIT_EXCEEDED")]
    public static int KeReleaseSemaphore(
        Executive executive, GuestPtr<KSEMAPHORE> Semaphore, int Increment, int Adjustment, byte Wait)
    {
        var was = executive.Waits.ReleaseSemaphore(Semaphore.Address, Adjustment);
        return was >= 0
            ? was
            : throw executive.Stop(
                $"KeReleaseSemaphore of {Semaphore}: STATUS_SEMAPHORE_LIMIT_EXCEEDED is raised");
    }

    /// <summary>The semaphore's count.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReadStateSemaphore(Executive executive, GuestPtr<KSEMAPHORE> Semaphore) =>
        Volatile.Read(ref DispatcherObject.State(Semaphore.Address));

    /// <summary>Makes a mutex that nobody owns.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeInitializeMutex(Executive executive, GuestPtr<KMUTANT> Mutex, uint Level) =>
        DispatcherObject.Initialize<KMUTANT>(Mutex.Address, KOBJECTS.MutantObject, 1);

    /// <summary>Gives a mutex back and returns its old state: 0 when it was held once.</summary>
    /// <remarks>
    /// Errors: bug check 0x11 when the caller does not own it, as Windows raises an exception.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Dispatch,
        Note = "a caller that is not the owner is stopped instead of getting STATUS_MUTANT_NOT_OWNED raised")]
    public static int KeReleaseMutex(Executive executive, GuestPtr<KMUTANT> Mutex, byte Wait) =>
        executive.Waits.TryReleaseMutex(Mutex.Address, out var was)
            ? was
            : throw executive.BugCheck(
                BugCheckCode.THREAD_NOT_MUTEX_OWNER,
                $"the mutex at {Mutex} is released by a thread that does not own it");

    /// <summary>1 when nobody owns the mutex.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Dispatch)]
    public static int KeReadStateMutex(Executive executive, GuestPtr<KMUTANT> Mutex) =>
        Volatile.Read(ref DispatcherObject.State(Mutex.Address));
}
