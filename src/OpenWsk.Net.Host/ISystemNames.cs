// What the operating system knows about names, asked one question at a time by a thread that may wait. The
// questions are those of getaddrinfo and getnameinfo. Implementations: LibcNames.cs (Linux), DotnetNames.cs
// (elsewhere). It knows nothing about look-ups and their cancellation: HostResolver.cs.
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>The system's resolver; every call may block.</summary>
internal interface ISystemNames
{
    /// <summary>Finds the addresses of a host (ASCII name) of a family, 0 for both, best first.</summary>
    SocketError FindAddresses(
        string host, ushort family, bool wantsCanonicalName, List<EndpointAddress> addresses,
        out string? canonicalName);

    /// <summary>Finds the name of an address; HostNotFound when it has none.</summary>
    SocketError FindHost(in EndpointAddress address, out string? name);

    /// <summary>The port of a service; 0 when the system does not know it.</summary>
    ushort FindPort(string service, bool isDatagram);

    /// <summary>The service of a port; null when the system does not know it.</summary>
    string? FindService(ushort port, bool isDatagram);

    /// <summary>The domain of this host; empty when it has none.</summary>
    string FindDomain();
}
