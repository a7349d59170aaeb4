// One simulated host: its addresses, its ports, its connections. It finds the connection or the listener
// that a segment belongs to and answers with a reset where there is none. Scripted peers use Listen,
// Connect and Serve; a world's provider uses Transport. It knows nothing about links and time: SimNetwork
// does.
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A host of the simulated network.</summary>
public sealed partial class SimHost
{
    private readonly Dictionary<(EndpointAddress Local, EndpointAddress Remote), TcpConnection>
        _connections = [];
    private readonly List<TcpListener> _listeners = [];
    private readonly HashSet<(EndpointAddress Local, EndpointAddress Remote)> _silenced = [];
    private int? _idealSendBacklogBytes;

    internal SimHost(SimNetwork network, string name, IEnumerable<string> addresses)
    {
        Network = network;
        Scheduler = new SimHostScheduler(network.Scheduler);
        Name = name;
        foreach (var address in addresses)
            AddParsed(address);
        Transport = new SimTransport(this);
    }

    /// <summary>The host's name in traces.</summary>
    public string Name { get; }

    /// <summary>This host's sockets as a provider uses them.</summary>
    public SimTransport Transport { get; }

    /// <summary>
    /// The world's scheduler as the kernel of this host uses it: what the host posts runs as a DPC of that
    /// kernel, although several share the scheduler.
    /// </summary>
    public SimHostScheduler Scheduler { get; }

    /// <summary>
    /// Whether every SYN is answered with a reset, whoever listens: a firewall that rejects.
    /// </summary>
    public bool IsRefusing { get; set; }

    /// <summary>
    /// What every connection tells as its ideal send backlog; null for what the model finds: the send
    /// buffer, or
    /// the widest window that the peer has announced. Units: bytes.
    /// </summary>
    public int? IdealSendBacklogBytes
    {
        get => _idealSendBacklogBytes;
        set
        {
            _idealSendBacklogBytes = value;
            foreach (var connection in _connections.Values)
                connection.TellIdealSendBacklog();
        }
    }

    /// <summary>Connections that exist in any state, those in TIME_WAIT included.</summary>
    public int ConnectionCount => _connections.Count;

    internal SimNetwork Network { get; }

    internal PortTable Ports { get; } = new();

    internal bool HasAddress(in EndpointAddress address)
    {
        var wanted = AddressKinds.Plain(address.WithoutPort());
        foreach (var own in Addresses)
        {
            if (own == wanted)
                return true;
        }
        return false;
    }

    /// <summary>Whether packets to the address stay in this host.</summary>
    internal bool Owns(in EndpointAddress address) =>
        address.IsLoopback || HasAddress(address);

    internal bool HasFamily(ushort family)
    {
        foreach (var address in Addresses)
        {
            if (address.Family == family)
                return true;
        }
        return false;
    }

    /// <summary>
    /// The local address that packets to a destination leave from; false when there is no way.
    /// </summary>
    internal bool TrySelectSource(in EndpointAddress destination, out EndpointAddress source)
    {
        source = default;
        if (Network.FindRoute(this, destination).Kind == SimNetwork.RouteKind.None)
            return false;
        if (Owns(destination))
        {
            source = HasAddress(destination) ? destination.WithoutPort() : Loopback(destination.Family);
            return true;
        }
        return TryFindAdapterAddress(destination.Family, out source);
    }

    internal bool TryFindConnection(in EndpointAddress local, in EndpointAddress remote,
        out TcpConnection? connection) => _connections.TryGetValue((local, remote), out connection);

    internal void Add(TcpConnection connection)
    {
        _connections.Add((connection.Local, connection.Remote), connection);
        _silenced.Remove((connection.Local, connection.Remote));
        Ports.AddConnection(connection.Local);
        connection.IsHoldingPort = true;
    }

    /// <summary>The connection ends or enters TIME_WAIT: its port may be used again.</summary>
    internal void ReleasePort(TcpConnection connection)
    {
        if (!connection.IsHoldingPort)
            return;
        connection.IsHoldingPort = false;
        Ports.RemoveConnection(connection.Local);
    }

    internal void Remove(TcpConnection connection)
    {
        _connections.Remove((connection.Local, connection.Remote));
        ReleasePort(connection);
        if (connection.IsSilent)
            _silenced.Add((connection.Local, connection.Remote));
    }

    internal void Add(TcpListener listener) => _listeners.Add(listener);

    internal void Remove(TcpListener listener) => _listeners.Remove(listener);

    internal void Send(Packet packet)
    {
        if (!_isCutOff)
            Network.Send(this, packet);
    }

    /// <summary>Answers a segment that nobody wants (RFC 9293 section 3.10.7.1).</summary>
    internal void SendReset(TcpSegment segment)
    {
        if (segment.Has(TcpFlags.Rst))
            return;
        var isAcknowledging = segment.Has(TcpFlags.Ack);
        Send(new TcpSegment(segment.Destination, segment.Source)
        {
            Sequence = isAcknowledging ? segment.Acknowledgment : 0,
            Acknowledgment = isAcknowledging ? 0 : segment.Sequence + segment.SequenceLength,
            Flags = isAcknowledging ? TcpFlags.Rst : TcpFlags.Rst | TcpFlags.Ack,
        });
    }

    internal void Receive(Packet packet)
    {
        switch (packet)
        {
            case TcpSegment segment:
                Receive(segment);
                break;
            case UdpDatagram datagram:
                Receive(datagram);
                break;
            case RawPacket raw:
                ReceiveRaw(raw, IsOwn(raw));
                break;
            case PortUnreachableNotice notice:
                Receive(notice);
                break;
            case UnreachableNotice { Original: var original }:
                if (TryFindConnection(original.Source, original.Destination, out var connection))
                    connection!.OnUnreachable();
                break;
            default:
                throw new InvalidOperationException($"A host does not know what {packet} is.");
        }
    }

    private void Receive(TcpSegment segment)
    {
        var isOpening = segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Ack) && !segment.Has(TcpFlags.Rst);
        if (TryFindConnection(segment.Destination, segment.Source, out var connection))
        {
            if (!isOpening || !connection!.IsReplacedBy(segment))
            {
                connection!.OnSegment(segment);
                return;
            }
            connection.Forget();
        }
        if (!isOpening && _silenced.Contains((segment.Destination, segment.Source)))
            return;
        var listener = isOpening && !IsRefusing ? FindListener(segment.Destination) : null;
        if (listener is not null)
            listener.OnSyn(segment);
        else if (!_listeners.Exists(other => other.TakeReset(segment)))
            SendReset(segment);
    }

    // The most specific one; among equals the one that has listened longest.
    private TcpListener? FindListener(in EndpointAddress destination)
    {
        TcpListener? found = null;
        var rank = 0;
        foreach (var listener in _listeners)
        {
            var its = RankOf(listener.Local, listener.IsDual, destination);
            if (its <= rank)
                continue;
            found = listener;
            rank = its;
        }
        return found;
    }

    /// <summary>
    /// How well a bound address fits a destination: exactly, as the wildcard of its family, as the wildcard
    /// of
    /// both families, or 0 for not at all.
    /// </summary>
    internal static int RankOf(in EndpointAddress bound, bool isDual, in EndpointAddress destination)
    {
        if (bound.Port != destination.Port)
            return 0;
        if (bound == destination)
            return 3;
        if (!bound.IsWildcard)
            return 0;
        if (bound.Family == destination.Family)
            return 2;
        return isDual ? 1 : 0;
    }
}
