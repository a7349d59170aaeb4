// Services that every Windows knows because its services file comes with it; a Linux without one, or a
// simulated world, knows them from here. Names and ports are IANA's. It knows nothing about other services:
// the system's own list comes first, where there is one.
namespace OpenWsk.Ports;

/// <summary>A short list of services and their ports.</summary>
public static class WellKnownServices
{
    private static readonly (string Name, ushort TcpPort, ushort UdpPort)[] s_services =
    [
        ("echo", 7, 7), ("discard", 9, 9), ("daytime", 13, 13), ("chargen", 19, 19), ("ftp-data", 20, 0),
        ("ftp", 21, 0), ("ssh", 22, 0), ("telnet", 23, 0), ("smtp", 25, 0), ("time", 37, 37),
        ("domain", 53, 53), ("bootps", 0, 67), ("bootpc", 0, 68), ("tftp", 0, 69), ("http", 80, 0),
        ("kerberos", 88, 88), ("pop3", 110, 0), ("sunrpc", 111, 111), ("nntp", 119, 0), ("ntp", 0, 123),
        ("netbios-ns", 0, 137), ("netbios-dgm", 0, 138), ("netbios-ssn", 139, 0), ("imap", 143, 0),
        ("snmp", 161, 161), ("snmp-trap", 162, 162), ("ldap", 389, 389), ("https", 443, 0),
        ("microsoft-ds", 445, 445), ("syslog", 0, 514), ("shell", 514, 0), ("router", 0, 520),
        ("ldaps", 636, 636), ("imaps", 993, 0), ("pop3s", 995, 0), ("nfs", 2049, 2049),
    ];

    /// <summary>The port of a service in one protocol; 0 when it is not in the list.</summary>
    public static ushort FindPort(string name, bool isDatagram)
    {
        foreach (var service in s_services)
        {
            if (service.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return isDatagram ? service.UdpPort : service.TcpPort;
        }
        return 0;
    }

    /// <summary>The service of a port in one protocol; null when it is not in the list.</summary>
    public static string? FindName(ushort port, bool isDatagram)
    {
        foreach (var service in s_services)
        {
            if ((isDatagram ? service.UdpPort : service.TcpPort) == port && port != 0)
                return service.Name;
        }
        return null;
    }
}
