// What the functions of the listening role need of a socket: its role. It is the type by which
// Dispatch/ListenRoutines.cs finds sockets; it knows nothing about categories.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>A socket that listens, or that can.</summary>
internal interface IAcceptor
{
    /// <summary>What the socket does as a listener.</summary>
    ProviderSocket.ListenRole Listening { get; }

    /// <summary>The client's callbacks of the listening role; null for none.</summary>
    GuestPtr<WSK_CLIENT_LISTEN_DISPATCH> ListenTable { get; }
}
