// A loopback address that only this test process uses. What has no ports, such as ICMP, comes to every socket
// of its address: at 127.0.0.1 that is also the system's word about datagrams of other tests that nobody
// received. Tests that use it are in one class, so that they come one after the other.
using System.Buffers.Binary;
using System.Net;

namespace OpenWsk.TestSupport;

/// <summary>An IPv4 address of this machine.</summary>
public static class OwnAddress
{
    // All of 127.0.0.0/8 is loopback; tests name addresses of its lower end.
    private const uint First = 0x7F40_0000;
    private const uint Count = 0x0040_0000;

    private static readonly Lazy<IPAddress> s_loopback = new(Find);

    /// <summary>The address.</summary>
    public static IPAddress Loopback => s_loopback.Value;

    private static IPAddress Find()
    {
        var place = (uint)Environment.ProcessId % Count;
        while (!Claim.TryMake($"address-{place}"))
            place = (place + 1) % Count;
        return new IPAddress((long)BinaryPrimitives.ReverseEndianness(First + place));
    }
}
