// Part of SimNetwork: where an address leads. A test names ranges where nobody answers; every other address
// belongs to a host or to nobody, and nobody keeps silent, as an unused address behind a router does.
// It knows nothing about packets.
using System.Net;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

public sealed partial class SimNetwork
{
    private readonly List<(IPNetwork Range, RouteKind Kind)> _ranges = [];

    /// <summary>
    /// Packets to these addresses ("198.51.100.0/24" or one address) vanish: connecting times out.
    /// </summary>
    public void BlackHole(string range) => _ranges.Add((ParseRange(range), RouteKind.Silent));

    /// <summary>
    /// No host has a route to these addresses: connecting fails at once, network unreachable.
    /// </summary>
    public void RemoveRoute(string range) => _ranges.Add((ParseRange(range), RouteKind.None));

    /// <summary>A router answers for these addresses that the host is unreachable.</summary>
    public void AnswerUnreachable(string range) => _ranges.Add((ParseRange(range), RouteKind.Unreachable));

    internal Route FindRoute(SimHost from, in EndpointAddress destination)
    {
        if (from.Owns(destination))
            return new(RouteKind.Host, from);
        if (!from.HasFamily(destination.Family) || destination.IsV4Mapped)
            return new(RouteKind.None, null);
        foreach (var (range, kind) in _ranges)
        {
            if (range.Contains(destination.ToIPAddress()))
                return new(kind, null);
        }
        return FindHost(destination) is { } host ? new(RouteKind.Host, host) : new(RouteKind.Silent, null);
    }

    /// <summary>Another host that has the address.</summary>
    internal SimHost? FindOther(SimHost host, in EndpointAddress address)
    {
        foreach (var other in _hosts)
        {
            if (!ReferenceEquals(other, host) && other.HasAddress(address))
                return other;
        }
        return null;
    }

    private SimHost? FindHost(in EndpointAddress address)
    {
        foreach (var host in _hosts)
        {
            if (host.HasAddress(address))
                return host;
        }
        return null;
    }

    private static IPNetwork ParseRange(string range)
    {
        if (range.Contains('/', StringComparison.Ordinal))
            return IPNetwork.Parse(range);
        var address = IPAddress.Parse(range);
        return new IPNetwork(address, address.GetAddressBytes().Length * 8);
    }

    /// <summary>What becomes of packets to an address.</summary>
    internal enum RouteKind
    {
        /// <summary>They arrive at a host.</summary>
        Host,

        /// <summary>The sender knows no way.</summary>
        None,

        /// <summary>A router says that there is nobody.</summary>
        Unreachable,

        /// <summary>Nobody says anything.</summary>
        Silent,
    }

    /// <summary>The way to an address; Host is set for <see cref="RouteKind.Host"/> alone.</summary>
    internal readonly record struct Route(RouteKind Kind, SimHost? Host);
}
