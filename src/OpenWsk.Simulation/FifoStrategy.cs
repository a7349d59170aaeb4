// The calm schedule: first come, first served, and nobody is interrupted. It uses no randomness, so two seeds
// differ under it only by what the network draws. See RandomStrategy for its opposite.
namespace OpenWsk.Simulation;

/// <summary>Always takes the calm choice.</summary>
public sealed class FifoStrategy : IStrategy
{
    public int Choose(ChoicePoint point, int count) => 0;
}
