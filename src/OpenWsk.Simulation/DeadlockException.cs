// The report of a proven deadlock: no thread can run, no deadline is pending, no packet is in flight.
// It knows only names; what each thread waits for is the kernel's knowledge.
namespace OpenWsk.Simulation;

/// <summary>Nothing in the world can ever run again while its main thread still waits.</summary>
public sealed class DeadlockException : Exception
{
    public DeadlockException(
        long timeNs, IReadOnlyList<string> parkedThreads, string? pollingThread = null)
        : base($"Deadlock at {timeNs} ns of virtual time: nothing can run and nothing is due. "
            + $"Parked for ever: {string.Join(", ", parkedThreads)}."
            + (pollingThread is null ? "" : $" Asks for ever: {pollingThread}."))
    {
        TimeNs = timeNs;
        ParkedThreads = parkedThreads;
        PollingThread = pollingThread;
    }

    /// <summary>Virtual time of the deadlock. Units: nanoseconds.</summary>
    public long TimeNs { get; }

    /// <summary>
    /// A thread that asks again and again for what nobody can bring; null when there is none.
    /// </summary>
    public string? PollingThread { get; }

    /// <summary>Names of the parked threads, in the order in which they were started.</summary>
    public IReadOnlyList<string> ParkedThreads { get; }
}
