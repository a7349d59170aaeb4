// What WskGetAddressInfo answers to its arguments, as GetAddrInfoExW does: what is known without asking, what
// must be looked up, and which entries come of it. It knows nothing about IRPs and guest memory.
using System.Net;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The answer to one set of arguments.</summary>
internal sealed class AddressInfoAnswer
{
    // Windows' other name for the machine itself; an empty name means it too.
    private const string LocalMachine = "..localmachine";

    private readonly WskProvider _provider;
    private readonly AddressInfoArguments _arguments;
    private IReadOnlyList<EndpointAddress> _addresses = [];
    private string? _canonicalName;
    private ushort _tcpPort;
    private ushort _udpPort;
    private bool _isNumeric;

    public AddressInfoAnswer(WskProvider provider, AddressInfoArguments arguments)
    {
        _provider = provider;
        _arguments = arguments;
        FindHost();
        FindService();
    }

    /// <summary>The host to look up; null when its addresses are known or none is asked for.</summary>
    public string? NameToFind { get; private set; }

    /// <summary>The service to look up; null when its port is known or none is asked for.</summary>
    public string? ServiceToFind { get; private set; }

    /// <summary>Nothing can match; nobody is asked.</summary>
    public bool IsHopeless { get; private set; }

    public bool NeedsLookup => !IsHopeless && (NameToFind ?? ServiceToFind) is not null;

    /// <summary>IPv4 addresses may have to stand in for IPv6 ones (AI_V4MAPPED).</summary>
    public ushort FamilyToFind => MayMap ? (ushort)0 : _arguments.Family;

    public bool WantsCanonicalName =>
        _arguments.Has(AI_CANONNAME) || (_arguments.Has(AI_FQDN) && IsFlat(_arguments.NodeName));

    /// <summary>What the list says of all its entries.</summary>
    public AddressListFacts Facts => new(
        _isNumeric ? AI_NUMERICHOST : 0,
        CanonicalName(),
        NameToFind is null ? null : AddressInfoArguments.DnsProvider);

    private bool MayMap => _arguments.Family == AF_INET6 && _arguments.Has(AI_V4MAPPED);

    /// <summary>Takes the outcome of the look-up.</summary>
    public void Take(AddressLookup lookup)
    {
        if (NameToFind is not null)
        {
            _addresses = [.. lookup.Addresses.Where(IsConfigured)];
            _canonicalName = lookup.CanonicalName;
        }
        if (ServiceToFind is not null)
            (_tcpPort, _udpPort) = (lookup.TcpPort, lookup.UdpPort);
    }

    /// <summary>The entries, in the order of the addresses; none when nothing matches.</summary>
    public IReadOnlyList<AddressEntry> Entries()
    {
        var sockets = Sockets();
        return
        [
            .. from address in OfFamily()
               from socket in sockets
               select new AddressEntry(
                   address.WithPort(socket.Port), socket.SocketType, _arguments.Protocol),
        ];
    }

    private void FindHost()
    {
        var name = _arguments.NodeName;
        if (name is null)
        {
            var isPassive = _arguments.Has(AI_PASSIVE);
            _addresses = isPassive ? Both(IPAddress.IPv6Any, IPAddress.Any) : Loopback();
        }
        else if (NumericAddress.TryRead(name, _provider.Names, out var numeric))
        {
            _isNumeric = true;
            _addresses = [numeric];
        }
        else if (_arguments.Has(AI_NUMERICHOST))
        {
            IsHopeless = true;
        }
        else if (!_arguments.IsForUs || name.Length > NI_MAXHOST - 1)
        {
            IsHopeless = true;
        }
        else if (name.Length == 0 || name.Equals(LocalMachine, StringComparison.OrdinalIgnoreCase))
        {
            _addresses = [.. OwnAddresses(AF_INET6), .. OwnAddresses(AF_INET)];
        }
        else if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            // Windows answers this name itself, with every loopback address (RFC 6761 section 6.3).
            _addresses = Loopback();
        }
        else
        {
            NameToFind = name;
        }
    }

    private void FindService()
    {
        var service = _arguments.ServiceName;
        if (service is null)
            return;
        if (NumericAddress.TryReadPort(service, out var port))
            (_tcpPort, _udpPort) = (port, port);
        else if (NumericAddress.IsNumber(service) || _arguments.Has(AI_NUMERICSERV))
            IsHopeless = true;
        else
            ServiceToFind = service;
    }

    // As seen on Windows: one entry for each address, with the type and protocol of the hints as they stand,
    // zeros too. Only a service by name says more: its protocol, or two ports where they differ.
    private List<(int SocketType, ushort Port)> Sockets()
    {
        var type = _arguments.SocketType;
        if (ServiceToFind is null)
            return [(type, _tcpPort)];
        var tcp = _arguments.Protocol == IPPROTO_UDP || type is not (0 or SOCK_STREAM) ? 0 : _tcpPort;
        var udp = _arguments.Protocol == IPPROTO_TCP || type is not (0 or SOCK_DGRAM) ? 0 : _udpPort;
        if (tcp == udp)
            return tcp == 0 ? [] : [(type, (ushort)tcp)];
        var found = new List<(int SocketType, ushort Port)>(2);
        if (tcp != 0)
            found.Add((SOCK_STREAM, (ushort)tcp));
        if (udp != 0)
            found.Add((SOCK_DGRAM, (ushort)udp));
        return found;
    }

    private IEnumerable<EndpointAddress> OfFamily()
    {
        var wanted = _addresses.Where(a => _arguments.Family == 0 || a.Family == _arguments.Family).ToList();
        if (!MayMap || (wanted.Count != 0 && !_arguments.Has(AI_ALL)))
            return wanted;
        return wanted.Concat(
            _addresses.Where(address => !address.IsV6).Select(
                address => EndpointAddress.From(address.ToIPAddress().MapToIPv6(), 0)));
    }

    private string? CanonicalName()
    {
        if (_arguments.Has(AI_CANONNAME))
            return _canonicalName ?? _arguments.NodeName;
        if (!_arguments.Has(AI_FQDN))
            return null;
        return IsFlat(_arguments.NodeName) ? _canonicalName ?? _arguments.NodeName : _arguments.NodeName;
    }

    // AI_ADDRCONFIG: a family counts only when this host has a global address of it.
    private bool IsConfigured(EndpointAddress address) =>
        !_arguments.Has(AI_ADDRCONFIG) || OwnAddresses(address.Family).Any(own => !IsLinkLocal(own));

    // fe80::/10 (RFC 4291 section 2.5.6) and 169.254.0.0/16 (RFC 3927).
    private static bool IsLinkLocal(EndpointAddress address) => address.IsV6
        ? address.ToIPAddress().IsIPv6LinkLocal
        : address.ToIPAddress().GetAddressBytes() is [169, 254, ..];

    private IEnumerable<EndpointAddress> OwnAddresses(ushort family) =>
        _provider.Transport.ListAddresses(family).Where(address => !address.IsLoopback);

    private List<EndpointAddress> Loopback() => Both(IPAddress.IPv6Loopback, IPAddress.Loopback);

    private List<EndpointAddress> Both(params ReadOnlySpan<IPAddress> addresses)
    {
        var found = new List<EndpointAddress>(2);
        foreach (var address in addresses)
        {
            var candidate = EndpointAddress.From(address, 0);
            if (_provider.Transport.SupportsFamily(candidate.Family))
                found.Add(candidate);
        }
        return found;
    }

    private static bool IsFlat(string? name) =>
        name is { Length: > 0 } && !name.Contains('.', StringComparison.Ordinal);
}
