// Randomness from the operating system. A world that must be reproducible uses another IEntropy.
// It knows nothing about who consumes the numbers.
using System.Security.Cryptography;
using OpenWsk.Ports;

namespace OpenWsk.Host;

/// <summary>The operating system's random number generator.</summary>
public sealed class HostEntropy : IEntropy
{
    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
