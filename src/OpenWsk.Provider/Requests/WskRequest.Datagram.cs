// What a request of a datagram socket carries beyond its buffers. It knows nothing about what is done with
// it: Sockets/Datagram/.
namespace OpenWsk.Provider;

internal sealed partial class WskRequest
{
    /// <summary>Where a WskReceiveFrom wants its answers.</summary>
    public ReceiveFromArguments ReceiveFrom { get; set; }
}
