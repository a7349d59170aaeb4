// A TCP socket of a transport: it binds, then connects and moves bytes, or listens. It knows nothing about
// WSK's two roles of a stream socket. Listening: IListenSocket.cs. Operations: TransportOperation.cs.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>One TCP socket: a connection, or what becomes a listener.</summary>
public interface IStreamSocket : ITransportSocket
{
    /// <summary>The peer, once connected.</summary>
    EndpointAddress RemoteAddress { get; }

    /// <summary>Connects; true when the operation is complete on return (then nothing is posted).</summary>
    bool Connect(in EndpointAddress remote, TransportOperation operation);

    /// <summary>
    /// Sends all bytes of the operation's segments after those of earlier sends; true when complete on
    /// return. Completes when the transport has taken the last byte.
    /// </summary>
    bool Send(SendOperation operation);

    /// <summary>
    /// Takes received bytes without waiting. STATUS_SUCCESS with bytes &gt; 0; STATUS_GRACEFUL_DISCONNECT
    /// when the peer has sent FIN and every byte was taken; STATUS_PENDING when there is nothing yet;
    /// otherwise the error that ended the connection. An empty destination asks only which of these holds and
    /// reports bytes = 0.
    /// </summary>
    NTSTATUS TryReceive(Span<byte> destination, out int bytes);

    /// <summary>
    /// Takes received bytes as <see cref="TryReceive"/> does, but leaves them where they lie, in guest
    /// memory: they stay valid and unchanged until <see cref="Return"/>. STATUS_NOT_SUPPORTED when the
    /// transport has nothing that it could lend now; TryReceive then says what there is.
    /// </summary>
    NTSTATUS TryLend(out LentBytes lent)
    {
        lent = default;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    /// <summary>
    /// Gives lent bytes back: on any thread, once each, also after <see cref="ITransportSocket.Close"/>.
    /// </summary>
    void Return(in LentBytes lent)
    {
    }

    /// <summary>
    /// Asks for one <see cref="IStreamEvents.OnReceivable"/> as soon as TryReceive would not say
    /// STATUS_PENDING.
    /// </summary>
    void ArmReceive();

    /// <summary>
    /// Sends FIN after the sends begun so far. Completes when the peer's stack has acknowledged it, or the
    /// connection ended otherwise; true when complete on return.
    /// </summary>
    bool Disconnect(TransportOperation operation);

    /// <summary>
    /// Resets the connection. Operations complete with STATUS_CANCELLED (sends, disconnect, connect).
    /// </summary>
    void Abort();

    /// <summary>
    /// Starts listening on the bound address. The listener lives until this socket is closed; the stream
    /// functions of this socket may not be called any more.
    /// </summary>
    NTSTATUS Listen(in ListenSettings settings, IListenEvents events, out IListenSocket? listener);

    /// <summary>Says who owns an accepted connection; called once, before anything else on it.</summary>
    void Attach(IStreamEvents events);

    /// <summary>Received bytes that TryReceive would deliver now. Units: bytes.</summary>
    nuint ReceiveBacklogBytes { get; }

    /// <summary>
    /// How much unacknowledged data keeps the connection busy; changes while it runs. Units: bytes.
    /// </summary>
    nuint IdealSendBacklogBytes { get; }

    /// <summary>
    /// From here on the connection sends nothing at all, not even when closed, and ignores what it receives.
    /// Errors: STATUS_NOT_SUPPORTED (loopback, or the host cannot).
    /// </summary>
    NTSTATUS BecomeSilent();

    /// <summary>
    /// The owner has closed the socket, on the thread of its dispatcher like everything before, and will not
    /// call it again: the object may become another socket. Called on the dispatcher, once at most.
    /// </summary>
    void GiveBack()
    {
    }
}

/// <summary>What a TCP socket tells its owner, on the dispatcher.</summary>
public interface IStreamEvents : ISocketEvents
{
    /// <summary>
    /// TryReceive has something to say. Comes once for each <see cref="IStreamSocket.ArmReceive"/>.
    /// </summary>
    void OnReceivable();

    /// <summary><see cref="IStreamSocket.IdealSendBacklogBytes"/> has changed.</summary>
    void OnIdealSendBacklog(nuint bytes);
}
