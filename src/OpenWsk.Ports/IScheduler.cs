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

    /// <summary>Starts a thread of the world; <paramref name="body"/> must not throw.</summary>
    void StartThread(string name, Action body);

    /// <summary>
    /// Runs the item soon on a dispatcher thread, in the order of posting. An item is in one queue at most.
    /// </summary>
    void Post(DispatchItem item);

    /// <summary>Runs the item on a dispatcher thread when the clock reaches the deadline.</summary>
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

/// <summary>Wraps the running of every dispatch item.</summary>
public interface IDispatchFrame
{
    /// <summary>Runs the item, normally at DISPATCH_LEVEL.</summary>
    void Run(DispatchItem item);
}

/// <summary>
/// A piece of deferred work, the world's DPC. It is its own queue link, so posting allocates nothing.
/// </summary>
public abstract class DispatchItem
{
    /// <summary>Link of the scheduler that holds the item; nobody else touches it.</summary>
    public DispatchItem? NextInQueue { get; set; }

    /// <summary>Deadline of <see cref="IScheduler.PostAt"/>; the scheduler's own.</summary>
    public long DeadlineNs { get; set; }

    /// <summary>
    /// Place among the items that wait for their deadline, 0 for none; the scheduler's own.
    /// </summary>
    public int TimerPlace { get; set; }

    /// <summary>
    /// The frame to run in when the scheduler serves several worlds; null for the scheduler's own.
    /// </summary>
    public IDispatchFrame? Frame { get; set; }

    /// <summary>Does the work. Runs on a dispatcher thread.</summary>
    public abstract void Run();
}
