// What a dispatcher rests in when it has nothing to run, and whose completions it runs: the queue of finished
// operations that a kernel shares with one thread. It knows nothing about dispatchers. Next: IScheduler.cs.
namespace OpenWsk.Ports;

/// <summary>The completions of one dispatcher, and its rest.</summary>
/// <remarks>Made for each processor, used on the dispatcher's thread, but for <see cref="Wake"/>.</remarks>
public interface IProcessorLoop : IDisposable
{
    /// <summary>Called on the dispatcher's thread before everything else.</summary>
    void Begin();

    /// <summary>Whether completions wait to be run. Asked every turn, so it must be cheap.</summary>
    bool HasWork { get; }

    /// <summary>The item that runs a batch of completions; the dispatcher runs it in its frame.</summary>
    /// <remarks>What an exception of a stopped guest leaves undone goes on next turn.</remarks>
    DispatchItem Completions { get; }

    /// <summary>
    /// Hands what was queued to the kernel and fetches completions, without waiting; after a turn that left
    /// something to run.
    /// </summary>
    void Submit();

    /// <summary>
    /// Submits and waits in one call for a completion, a wake or the deadline.
    /// </summary>
    /// <remarks>Units: nanoseconds of IClock.NowNs, or <see cref="IParker.Never"/>.</remarks>
    void Rest(long deadlineNs);

    /// <summary>Ends the rest, now or when it comes. Any thread; never after Dispose.</summary>
    void Wake();
}
