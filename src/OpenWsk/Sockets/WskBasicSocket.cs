// A socket of the basic category: it has options and I/O controls and nothing else. Where it is made:
// WskClient.Sockets.cs. It knows nothing about addresses or data.
namespace OpenWsk;

/// <summary>A socket that can only be controlled (WSK_FLAG_BASIC_SOCKET).</summary>
/// <remarks>Clients use one for controls that any socket takes, such as the address list.</remarks>
public sealed class WskBasicSocket : WskSocket
{
    internal WskBasicSocket(in SocketCreation creation, nuint socket)
        : base(creation, socket)
    {
    }

    internal static WskSocket Make(in SocketCreation creation, nuint socket) =>
        new WskBasicSocket(creation, socket);
}
