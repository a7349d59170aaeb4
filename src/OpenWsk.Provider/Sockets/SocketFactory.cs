// Which class a category is. It knows nothing about arguments; SocketRoutine.cs has judged them.
// Next: ProviderSocket.cs.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>Makes sockets that the client does not know yet.</summary>
internal static class SocketFactory
{
    /// <summary>
    /// Makes a socket; a failure status when the transport refuses. Without a transport for the category it
    /// can be made, but not bound (OPEN-08).
    /// </summary>
    public static NTSTATUS Create(
        WskProvider provider,
        SocketIdentity identity,
        SocketCategories category,
        SecurityDescriptor? descriptor,
        bool hasTransport,
        out ProviderSocket? socket)
    {
        ProviderSocket made = category switch
        {
            SocketCategories.Basic => new BasicSocket(provider, identity, descriptor),
            SocketCategories.Connection => provider.SocketPool.Rent(identity, descriptor),
            SocketCategories.Listen => new ListenSocket(provider, identity, descriptor),
            SocketCategories.Datagram => new DatagramSocket(provider, identity, descriptor),
            SocketCategories.Stream => new StreamSocket(provider, identity, descriptor),
            _ => throw new InvalidOperationException($"{category} is not one category"),
        };
        var status = hasTransport ? made.OpenTransport() : NTSTATUS.STATUS_SUCCESS;
        socket = status.IsSuccess() ? made : null;
        return status;
    }
}
