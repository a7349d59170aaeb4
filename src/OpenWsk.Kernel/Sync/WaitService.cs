// Waiting for dispatcher objects and signalling them, in guest memory, for all threads of a world. One gate
// guards every signal state and every queue; it is never held while a thread parks, and satisfying a wait
// hands the object over under it, so nobody can snatch an event between its signal and the waiter's waking.
// It knows nothing about which routine a driver called: see EventRoutines.cs, WaitRoutines.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Kernel;

/// <summary>Waits and signals.</summary>
public sealed partial class WaitService
{
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly WaitQueues _queues = new();

    internal WaitService(Executive executive)
    {
        _executive = executive;
        executive.Stopped += WakeEveryThread;
    }

    /// <summary>Waits for one object.</summary>
    /// <remarks>
    /// IRQL: &lt; DISPATCH_LEVEL, or with a deadline that has passed &lt;= DISPATCH_LEVEL. Units: nanoseconds
    /// of IClock.NowNs; IParker.Never for no deadline, 0 to look only. Errors: STATUS_TIMEOUT at the
    /// deadline; GuestStoppedException when the guest is stopped, or at DISPATCH_LEVEL. Rules: IRQL-14 is
    /// reported.
    /// </remarks>
    public NTSTATUS Wait(nuint dispatcherObject, long deadlineNs, byte? alertableMode = null) =>
        Wait([dispatcherObject], false, deadlineNs, alertableMode);

    /// <summary>
    /// Waits for one or for all of some objects; success is STATUS_WAIT_0 plus the index of the one.
    /// </summary>
    public NTSTATUS Wait(
        ReadOnlySpan<nuint> objects, bool isForAll, long deadlineNs, byte? alertableMode = null)
    {
        _executive.ThrowIfStopped();
        var thread = _executive.CurrentThread;
        KeepPromise(thread);
        while (true)
        {
            // What runs on the thread may wait itself, so the wait ends for it and begins anew.
            if (thread.Record.HasApcs)
                _executive.Apcs.Deliver(thread);
            var status = WaitOnce(thread, objects, isForAll, deadlineNs, alertableMode);
            if (status != NTSTATUS.STATUS_KERNEL_APC)
                return status;
        }
    }

    // STATUS_KERNEL_APC when there is a call to be made on the thread first.
    private NTSTATUS WaitOnce(
        KernelThread thread, ReadOnlySpan<nuint> objects, bool isForAll, long deadlineNs, byte? alertableMode)
    {
        var isOnlyLook = deadlineNs <= 0;
        if (!isOnlyLook && thread.Irql >= Irql.Dispatch)
            throw RefuseAtDispatch(thread.Irql);
        var waiter = thread.Waiter;
        lock (_gate)
        {
            waiter.Begin(objects, isForAll);
            if (TryTake(waiter))
            {
                waiter.End();
                return waiter.Status;
            }
            if (TakeAlert(thread, alertableMode))
            {
                waiter.End();
                return NTSTATUS.STATUS_ALERTED;
            }
            isOnlyLook |= deadlineNs <= _executive.Clock.NowNs;
            if (isOnlyLook)
                waiter.End();
            else
                _queues.Enter(waiter);
        }
        if (!isOnlyLook)
            return ParkUntilSatisfied(waiter, deadlineNs, alertableMode);

        // A driver that looks again and again must not keep those from running who bring what it looks for.
        if (thread.Irql < Irql.Dispatch)
            thread.Parker.Park(_executive.Clock.NowNs);
        return NTSTATUS.STATUS_TIMEOUT;
    }

    /// <summary>
    /// Lets time pass; a deadline that has passed lets other threads run. Units: nanoseconds.
    /// </summary>
    public NTSTATUS Delay(long deadlineNs, byte? alertableMode = null)
    {
        if (deadlineNs > _executive.Clock.NowNs)
        {
            var status = Wait([], false, deadlineNs, alertableMode);
            return status == NTSTATUS.STATUS_ALERTED ? status : NTSTATUS.STATUS_SUCCESS;
        }
        _executive.ThrowIfStopped();
        _executive.CurrentThread.Parker.Park(_executive.Clock.NowNs);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>Signals an event; returns whether it was signalled.</summary>
    public bool SetEvent(nuint kevent) => Signal(kevent, 1);

    /// <summary>Takes an event's signal away; returns whether it was signalled.</summary>
    public bool ResetEvent(nuint kevent)
    {
        lock (_gate)
        {
            ref var state = ref DispatcherObject.State(kevent);
            var was = state;
            state = 0;
            return was != 0;
        }
    }

    /// <summary>Lets go who waits for the event at this moment and leaves it unsignalled.</summary>
    public bool PulseEvent(nuint kevent)
    {
        lock (_gate)
        {
            ref var state = ref DispatcherObject.State(kevent);
            var was = state;
            state = 1;
            Satisfy(kevent);
            state = 0;
            return was != 0;
        }
    }

    /// <summary>Adds to a semaphore's count and returns the old one; -1 when the limit forbids it.</summary>
    internal int ReleaseSemaphore(nuint semaphore, int adjustment)
    {
        lock (_gate)
        {
            ref var state = ref DispatcherObject.State(semaphore);
            var was = state;
            var now = (long)was + adjustment;
            if (adjustment <= 0 || now > GuestMemory.Ref<KSEMAPHORE>(semaphore).Limit)
                return -1;
            state = (int)now;
            Satisfy(semaphore);
            return was;
        }
    }

    /// <summary>
    /// Sets an object's signal state and lets go whom it satisfies; returns whether it was signalled.
    /// </summary>
    internal bool Signal(nuint target, int signalState)
    {
        lock (_gate)
        {
            ref var state = ref DispatcherObject.State(target);
            var was = state;
            state = signalState;
            Satisfy(target);
            return was != 0;
        }
    }

    private NTSTATUS ParkUntilSatisfied(Waiter waiter, long deadlineNs, byte? alertableMode)
    {
        var (isAlerted, isInterrupted) = (false, false);
        try
        {
            while (!waiter.IsSatisfied)
            {
                _executive.ThrowIfStopped();
                if (deadlineNs != IParker.Never && _executive.Clock.NowNs >= deadlineNs)
                    break;
                if (TakeAlert(waiter, alertableMode))
                {
                    isAlerted = true;
                    break;
                }
                isInterrupted = _executive.Apcs.IsDue(waiter.Thread);
                if (isInterrupted)
                    break;
                waiter.Parker.Park(deadlineNs);
            }
        }
        finally
        {
            // Whoever satisfies the wait takes the thread out of the queues; otherwise it leaves by itself.
            lock (_gate)
            {
                if (!waiter.IsSatisfied)
                    _queues.Leave(waiter);
            }
        }
        if (waiter.IsSatisfied)
            return waiter.Status;
        return isAlerted ? NTSTATUS.STATUS_ALERTED
            : isInterrupted ? NTSTATUS.STATUS_KERNEL_APC
            : NTSTATUS.STATUS_TIMEOUT;
    }

    // Lets go, in the order of their waiting, the threads that the object's state satisfies.
    private void Satisfy(nuint target)
    {
        var block = _queues.FirstOf(target);
        while (block is not null && DispatcherObject.State(target) > 0)
        {
            var waiter = block.Waiter;
            if (!TryTake(waiter))
            {
                block = block.Next;
                continue;
            }
            _queues.Leave(waiter);
            waiter.IsSatisfied = true;
            waiter.Parker.Unpark();
            // A thread may wait for one object in several places, so all links are looked up anew.
            block = _queues.FirstOf(target);
        }
    }

    private static bool TryTake(Waiter waiter) => waiter.IsForAll ? TryTakeAll(waiter) : TryTakeAny(waiter);

    private static bool TryTakeAny(Waiter waiter)
    {
        for (var i = 0; i < waiter.Count; i++)
        {
            var target = waiter.Block(i).Object;
            if (!DispatcherObject.IsSignaledFor(target, waiter.Thread))
                continue;
            waiter.IsAbandoned = DispatcherObject.Take(target, waiter.Thread);
            waiter.SatisfiedIndex = i;
            return true;
        }
        return false;
    }

    private static bool TryTakeAll(Waiter waiter)
    {
        for (var i = 0; i < waiter.Count; i++)
        {
            if (!DispatcherObject.IsSignaledFor(waiter.Block(i).Object, waiter.Thread))
                return false;
        }
        for (var i = 0; i < waiter.Count; i++)
            waiter.IsAbandoned |= DispatcherObject.Take(waiter.Block(i).Object, waiter.Thread);
        waiter.SatisfiedIndex = 0;
        return true;
    }

    private GuestStoppedException RefuseAtDispatch(byte irql)
    {
        _executive.Breach("IRQL-14", $"a wait with a non-zero timeout at {Irql.Name(irql)}");
        return _executive.BugCheck(
            BugCheckCode.ATTEMPTED_SWITCH_FROM_DPC, $"a wait with a non-zero timeout at {Irql.Name(irql)}");
    }

    private void WakeEveryThread()
    {
        foreach (var thread in _executive.Threads.OrderBy(t => t.Id))
            thread.Parker.Unpark();
    }
}
