// A protocol of IP that only this test process speaks. A raw socket hears everything of its protocol that
// comes to its address, whoever sends it: with a protocol of its own a test hears itself alone. Tests that
// use it are in one class, so that they come one after the other.
namespace OpenWsk.TestSupport;

/// <summary>A number for raw sockets.</summary>
public static class OwnProtocol
{
    // Unassigned in IANA's list of protocol numbers (2025), so that no host answers to them.
    private const uint First = 148;
    private const uint Last = 252;

    private static readonly Lazy<uint> s_number = new(Find);

    /// <summary>The protocol's number.</summary>
    public static uint Number => s_number.Value;

    private static uint Find()
    {
        for (var number = First; number <= Last; number++)
        {
            if (Claim.TryMake($"protocol-{number}"))
                return number;
        }
        throw new InvalidOperationException("Every unassigned protocol is some test process's.");
    }
}
