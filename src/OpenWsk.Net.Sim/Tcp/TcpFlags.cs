// The control bits of a TCP header that the model uses, at their place in the header (RFC 9293 section 3.1).
// Urgent data is not modelled: WSK offers no way to send or to see it.
namespace OpenWsk.Net.Sim.Tcp;

/// <summary>Control bits of a TCP segment.</summary>
[Flags]
public enum TcpFlags : byte
{
    None = 0,
    Fin = 0x01,
    Syn = 0x02,
    Rst = 0x04,
    Psh = 0x08,
    Ack = 0x10,
}
