// Where C# goes on when WSK has something for it: on the thread pool, or, while WskHost.Run runs a program,
// on that program's own thread, or, where the host was made so, right on the dispatcher that completed the
// call. The second makes async code part of a simulated world, where only threads of
// the world may call anything, and of its repeatable order. It knows nothing about what is continued.
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>Runs continuations of one host.</summary>
internal sealed class Continuations
{
    private readonly Lock _lock = new();
    private readonly Queue<IThreadPoolWorkItem> _queue = new();
    private IParker? _runner;

    /// <summary>Where calls that have completed continue.</summary>
    public WskContinuations Place { get; set; }

    /// <summary>Continues what awaits a call that has completed; on the thread that completed it.</summary>
    public void PostCompletion(IThreadPoolWorkItem item, Executive executive)
    {
        if (Place == WskContinuations.Dispatcher && executive.Scheduler.CurrentProcessor >= 0
            && Volatile.Read(ref _runner) is null)
            RunHere(item, executive.CurrentThread);
        else
            Post(item);
    }

    // A program may call from its continuation what PASSIVE_LEVEL allows, as it may on the thread pool.
    private static void RunHere(IThreadPoolWorkItem item, KernelThread thread)
    {
        var irql = thread.Irql;
        thread.Irql = Irql.Passive;
        try
        {
            item.Execute();
        }
        finally
        {
            thread.Irql = irql;
        }
    }

    /// <summary>Runs the item soon, from any thread; allocates nothing.</summary>
    public void Post(IThreadPoolWorkItem item)
    {
        IParker? runner;
        lock (_lock)
        {
            runner = _runner;
            if (runner is not null)
                _queue.Enqueue(item);
        }
        if (runner is null)
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        else
            runner.Unpark();
    }

    /// <summary>Runs an async program, with everything that continues, on the calling thread.</summary>
    public void Run(IScheduler scheduler, Func<Task> program)
    {
        var parker = scheduler.CurrentParker;
        lock (_lock)
        {
            if (_runner is not null)
                throw new InvalidOperationException("A program runs on this host already.");
            _runner = parker;
        }
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var task = program();
            while (!task.IsCompleted)
            {
                if (TryTake(out var item))
                    item.Execute();
                else
                    parker.Park(IParker.Never);
            }
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
            lock (_lock)
                _runner = null;
            while (TryTake(out var left))
                left.Execute();
        }
    }

    private bool TryTake(out IThreadPoolWorkItem item)
    {
        lock (_lock)
            return _queue.TryDequeue(out item!);
    }
}
