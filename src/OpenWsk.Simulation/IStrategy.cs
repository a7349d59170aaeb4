// The one choice point of a simulated world: who runs next. Every decision that the scheduler could take
// differently goes through here, so that a later strategy can explore, record or replay schedules. It knows
// nothing about threads, only how many candidates there are. Implementations: FifoStrategy, RandomStrategy.
namespace OpenWsk.Simulation;

/// <summary>What is being chosen; a label that stays stable when the code around it changes.</summary>
public enum ChoicePoint
{
    /// <summary>
    /// A thread gave the token up and several others can run; candidate 0 has waited longest.
    /// </summary>
    NextThread,

    /// <summary>The running thread may go on (candidate 0) or let another one run first.</summary>
    GoOn,
}

/// <summary>Chooses among candidates.</summary>
public interface IStrategy
{
    /// <summary>
    /// The chosen candidate, 0 up to <paramref name="count"/> - 1; 0 is always the calm choice.
    /// </summary>
    /// <remarks>Preconditions: <paramref name="count"/> is at least 2.</remarks>
    int Choose(ChoicePoint point, int count);
}
