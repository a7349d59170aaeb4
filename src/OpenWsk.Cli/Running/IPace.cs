// How a run waits for its world: in the machine's time while the world runs by itself, or by letting a
// simulated world go on. It knows nothing about runs: RunSession.cs. Two there are: HostPace.cs, SimPace.cs.
namespace OpenWsk.Cli.Running;

/// <summary>Time and waiting of a run.</summary>
internal interface IPace
{
    /// <summary>
    /// Why the last wait ended without what it waited for and before its time; null when it did not.
    /// </summary>
    string? Trouble { get; }

    /// <summary>Whether driver code runs without end, so that the world cannot be waited for.</summary>
    bool IsStuck { get; }

    /// <summary>Ends after a time of the world; never for null.</summary>
    Task After(TimeSpan? span);

    /// <summary>Takes back what <see cref="After"/> has not ended yet.</summary>
    void DropTimes();

    /// <summary>
    /// Waits until one of the tasks has ended, but not longer than a time of the world; whether one has.
    /// </summary>
    /// <param name="limit">The time; null for none.</param>
    /// <param name="tasks">
    /// What threads or items of the world end themselves, not what follows on it; or what the user ends.
    /// </param>
    Task<bool> WaitForAny(TimeSpan? limit, params Task[] tasks);
}
