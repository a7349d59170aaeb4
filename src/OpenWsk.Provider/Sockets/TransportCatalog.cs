// Which combinations of family, type and protocol exist: the entries of WSK_TRANSPORT_LIST_QUERY and the
// answer to a combination that a call names (OPEN-08, OPEN-48). It knows nothing about sockets.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>The transports of one provider.</summary>
internal static class TransportCatalog
{
    // Identifies our TCP/IP transports in WSK_TRANSPORT.ProviderId; clients may only compare it.
    private static readonly Guid s_providerId = new("6f70656e-7773-4b74-8370-697000000001");

    /// <summary>Every usable combination: TCP, UDP and raw for each family that the transport has.</summary>
    public static IEnumerable<WSK_TRANSPORT> List(ITransport transport)
    {
        foreach (var family in new[] { AF_INET, AF_INET6 })
        {
            if (!transport.SupportsFamily(family))
                continue;
            yield return Entry(family, SOCK_STREAM, IPPROTO_TCP);
            yield return Entry(family, SOCK_DGRAM, IPPROTO_UDP);
            yield return Entry(family, SOCK_RAW, 0);
        }
    }

    /// <summary>
    /// Whether a transport for the combination exists, and whether it has the category: STATUS_SUCCESS,
    /// NoTransport when there is none, NotForCategory when the socket can exist but never be bound (OPEN-08).
    /// </summary>
    public static NTSTATUS Judge(
        ITransport transport, ushort family, ushort type, uint protocol, SocketCategories category)
    {
        if (family is not (AF_INET or AF_INET6) || !transport.SupportsFamily(family))
            return WskSettings.NoTransport;
        var fits = (type, protocol) switch
        {
            (SOCK_STREAM, IPPROTO_TCP) => SocketCategories.All & ~SocketCategories.Datagram,
            (SOCK_DGRAM, IPPROTO_UDP) => SocketCategories.Basic | SocketCategories.Datagram,
            (SOCK_RAW, <= byte.MaxValue) => SocketCategories.Basic | SocketCategories.Datagram,
            _ => SocketCategories.None,
        };
        if (fits == SocketCategories.None)
            return WskSettings.NoTransport;
        return (fits & category) != 0 ? NTSTATUS.STATUS_SUCCESS : WskSettings.NotForCategory;
    }

    private static WSK_TRANSPORT Entry(ushort family, ushort type, uint protocol) => new()
    {
        Version = WskSettings.Version,
        SocketType = type,
        Protocol = protocol,
        AddressFamily = family,
        ProviderId = s_providerId,
    };
}
