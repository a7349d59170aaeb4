// What becomes of the WSK_SOCKET that a call makes: the object that C# gets, known to its client from the
// moment the IRP completes, whether or not anybody awaits it. It knows nothing about the call.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>Makes the object of a new socket.</summary>
internal delegate WskSocket SocketMaker(in SocketCreation creation, nuint socket);

/// <summary>A call of a client that is under way, in most cases one that makes a socket.</summary>
/// <param name="Client">Whose socket it will be.</param>
/// <param name="Maker">Makes the object; null for a call of the client that makes no socket.</param>
/// <param name="Family">AF_INET or AF_INET6.</param>
/// <param name="Context">The SocketContext of its callbacks.</param>
internal readonly record struct SocketCreation(
    WskClient Client, SocketMaker? Maker = null, ushort Family = 0, nuint Context = 0)
{
    /// <summary>Where an accepted connection arrived; family 0 for other sockets.</summary>
    public EndpointAddress LocalAddress { get; init; }

    /// <summary>The peer, where it is known; otherwise family 0.</summary>
    public EndpointAddress RemoteAddress { get; init; }

    /// <summary>The listening socket that the connection was accepted on.</summary>
    public ListenEvents? Listener { get; init; }

    /// <summary>Events that the socket has inherited from its listener.</summary>
    public WskEvents Events { get; init; }

    /// <summary>
    /// The IRP has completed: makes the object; null when there is none, or the client ends.
    /// </summary>
    public WskSocket? End(IrpOperation operation, in IrpOutcome outcome)
    {
        if (Maker is null || !outcome.Status.IsSuccess())
        {
            Client.Operations.Callbacks.Forget(Context);
            Client.EndCall(operation, null);
            return null;
        }
        var creation = Listener is null ? this : WithAddresses(operation);
        var socket = Maker(creation, outcome.Information);
        return Client.EndCall(operation, socket) ? socket : null;
    }

    private SocketCreation WithAddresses(IrpOperation operation)
    {
        EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(operation.LocalAddress), out var local);
        EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(operation.RemoteAddress), out var remote);
        return this with { LocalAddress = local, RemoteAddress = remote };
    }
}
