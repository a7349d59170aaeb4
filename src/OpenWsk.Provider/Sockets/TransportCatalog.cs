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
    /// The status of a connection-oriented socket of the combination: STATUS_SUCCESS for TCP, otherwise why
    /// not.
    /// </summary>
    public static NTSTATUS JudgeConnection(ITransport transport, ushort family, ushort type, uint protocol)
    {
        if (family is not (AF_INET or AF_INET6) || !transport.SupportsFamily(family))
            return WskSettings.NoTransport;
        return (type, protocol) switch
        {
            (SOCK_STREAM, IPPROTO_TCP) => NTSTATUS.STATUS_SUCCESS,
            (SOCK_DGRAM, IPPROTO_UDP) or (SOCK_RAW, _) => WskSettings.NotForCategory,
            _ => WskSettings.NoTransport,
        };
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
