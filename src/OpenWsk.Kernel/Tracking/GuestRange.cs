// A range of guest addresses, for what ends as a whole: a pool block, an image. It knows nothing about what
// lies in it. Next: Executive.Endings.cs.
namespace OpenWsk.Kernel;

/// <summary>Guest memory from an address on. Units: bytes.</summary>
public readonly record struct GuestRange(nuint Start, nuint LengthBytes)
{
    /// <summary>Every address.</summary>
    public static GuestRange All => new(0, nuint.MaxValue);

    public bool Contains(nuint address) => address - Start < LengthBytes;

    /// <summary>Whether the two have a byte in common.</summary>
    public bool Overlaps(GuestRange other) =>
        LengthBytes != 0 && other.LengthBytes != 0
        && (Contains(other.Start) || other.Contains(Start));
}
