// The names of a free-running world: the operating system's resolver with its hosts file, name servers and
// services file. A look-up waits on a thread of its own kind, not of .NET's pool, which sockets need; the
// outcome goes to the world's dispatcher. A look-up that is given up completes at once, and what the system
// says later is dropped. It knows nothing about numeric text. Next: ISystemNames.cs, LookupThreads.cs.
using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Asks the operating system.</summary>
/// <remarks>
/// Divergence from Windows: every look-up is made as the user of this process, whatever account asks.
/// </remarks>
public sealed class HostResolver : INameResolver
{
    private static readonly IdnMapping s_idn = new();

    private readonly IScheduler _scheduler;
    private readonly ISystemNames _system;
    private readonly LookupThreads _threads = new();

    /// <summary>Makes the resolver of one world.</summary>
    public HostResolver(IScheduler scheduler)
        : this(scheduler, OperatingSystem.IsLinux() ? new LibcNames() : new DotnetNames())
    {
    }

    internal HostResolver(IScheduler scheduler, ISystemNames system)
    {
        _scheduler = scheduler;
        _system = system;
    }

    /// <inheritdoc/>
    public bool FindAddresses(AddressLookup lookup)
    {
        Start(lookup, () => Ask(lookup));
        return false;
    }

    /// <inheritdoc/>
    public bool FindNames(NameLookup lookup)
    {
        Start(lookup, () => Ask(lookup));
        return false;
    }

    /// <inheritdoc/>
    public void Cancel(TransportOperation lookup)
    {
        if (!((Progress)lookup.TransportState!).TryEnd())
            return;
        lookup.Status = NTSTATUS.STATUS_CANCELLED;
        _scheduler.Post(lookup);
    }

    /// <inheritdoc/>
    public uint FindInterface(string name)
    {
        foreach (var candidate in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (candidate.Name == name && candidate.Supports(NetworkInterfaceComponent.IPv6))
                return (uint)candidate.GetIPProperties().GetIPv6Properties().Index;
        }
        return 0;
    }

    // The answer comes as an action that fills the look-up in: whoever ends the look-up first decides whether
    // it runs.
    private void Start(TransportOperation lookup, Func<Action> ask)
    {
        var progress = new Progress();
        lookup.TransportState = progress;
        _threads.Run(() =>
        {
            if (progress.HasEnded)
                return;
            var answer = ask();
            if (!progress.TryEnd())
                return;
            answer();
            _scheduler.Post(lookup);
        });
    }

    private Action Ask(AddressLookup lookup)
    {
        var (tcpPort, udpPort) = ((ushort)0, (ushort)0);
        var status = NTSTATUS.STATUS_SUCCESS;
        if (lookup.ServiceName is { } service)
        {
            tcpPort = FindPort(service, isDatagram: false);
            udpPort = FindPort(service, isDatagram: true);
            status = tcpPort == 0 && udpPort == 0 ? NTSTATUS.STATUS_NOT_FOUND : status;
        }
        var addresses = new List<EndpointAddress>();
        string? canonicalName = null;
        if (lookup.HostName is { } host && status.IsSuccess())
            status = FindHost(lookup, host, addresses, out canonicalName);
        return () =>
        {
            lookup.Status = status;
            lookup.Addresses = addresses;
            lookup.CanonicalName = canonicalName;
            lookup.TcpPort = tcpPort;
            lookup.UdpPort = udpPort;
        };
    }

    private Action Ask(NameLookup lookup)
    {
        var status = NTSTATUS.STATUS_SUCCESS;
        string? host = null;
        if (lookup.WantsHostName)
        {
            var error = _system.FindHost(lookup.Address, out host);
            if (host is not null && lookup.IsRelative)
                host = NameLookup.ToRelative(host, _system.FindDomain());
            if (host is not null)
                host = ToUnicode(host);
            else if (error is not (SocketError.Success or SocketError.HostNotFound or SocketError.NoData))
                status = HostErrors.ToStatus(error);
        }
        var service = lookup.WantsServiceName ? FindService(lookup.Address.Port, lookup.IsDatagram) : null;
        return () =>
        {
            lookup.Status = status;
            lookup.HostName = host;
            lookup.ServiceName = service;
        };
    }

    private NTSTATUS FindHost(
        AddressLookup lookup, string host, List<EndpointAddress> addresses, out string? canonicalName)
    {
        canonicalName = null;
        if (!TryToAscii(host, out var ascii))
            return NTSTATUS.STATUS_NOT_FOUND;
        var error = _system.FindAddresses(
            ascii, lookup.Family, lookup.WantsCanonicalName, addresses, out canonicalName);
        if (canonicalName is not null)
            canonicalName = ToUnicode(canonicalName);
        return HostErrors.ToStatus(error);
    }

    private ushort FindPort(string service, bool isDatagram)
    {
        var port = _system.FindPort(service, isDatagram);
        return port != 0 ? port : WellKnownServices.FindPort(service, isDatagram);
    }

    private string? FindService(ushort port, bool isDatagram) =>
        _system.FindService(port, isDatagram) ?? WellKnownServices.FindName(port, isDatagram);

    // Names beyond ASCII travel as Punycode, as Windows encodes them too.
    private static bool TryToAscii(string host, out string ascii)
    {
        ascii = host;
        if (System.Text.Ascii.IsValid(host))
            return true;
        try
        {
            ascii = s_idn.GetAscii(host);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string ToUnicode(string name)
    {
        if (!name.Contains("xn--", StringComparison.OrdinalIgnoreCase))
            return name;
        try
        {
            return s_idn.GetUnicode(name);
        }
        catch (ArgumentException)
        {
            return name;
        }
    }

    /// <summary>Whether a look-up has ended; exactly one ends it.</summary>
    private sealed class Progress
    {
        private int _hasEnded;

        public bool HasEnded => Volatile.Read(ref _hasEnded) != 0;

        public bool TryEnd() => Interlocked.Exchange(ref _hasEnded, 1) == 0;
    }
}
