// System worker threads: they run work items at PASSIVE_LEVEL, in the order of queueing, several at a time. A
// thread is started when there is work and ends when there is none, so an idle world has no threads of ours.
// It knows nothing about the structures that drivers queue: see WorkItemRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>One piece of queued work.</summary>
public readonly record struct QueuedWork(nuint Routine, nuint Argument1, nuint Argument2, nuint Argument3)
{
    /// <summary>The stack that queued it: a number of <see cref="StackLog"/>.</summary>
    public int QueuedStack { get; init; }
}

/// <summary>The system worker threads of one world.</summary>
public sealed class WorkerService
{
    // Enough that one item that waits for another does not stop the world; Windows grows its pools likewise.
    private const int WorkersMax = 8;
    private readonly Executive _executive;
    private readonly Lock _gate = new();
    private readonly Queue<QueuedWork> _waiting = new();
    private readonly List<QueuedWork> _running = [];
    private int _workers;

    internal WorkerService(Executive executive) => _executive = executive;

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
    public void Queue(QueuedWork work)
    {
        int number;
        work = work with { QueuedStack = _executive.Pool.CaptureStack() };
        lock (_gate)
        {
            _waiting.Enqueue(work);
            if (_workers == WorkersMax || _workers - _running.Count >= _waiting.Count)
                return;
            number = ++_workers;
        }
        _executive.Scheduler.StartThread($"system worker {number}", Work);
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
        if (thread.Irql == Irql.Passive)
            return;
        _executive.Breach("IRQL", $"a work item's routine returned at {Irql.Name(thread.Irql)}");
        thread.Irql = Irql.Passive;
    }
}
