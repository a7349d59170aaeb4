// The randomness of a world: the host's generator, or a stream that follows from the seed.
// It knows nothing about who draws: one stream per concern is the world's affair.
namespace OpenWsk.Ports;

/// <summary>Random numbers for one world.</summary>
public interface IEntropy
{
    /// <summary>Fills the destination with random bytes.</summary>
    void Fill(Span<byte> destination);
}
