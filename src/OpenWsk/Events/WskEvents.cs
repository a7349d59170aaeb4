// The events that WSK tells through callbacks, as C# names them, with the bits of wsk.h. It knows nothing
// about how C# hears of them: the sockets have async streams.
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>Events of sockets (WSK_EVENT_).</summary>
[Flags]
public enum WskEvents : uint
{
    None = 0,

    /// <summary>The ideal send backlog of a connection has changed.</summary>
    SendBacklog = WSK_EVENT_SEND_BACKLOG,

    /// <summary>Data has arrived on a connection.</summary>
    Receive = WSK_EVENT_RECEIVE,

    /// <summary>The peer has disconnected.</summary>
    Disconnect = WSK_EVENT_DISCONNECT,

    /// <summary>Datagrams have arrived.</summary>
    ReceiveFrom = WSK_EVENT_RECEIVE_FROM,

    /// <summary>A listening socket has a new connection.</summary>
    Accept = WSK_EVENT_ACCEPT,

    /// <summary>All events of a connection.</summary>
    Connection = SendBacklog | Receive | Disconnect,
}

/// <summary>How a peer ended a connection.</summary>
public enum WskDisconnection
{
    /// <summary>With FIN: it sends nothing more, and can be sent to.</summary>
    Graceful,

    /// <summary>With a reset: nothing goes either way any more.</summary>
    Abortive,
}
