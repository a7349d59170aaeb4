// Which of several destinations to try first, a small part of RFC 6724: one that can be reached before one
// that cannot (rule 1), then the smaller scope (rule 8); the given order decides the rest (rule 10).
// It knows nothing about lists in guest memory: AddressListControl.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>The order of destination addresses.</summary>
internal static class AddressPreference
{
    private const int Unreachable = 100;
    private const int LoopbackScope = 0;
    private const int LinkScope = 1;
    private const int GlobalScope = 2;

    /// <summary>Rank of a destination; smaller is better.</summary>
    public static int Of(EndpointAddress destination, ITransport transport)
    {
        var address = destination.ToIPAddress();
        if (destination.IsV4Mapped)
            address = address.MapToIPv4();
        var scope = ScopeOf(address);
        var family = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? WskConstants.AF_INET
            : WskConstants.AF_INET6;
        var hasSource = transport.SupportsFamily(family)
            && transport.ListAddresses(family).Any(a => Serves(ScopeOf(a.ToIPAddress()), scope));
        return scope + (hasSource ? 0 : Unreachable);
    }

    // A source reaches destinations of its own scope or a smaller one; loopback reaches only itself.
    private static bool Serves(int source, int destination) =>
        source == LoopbackScope ? destination == LoopbackScope : source >= destination;

    private static int ScopeOf(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
            return LoopbackScope;
        if (address.IsIPv6LinkLocal)
            return LinkScope;
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var written) && written == 4 && bytes[0] == 169
            && bytes[1] == 254
            ? LinkScope
            : GlobalScope;
    }
}
