// What a connection tells whoever uses it: a listener while the handshake lasts, then a transport's socket
// or a scripted peer. Calls come while a segment or a timer is handled, on the dispatcher, and never from
// inside a call to the connection. Implementations: TcpListener, SimStreamSocket, SimConnection.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim.Tcp;

/// <summary>The user of a TCP connection.</summary>
internal interface ITcpOwner
{
    /// <summary>The handshake is complete.</summary>
    void OnConnected(TcpConnection connection);

    /// <summary>There are bytes to read, or the peer's FIN came after the last one.</summary>
    void OnReadable(TcpConnection connection);

    /// <summary>The send buffer has room again.</summary>
    void OnWritable(TcpConnection connection);

    /// <summary>The peer has acknowledged our FIN.</summary>
    void OnSendClosed(TcpConnection connection);

    /// <summary>The ideal send backlog is another one.</summary>
    void OnIdealSendBacklog(TcpConnection connection);

    /// <summary>The connection ended by a reset, a refusal or silence; nothing follows.</summary>
    void OnEnded(TcpConnection connection, NTSTATUS status);
}
