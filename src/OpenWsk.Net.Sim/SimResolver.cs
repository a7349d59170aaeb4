// The names of a simulated world: a table that a test fills, with delays and failures, answered by virtual
// time. One table serves every host of the world, as one name server would. It runs over any world's
// scheduler, so tests on the host's sockets can use it too. It knows nothing about packets: a look-up sends
// none. The host's twin: OpenWsk.Net.Host/HostResolver.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A world's names.</summary>
public sealed class SimResolver(IClock clock, IScheduler scheduler) : INameResolver
{
    private const int AliasesMax = 16;

    private readonly Dictionary<string, SimName> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<EndpointAddress, string> _hosts = [];
    private readonly Dictionary<string, uint> _interfaces = new(StringComparer.Ordinal);
    private readonly List<(string Name, bool IsDatagram, ushort Port)> _services = [];
    private readonly Lock _gate = new();
    private readonly HashSet<TransportOperation> _unanswered = [];

    /// <summary>How long a look-up takes that the name sets no time for. Units: nanoseconds.</summary>
    public long LatencyNs { get; set; } = 1_000_000;

    /// <summary>
    /// The hosts' own domain: names without a dot are looked for in it, and NI_NOFQDN leaves it out.
    /// </summary>
    public string Domain { get; set; } = "";

    /// <summary>Look-ups that have begun.</summary>
    public int LookupCount { get; private set; }

    /// <summary>
    /// Adds a name, or addresses to it. The first name of an address is its answer in the other direction.
    /// </summary>
    public SimName Add(string name, params ReadOnlySpan<string> addresses)
    {
        var entry = Entry(name);
        foreach (var text in addresses)
        {
            var address = EndpointAddress.From(IPAddress.Parse(text), 0);
            entry.Addresses.Add(address);
            _hosts.TryAdd(address, name);
        }
        return entry;
    }

    /// <summary>Adds a second name for a name, which is then its canonical one.</summary>
    public SimName AddAlias(string alias, string target)
    {
        var entry = Entry(alias);
        entry.Target = target;
        return entry;
    }

    /// <summary>Says which name the address has, whatever names lead to it; null for none.</summary>
    public void SetHostName(string address, string? name)
    {
        var key = EndpointAddress.From(IPAddress.Parse(address), 0);
        if (name is null)
            _hosts.Remove(key);
        else
            _hosts[key] = name;
    }

    /// <summary>Adds a service beside the well-known ones.</summary>
    public void AddService(string name, bool isDatagram, ushort port) =>
        _services.Add((name, isDatagram, port));

    /// <summary>Names an interface, for scoped IPv6 addresses.</summary>
    public void AddInterface(string name, uint index) => _interfaces[name] = index;

    /// <inheritdoc/>
    public bool FindAddresses(AddressLookup lookup)
    {
        lookup.Status = NTSTATUS.STATUS_SUCCESS;
        var delayNs = LatencyNs;
        if (lookup.ServiceName is { } service)
            FindService(lookup, service);
        if (lookup.HostName is { } host)
            delayNs = FindHost(lookup, host);
        Complete(lookup, delayNs);
        return false;
    }

    /// <inheritdoc/>
    public bool FindNames(NameLookup lookup)
    {
        lookup.Status = NTSTATUS.STATUS_SUCCESS;
        var delayNs = LatencyNs;
        if (lookup.WantsServiceName)
            lookup.ServiceName = FindServiceName(lookup.Address.Port, lookup.IsDatagram);
        if (lookup.WantsHostName && _hosts.TryGetValue(lookup.Address.WithoutPort(), out var name))
        {
            var entry = _names.GetValueOrDefault(name);
            delayNs = entry?.DelayNs ?? delayNs;
            lookup.Status = entry?.Failure ?? NTSTATUS.STATUS_SUCCESS;
            if (lookup.Status.IsSuccess() && entry?.IsVisibleTo(lookup.Account) != false)
                lookup.HostName = lookup.IsRelative ? NameLookup.ToRelative(name, Domain) : name;
        }
        Complete(lookup, delayNs);
        return false;
    }

    /// <inheritdoc/>
    public void Cancel(TransportOperation lookup)
    {
        bool isUnanswered;
        lock (_gate)
            isUnanswered = _unanswered.Remove(lookup);
        if (!isUnanswered && !scheduler.CancelPost(lookup))
            return;
        lookup.Status = NTSTATUS.STATUS_CANCELLED;
        scheduler.Post(lookup);
    }

    /// <inheritdoc/>
    public uint FindInterface(string name) => _interfaces.GetValueOrDefault(name);

    private SimName Entry(string name)
    {
        if (!_names.TryGetValue(name, out var entry))
            _names.Add(name, entry = new SimName(name));
        return entry;
    }

    private long FindHost(AddressLookup lookup, string host)
    {
        var isFlat = !host.Contains('.', StringComparison.Ordinal) && Domain.Length != 0;
        var entry = _names.GetValueOrDefault(host.TrimEnd('.'))
            ?? (isFlat ? _names.GetValueOrDefault($"{host}.{Domain}") : null);
        var delayNs = entry?.DelayNs ?? LatencyNs;
        var status = entry?.Failure;
        for (var i = 0; entry?.Target is { } target && i < AliasesMax; i++)
            entry = _names.GetValueOrDefault(target);
        if (entry is not null && entry.IsVisibleTo(lookup.Account))
        {
            lookup.CanonicalName = lookup.WantsCanonicalName ? entry.Name : null;
            lookup.Addresses =
                [.. entry.Addresses.Where(a => lookup.Family == 0 || a.Family == lookup.Family)];
        }
        status ??= lookup.Addresses.Count == 0 ? NTSTATUS.STATUS_NOT_FOUND : null;
        if (status is { } failure)
            lookup.Status = failure;
        return delayNs;
    }

    private void FindService(AddressLookup lookup, string service)
    {
        lookup.TcpPort = FindPort(service, isDatagram: false);
        lookup.UdpPort = FindPort(service, isDatagram: true);
        if (lookup.TcpPort == 0 && lookup.UdpPort == 0)
            lookup.Status = NTSTATUS.STATUS_NOT_FOUND;
    }

    private ushort FindPort(string name, bool isDatagram)
    {
        foreach (var service in _services)
        {
            if (service.IsDatagram == isDatagram
                && service.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return service.Port;
        }
        return WellKnownServices.FindPort(name, isDatagram);
    }

    private string? FindServiceName(ushort port, bool isDatagram)
    {
        foreach (var service in _services)
        {
            if (service.IsDatagram == isDatagram && service.Port == port)
                return service.Name;
        }
        return WellKnownServices.FindName(port, isDatagram);
    }

    private void Complete(TransportOperation lookup, long delayNs)
    {
        LookupCount++;
        if (delayNs != IParker.Never)
        {
            scheduler.PostAt(clock.NowNs + delayNs, lookup);
            return;
        }
        lock (_gate)
            _unanswered.Add(lookup);
    }
}
