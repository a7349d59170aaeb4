// A random walk over schedules: every candidate is equally likely at every choice. The seed has a stream of
// its own here, so that the same seed gives the same schedule whatever the network draws.
namespace OpenWsk.Simulation;

/// <summary>Chooses evenly at random, following from a seed.</summary>
public sealed class RandomStrategy(ulong seed) : IStrategy
{
    private readonly SimEntropy _entropy = new(seed, "schedule");

    public int Choose(ChoicePoint point, int count) => _entropy.Below(count);
}
