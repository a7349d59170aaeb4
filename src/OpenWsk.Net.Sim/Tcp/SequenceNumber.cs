// Comparison of TCP sequence numbers, which wrap at 2^32 (RFC 9293 section 3.4): a number is before another
// when the way forward to it is the shorter one. It knows nothing about segments.
namespace OpenWsk.Net.Sim.Tcp;

/// <summary>Order of 32-bit sequence numbers modulo 2^32.</summary>
internal static class SequenceNumber
{
    public static bool IsBefore(uint a, uint b) => (int)(a - b) < 0;

    public static bool IsAfter(uint a, uint b) => (int)(a - b) > 0;

    public static uint Later(uint a, uint b) => IsAfter(a, b) ? a : b;
}
