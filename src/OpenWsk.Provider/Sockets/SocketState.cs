// How far a socket has come, and what kind it is. It knows nothing about what the kinds can do: each is a
// class of its own beside this file.
namespace OpenWsk.Provider;

/// <summary>How far a socket has come.</summary>
internal enum SocketState
{
    Created,
    Bound,
    Connecting,
    Connected,
    Listening,
    Closing,
}

/// <summary>The categories of WskSocket, as a set.</summary>
[Flags]
internal enum SocketCategories
{
    None = 0,
    Basic = 1,
    Listen = 2,
    Datagram = 4,
    Connection = 8,
    Stream = 16,
    All = Basic | Listen | Datagram | Connection | Stream,
}
