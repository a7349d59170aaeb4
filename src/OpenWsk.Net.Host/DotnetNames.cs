// The system's names through .NET alone, for systems other than Linux. It knows no services, so the
// well-known ones serve. On Linux LibcNames.cs says more: services, and names whose own addresses cannot be
// found.
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>System.Net.Dns.</summary>
internal sealed class DotnetNames : ISystemNames
{
    public SocketError FindAddresses(
        string host, ushort family, bool wantsCanonicalName, List<EndpointAddress> addresses,
        out string? canonicalName)
    {
        canonicalName = null;
        try
        {
            var entry = Dns.GetHostEntry(host, ToSystem(family));
            canonicalName = wantsCanonicalName ? entry.HostName : null;
            addresses.AddRange(entry.AddressList.Select(address => EndpointAddress.From(address, 0)));
            return addresses.Count == 0 ? SocketError.NoData : SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (ArgumentException)
        {
            // A name that no resolver takes, such as one that is too long.
            return SocketError.HostNotFound;
        }
    }

    public SocketError FindHost(in EndpointAddress address, out string? name)
    {
        name = null;
        try
        {
            name = Dns.GetHostEntry(address.ToIPAddress()).HostName;
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (ArgumentException)
        {
            // The wildcard addresses, which name nobody.
            return SocketError.HostNotFound;
        }
    }

    public ushort FindPort(string service, bool isDatagram) => 0;

    public string? FindService(ushort port, bool isDatagram) => null;

    public string FindDomain() => IPGlobalProperties.GetIPGlobalProperties().DomainName;

    private static AddressFamily ToSystem(ushort family) => family switch
    {
        WskConstants.AF_INET => AddressFamily.InterNetwork,
        WskConstants.AF_INET6 => AddressFamily.InterNetworkV6,
        _ => AddressFamily.Unspecified,
    };
}
