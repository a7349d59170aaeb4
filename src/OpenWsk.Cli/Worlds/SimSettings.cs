// What a simulated world follows from. Without a seed everything that can be calm is: threads run in turns.
// It knows nothing about the command line.
using System.Globalization;
using OpenWsk.Simulation;

namespace OpenWsk.Cli.Worlds;

/// <summary>The settings of a simulation.</summary>
/// <param name="ChosenSeed">What order and randomness follow from; null for the calm order.</param>
internal sealed record SimSettings(ulong? ChosenSeed)
{
    private const ulong CalmSeed = 1;

    /// <summary>What randomness follows from.</summary>
    public ulong Seed => ChosenSeed ?? CalmSeed;

    /// <summary>Who runs next.</summary>
    public IStrategy MakeStrategy() => ChosenSeed is { } seed ? new RandomStrategy(seed) : new FifoStrategy();

    /// <summary>In a few words, for people.</summary>
    public override string ToString() => ChosenSeed is { } seed
        ? string.Create(CultureInfo.InvariantCulture, $"simulated, seed {seed}")
        : "simulated, threads in turns";
}
