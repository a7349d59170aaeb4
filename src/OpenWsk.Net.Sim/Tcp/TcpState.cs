// The states of a TCP connection under the names of RFC 9293 section 3.3.2. LISTEN is TcpListener's.
// Transitions are TcpConnection's.
namespace OpenWsk.Net.Sim.Tcp;

/// <summary>State of a connection.</summary>
internal enum TcpState
{
    Closed,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}
