// A piece of work that a world's dispatcher runs later, made once and posted often. It knows nothing about
// who runs it: see IScheduler.cs.
namespace OpenWsk.Ports;

/// <summary>
/// A piece of deferred work, the world's DPC. It is its own queue link, so posting allocates nothing.
/// </summary>
public abstract class DispatchItem
{
    /// <summary>Link of the one queue that holds the item; nobody else touches it.</summary>
    public DispatchItem? NextInQueue { get; set; }

    /// <summary>Deadline of <see cref="IScheduler.PostAt"/>; the scheduler's own.</summary>
    public long DeadlineNs { get; set; }

    /// <summary>
    /// Place among the items that wait for their deadline, 0 for none; the scheduler's own.
    /// </summary>
    public int TimerPlace { get; set; }

    /// <summary>
    /// Index of the dispatcher that runs the item. Not to be changed while the item is posted.
    /// </summary>
    public int Processor { get; set; }

    /// <summary>
    /// The frame to run in when the scheduler serves several worlds; null for the scheduler's own.
    /// </summary>
    public IDispatchFrame? Frame { get; set; }

    /// <summary>Does the work. Runs on a dispatcher thread.</summary>
    public abstract void Run();
}
