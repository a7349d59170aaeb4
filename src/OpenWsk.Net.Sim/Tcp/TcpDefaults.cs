// The numbers of the TCP model, each with its source. They are Windows' numbers where WSK can observe them.
// It knows nothing about links: latency, loss and MTU are LinkSettings'.
namespace OpenWsk.Net.Sim.Tcp;

/// <summary>Constants of the TCP model.</summary>
public static class TcpDefaults
{
    /// <summary>
    /// First retransmission timeout: RFC 1122 section 4.2.3.1 and Windows' InitialRto, 3 s.
    /// </summary>
    public const long InitialRetransmissionNs = 3_000_000_000;

    /// <summary>
    /// Retransmissions of a SYN: Windows' TcpMaxConnectRetransmissions. 3 + 6 + 12 = 21 s in all.
    /// </summary>
    public const int SynRetransmissionsMax = 2;

    /// <summary>Least retransmission timeout of data: Windows' MinRto, 300 ms.</summary>
    public const long RetransmissionNsMin = 300_000_000;

    /// <summary>Greatest retransmission timeout: RFC 6298 rule 2.5 allows 60 s and more.</summary>
    public const long RetransmissionNsMax = 60_000_000_000;

    /// <summary>
    /// Retransmissions of data before the connection is given up: Windows' TcpMaxDataRetransmissions.
    /// </summary>
    public const int DataRetransmissionsMax = 5;

    /// <summary>
    /// How long TIME_WAIT lasts: Windows' TcpTimedWaitDelay has 120 s as its documented default.
    /// </summary>
    public const long TimeWaitNs = 120_000_000_000;

    /// <summary>Bytes that a socket takes before its sends wait.</summary>
    public const int SendBufferBytes = 65_536;

    /// <summary>Bytes that a socket holds for its reader: the largest window that needs no scaling.</summary>
    public const int ReceiveBufferBytes = 65_535;

    /// <summary>
    /// Connections, finished or half open, that a listener holds for its Accept; more are refused.
    /// </summary>
    public const int Backlog = 200;

    /// <summary>
    /// Silence after which the peer of a held request counts as gone: longer than any gap between two of its
    /// SYNs, and as long as Windows tries to connect in all.
    /// </summary>
    public const long RequestSilenceNs = 21_000_000_000;

    /// <summary>The dynamic port range of Windows and RFC 6335 section 6.</summary>
    public const ushort EphemeralPortFirst = 49152;

    /// <summary>Number of ports in the dynamic range.</summary>
    public const int EphemeralPorts = 65536 - EphemeralPortFirst;
}
