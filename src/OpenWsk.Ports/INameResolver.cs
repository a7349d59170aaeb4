// The names of a world as the provider sees them: hosts to addresses, addresses to hosts, services to ports
// and back. Implementations: OpenWsk.Net.Host (the system's resolver), OpenWsk.Net.Sim (a table).
// It knows nothing about IRPs, guest memory, numeric text or flags: the provider does all that. Every error
// is already an NTSTATUS. Next: TransportOperation.cs, from which look-ups derive.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>Looks names up.</summary>
/// <remarks>
/// Look-ups complete on the dispatcher, never from inside the call that started them. A look-up is used once.
/// </remarks>
public interface INameResolver
{
    /// <summary>
    /// Looks a host and a service up; true when complete on return (then nothing is posted). Errors:
    /// STATUS_NOT_FOUND when the host has no address of the family, or no protocol has the service;
    /// STATUS_RETRY when nobody answered; STATUS_UNSUCCESSFUL when an answer made no sense.
    /// </summary>
    bool FindAddresses(AddressLookup lookup);

    /// <summary>
    /// Looks for the names of an address and its port; true when complete on return. A name that there is not
    /// is no error. Errors: STATUS_RETRY and STATUS_UNSUCCESSFUL as above, for the host's name only.
    /// </summary>
    bool FindNames(NameLookup lookup);

    /// <summary>
    /// Gives a look-up up: it completes promptly, STATUS_CANCELLED unless it was already done.
    /// </summary>
    void Cancel(TransportOperation lookup);

    /// <summary>The index of an interface by its name, without waiting; 0 when there is none.</summary>
    uint FindInterface(string name);
}

/// <summary>A look-up of the addresses of a host and the ports of a service.</summary>
public abstract class AddressLookup : TransportOperation
{
    /// <summary>The host's name; null when no host is asked for.</summary>
    public string? HostName { get; init; }

    /// <summary>AF_INET, AF_INET6, or 0 for both.</summary>
    public ushort Family { get; init; }

    /// <summary>Whether <see cref="CanonicalName"/> is asked for.</summary>
    public bool WantsCanonicalName { get; init; }

    /// <summary>The service's name, never a number; null when no service is asked for.</summary>
    public string? ServiceName { get; init; }

    /// <summary>The SIDs of the account that asks; a resolver may answer accounts differently.</summary>
    public IReadOnlySet<string> Account { get; init; } = new HashSet<string>();

    /// <summary>Answer: the host's addresses, port 0, best first.</summary>
    public IReadOnlyList<EndpointAddress> Addresses { get; set; } = [];

    /// <summary>Answer: the name that the host's name stands for, when asked for and known.</summary>
    public string? CanonicalName { get; set; }

    /// <summary>Answer: the service's TCP port; 0 when it has none.</summary>
    public ushort TcpPort { get; set; }

    /// <summary>Answer: the service's UDP port; 0 when it has none.</summary>
    public ushort UdpPort { get; set; }
}

/// <summary>A look-up of the names of an address and of its port.</summary>
public abstract class NameLookup : TransportOperation
{
    /// <summary>The address and the port.</summary>
    public EndpointAddress Address { get; init; }

    /// <summary>Whether <see cref="HostName"/> is asked for.</summary>
    public bool WantsHostName { get; init; }

    /// <summary>Whether a host of the asking host's own domain is wanted without the domain.</summary>
    public bool IsRelative { get; init; }

    /// <summary>Whether <see cref="ServiceName"/> is asked for.</summary>
    public bool WantsServiceName { get; init; }

    /// <summary>Whether the service is UDP's; otherwise it is TCP's.</summary>
    public bool IsDatagram { get; init; }

    /// <summary>The SIDs of the account that asks; a resolver may answer accounts differently.</summary>
    public IReadOnlySet<string> Account { get; init; } = new HashSet<string>();

    /// <summary>Answer: the host's fully qualified name; null when it has none.</summary>
    public string? HostName { get; set; }

    /// <summary>Answer: the service of the port; null when it has none.</summary>
    public string? ServiceName { get; set; }

    /// <summary>A host's name without the domain, when it is in that domain.</summary>
    public static string ToRelative(string hostName, string domain)
    {
        var suffix = "." + domain;
        return domain.Length != 0 && hostName.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            && hostName.Length > suffix.Length
            ? hostName[..^suffix.Length]
            : hostName;
    }
}
