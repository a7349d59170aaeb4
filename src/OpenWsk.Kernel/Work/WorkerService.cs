// System worker threads: they run work items at PASSIVE_LEVEL, in the order of queueing, several at a time. A
// thread is started when there is work and ends when there is none, so an idle world has no threads of ours.
// It knows nothing about the structures that drivers queue: see WorkItemRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>One piece of queued work.</summary>
public readonly record struct QueuedWork(
    nuint Routine, nuint Argument1, nuint Argument2, nuint Argument3, nuint Item)
{
    /// <summary>The stack that queued it: a number of <see cref="StackLog"/>.</summary>
    public int QueuedStack { get; init; }
}

/// <summary>The system worker threads of one world.</summary>
public sealed class WorkerService : IEndingWatch
{
    // Enough that one item that waits for another does not stop the world; Windows grows its pools likewise.
    private const int WorkersMax = 8;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Queue<QueuedWork> _waiting = new();
    private readonly List<QueuedWork> _running = [];
    private readonly HashSet<nuint> _queued = [];
    private int _workers;

    internal WorkerService(Executive executive)
    {
        _executive = executive;
        executive.AddEndingWatch(this);
    }

    /// <summary>Work that no thread has taken yet.</summary>
    public IReadOnlyList<QueuedWork> Waiting
    {
        get
        {
            lock (_gate)
                return [.. _waiting];
        }
    }

    /// <summary>Work whose routine has not returned yet.</summary>
    public IReadOnlyList<QueuedWork> Running
    {
        get
        {
            lock (_gate)
                return [.. _running];
        }
    }

    /// <summary>Number of items that wait or run.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count + _running.Count;
        }
    }

    /// <summary>Queues work; a worker is started when none is free for it.</summary>
    /// <remarks>Errors: bug check 0xE4 when the item is in the queue already.</remarks>
    public void Queue(QueuedWork work)
    {
        if (!TryQueue(work))
            throw Invalid(1, work.Item, "is queued while it is in the queue");
    }

    /// <summary>Queues work unless its item is in the queue already.</summary>
    public bool TryQueue(QueuedWork work)
    {
        int number;
        work = work with { QueuedStack = _executive.Pool.CaptureStack() };
        lock (_gate)
        {
            // Work of ours lies in no structure of a driver's, and may wait more than once.
            if (work.Item != 0 && !_queued.Add(work.Item))
                return false;
            _waiting.Enqueue(work);
            if (_workers == WorkersMax || _workers - _running.Count >= _waiting.Count)
                return true;
            number = ++_workers;
        }
        _executive.Scheduler.StartThread($"system worker {number}", Work);
        return true;
    }

    /// <summary>Makes sure that an item which ends is not in the queue.</summary>
    /// <remarks>Errors: bug check 0xE4 when it is.</remarks>
    internal void RequireNotQueued(nuint item)
    {
        lock (_gate)
        {
            if (!_queued.Contains(item))
                return;
        }
        throw Invalid(0, item, "ends while it is in the queue");
    }

    /// <summary>Memory that is freed may not hold an item that waits for its turn.</summary>
    void IEndingWatch.OnFreeing(GuestRange memory)
    {
        nuint inside = 0;
        lock (_gate)
        {
            foreach (var item in _queued)
                inside = memory.Contains(item) ? item : inside;
        }
        if (inside != 0)
            throw Invalid(0, inside, "lies in memory that is freed while it is in the queue");
    }

    private void Work()
    {
        while (TryTake(out var work))
        {
            try
            {
                RunOne(work);
            }
            finally
            {
                lock (_gate)
                    _running.Remove(work);
            }
        }
        KernelThread.Detach(_executive);
    }

    private bool TryTake(out QueuedWork work)
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out work))
            {
                _queued.Remove(work.Item);
                _running.Add(work);
                return true;
            }
            _workers--;
            return false;
        }
    }

    private void RunOne(in QueuedWork work)
    {
        var thread = _executive.CurrentThread;
        try
        {
            _executive.ThrowIfStopped();
            _executive.Code.Call(work.Routine, [work.Argument1, work.Argument2, work.Argument3]);
        }
        catch (GuestUnwindException)
        {
            // The guest was stopped; the report has been made where it happened.
        }
        CheckDebts(thread, work);
        thread.Irql = Irql.Passive;
        thread.CriticalRegions = 0;
        thread.GuardedRegions = 0;
    }

    // What Windows looks at behind each work item. A stopped guest's threads leave with everything they had.
    private void CheckDebts(KernelThread thread, in QueuedWork work)
    {
        if (_executive.StopReason is not null)
            return;
        if (thread.Irql != Irql.Passive)
        {
            var detail = $"a work item's routine returned at {Irql.Name(thread.Irql)}";
            _executive.Breach("IRQL", detail);
            _executive.BugCheck(new BugCheck(
                BugCheckCode.WORKER_THREAD_RETURNED_AT_BAD_IRQL, work.Routine, thread.Irql, work.Argument1)
            {
                Detail = detail,
            });
        }
        else if (_executive.Waits.FindOwnedMutant(thread) is var mutex && mutex != 0)
        {
            _executive.BugCheck(new BugCheck(
                BugCheckCode.SYSTEM_EXIT_OWNED_MUTEX, work.Routine, work.Argument1, work.Item)
            {
                Detail = $"a work item's routine returned with the mutex at 0x{(ulong)mutex:x}",
            });
        }
        else if (thread.AreApcsDisabled)
        {
            _executive.Breach("LOCK", "a work item's routine returned in a critical or guarded region");
        }
    }

    private GuestStoppedException Invalid(ulong kind, nuint item, string what) =>
        _executive.BugCheck(new BugCheck(BugCheckCode.WORKER_INVALID, kind, item)
        {
            Detail = $"the work item at 0x{(ulong)item:x} {what}",
        });
}
