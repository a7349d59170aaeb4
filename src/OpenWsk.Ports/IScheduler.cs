// Threads, waiting and deferred work of a world. Kernel, Provider and the transports start no thread and
// wait for nothing except through this port, so a free-running and a deterministic world are the same code.
// It knows nothing about guest threads, IRQL or IRPs: the kernel puts those on top.
namespace OpenWsk.Ports;

/// <summary>Starts threads, parks them, and runs deferred work on the world's dispatcher.</summary>
public interface IScheduler
{
    /// <summary>
    /// The parker of the calling thread. Threads that <see cref="StartThread"/> did not start get one on
    /// first use, where the world allows foreign threads; otherwise this throws
    /// <see cref="InvalidOperationException"/>.
    /// </summary>
    IParker CurrentParker { get; }

    /// <summary>Number of dispatchers: the processors of the world.</summary>
    int ProcessorCount { get; }

    /// <summary>Index of the dispatcher whose thread is calling; -1 on every other thread.</summary>
    int CurrentProcessor { get; }

    /// <summary>Starts a thread of the world; <paramref name="body"/> must not throw.</summary>
    void StartThread(string name, Action body);

    /// <summary>
    /// Runs the item soon on the dispatcher that <see cref="DispatchItem.Processor"/> names. Items of one
    /// dispatcher run one at a time, in the order of posting. An item is in one queue at most.
    /// </summary>
    void Post(DispatchItem item);

    /// <summary>Runs the item on its dispatcher when the clock reaches the deadline.</summary>
    void PostAt(long deadlineNs, DispatchItem item);

    /// <summary>
    /// Takes an item given to <see cref="PostAt"/> back; false when it ran or is about to run.
    /// </summary>
    bool CancelPost(DispatchItem item);

    /// <summary>
    /// Says how items are run: the kernel raises IRQL and makes the thread a guest thread around each.
    /// </summary>
    void SetDispatchFrame(IDispatchFrame frame);
}

/// <summary>Blocks and wakes one thread. Holds at most one permit.</summary>
public interface IParker
{
    /// <summary>Value of a deadline that never comes.</summary>
    public const long Never = long.MaxValue;

    /// <summary>
    /// Blocks the calling thread, which must own this parker, until a permit is there (true) or the clock
    /// reaches <paramref name="deadlineNs"/> (false). May not be called while holding a lock that another
    /// thread needs.
    /// </summary>
    bool Park(long deadlineNs);

    /// <summary>Gives the permit, from any thread.</summary>
    void Unpark();
}

/// <summary>Wraps the running of dispatch items.</summary>
public interface IDispatchFrame
{
    /// <summary>Runs the item, normally at DISPATCH_LEVEL.</summary>
    void Run(DispatchItem item);

    /// <summary>Runs items until there is none, so that what surrounds them is paid once.</summary>
    void Run(IDispatchBatch batch)
    {
        while (batch.Next() is { } item)
        {
            Run(item);
        }
    }
}

/// <summary>The items that a dispatcher runs in one go.</summary>
public interface IDispatchBatch
{
    /// <summary>The item to run now, or null at the end. What was returned counts as run.</summary>
    DispatchItem? Next();
}
