// The simulated network: hosts, the links between them, and addresses where nobody answers. It carries
// packets by virtual time and in a repeatable order: equal arrival times are settled by the order of
// sending. It knows nothing about TCP's state; that is each host's. Routing of an address:
// SimNetwork.Routes.cs.
using System.Buffers.Binary;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>Hosts and what lies between them. Used only by the threads of one simulated world.</summary>
public sealed partial class SimNetwork
{
    private const int HeaderBytesV4 = 40;
    private const int HeaderBytesV6 = 60;

    private readonly IEntropy _entropy;
    private readonly List<SimHost> _hosts = [];
    private readonly List<PacketRule> _rules = [];
    private readonly List<Action<PacketEvent>> _observers = [];
    private readonly Dictionary<(SimHost From, SimHost To), LinkSettings> _links = [];
    private uint _connections;

    public SimNetwork(IClock clock, IScheduler scheduler, IEntropy entropy)
    {
        Clock = clock;
        Scheduler = scheduler;
        _entropy = entropy;
    }

    /// <summary>Settings of every link that <see cref="SetLink"/> did not name.</summary>
    public LinkSettings DefaultLink { get; set; } = new();

    /// <summary>Settings of the way from a host to itself.</summary>
    public LinkSettings LoopbackLink { get; set; } = new() { LatencyNs = 10_000, MtuBytes = 65_535 };

    internal IClock Clock { get; }

    internal IScheduler Scheduler { get; }

    /// <summary>Adds a host. It has the loopback addresses besides the ones given, IPv4 or IPv6.</summary>
    public SimHost AddHost(string name, params string[] addresses)
    {
        var host = new SimHost(this, name, addresses);
        foreach (var address in host.Addresses)
        {
            if (FindHost(address) is { } owner)
                throw new ArgumentException($"{address} belongs to {owner.Name}.", nameof(addresses));
        }
        _hosts.Add(host);
        return host;
    }

    /// <summary>Sets how the way from one host to another behaves, in this direction only.</summary>
    public void SetLink(SimHost from, SimHost to, LinkSettings settings) => _links[(from, to)] = settings;

    /// <summary>Adds a rule that judges every packet sent from now on, after the rules before it.</summary>
    public void AddRule(PacketRule rule) => _rules.Add(rule);

    /// <summary>Takes a rule back.</summary>
    public void RemoveRule(PacketRule rule) => _rules.Remove(rule);

    /// <summary>Tells the observer about every packet from now on.</summary>
    public void Observe(Action<PacketEvent> observer) => _observers.Add(observer);

    /// <summary>Whether a packet from a host to an address may get lost on its way.</summary>
    internal bool MayLose(SimHost from, in EndpointAddress destination)
    {
        var route = FindRoute(from, destination);
        return _rules.Count > 0 || route.Host is null || LinkBetween(from, route.Host).LossRate > 0;
    }

    /// <summary>Bytes of data in the largest segment that fits the way.</summary>
    internal int MaximumSegmentBytes(SimHost from, in EndpointAddress destination)
    {
        return MtuBytes(from, destination) - (destination.IsV6 ? HeaderBytesV6 : HeaderBytesV4);
    }

    /// <summary>Bytes of the largest packet that fits the way.</summary>
    internal int MtuBytes(SimHost from, in EndpointAddress destination)
    {
        var host = FindRoute(from, destination).Host;
        return (host is null ? DefaultLink : LinkBetween(from, host)).MtuBytes;
    }

    /// <summary>
    /// The first sequence number of a connection: a clock of 4 us and a counter (RFC 9293 section 3.4.1),
    /// so that a
    /// new connection is always ahead of the one before it on the same ports.
    /// </summary>
    internal uint NextInitialSequence() => (uint)(Clock.NowNs / 4000) + (++_connections * 64_000);

    internal void Send(SimHost from, Packet packet)
    {
        Tell(PacketFate.Sent, packet);
        var verdict = Judge(packet);
        if (!verdict.IsDropped && IsToSeveral(from, packet))
        {
            SendToSeveral(from, packet, verdict);
            return;
        }
        var route = FindRoute(from, packet.Destination);
        if (verdict.IsDropped || route.Kind is RouteKind.None or RouteKind.Silent)
        {
            Tell(PacketFate.Lost, packet);
            return;
        }
        if (route.Kind == RouteKind.Unreachable)
        {
            Tell(PacketFate.Lost, packet);
            if (packet is TcpSegment segment)
                Carry(new UnreachableNotice(segment), from, 2 * DefaultLink.LatencyNs);
            return;
        }
        SendOver(from, route.Host!, packet, verdict);
    }

    private void SendOver(SimHost from, SimHost to, Packet packet, in PacketVerdict verdict)
    {
        var link = LinkBetween(from, to);
        if ((link.Hops > 0 && packet.HopLimit <= link.Hops) || (!verdict.IsDecided && IsLost(link.LossRate)))
        {
            Tell(PacketFate.Lost, packet);
            return;
        }
        if (link.Hops > 0)
            packet = packet with { HopLimit = (byte)(packet.HopLimit - link.Hops) };
        Carry(packet, to, link.LatencyNs + verdict.ExtraDelayNs);
    }

    private void Carry(Packet packet, SimHost to, long delayNs) =>
        to.Scheduler.PostAt(Clock.NowNs + delayNs, new PacketInFlight(this, packet, to));

    private LinkSettings LinkBetween(SimHost from, SimHost to)
    {
        if (ReferenceEquals(from, to))
            return LoopbackLink;
        return _links.TryGetValue((from, to), out var link) ? link : DefaultLink;
    }

    private PacketVerdict Judge(Packet packet)
    {
        foreach (var rule in _rules)
        {
            var verdict = rule(packet);
            if (verdict.IsDecided)
                return verdict;
        }
        return PacketVerdict.Pass;
    }

    private bool IsLost(double rate)
    {
        if (rate <= 0)
            return false;
        Span<byte> draw = stackalloc byte[4];
        _entropy.Fill(draw);
        return BinaryPrimitives.ReadUInt32LittleEndian(draw) < rate * (1L << 32);
    }

    private void Tell(PacketFate fate, Packet packet)
    {
        foreach (var observer in _observers)
            observer(new PacketEvent(Clock.NowNs, fate, packet));
    }

    private sealed class PacketInFlight(SimNetwork network, Packet packet, SimHost to) : DispatchItem
    {
        public override void Run()
        {
            network.Tell(PacketFate.Arrived, packet);
            to.Receive(packet);
        }
    }
}
