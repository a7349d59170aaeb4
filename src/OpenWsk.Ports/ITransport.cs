// The network of a world as the provider sees it: sockets that bind, connect, move bytes and end.
// Implementations: OpenWsk.Net.Host (the operating system), OpenWsk.Net.Sim (in memory).
// It knows nothing about WSK: no IRPs, MDLs, events or sharing rules. Every error is already an NTSTATUS.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>Makes sockets and tells which addresses are local.</summary>
public interface ITransport
{
    /// <summary>Name of the arm: host, sim.</summary>
    string Name { get; }

    /// <summary>Whether sockets of the family (AF_INET, AF_INET6) can be made here.</summary>
    bool SupportsFamily(ushort family);

    /// <summary>
    /// Makes a TCP socket that is neither bound nor connected; a failure status when the host refuses.
    /// </summary>
    NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket);
}

/// <summary>
/// One TCP socket. Calls are made under no lock of the transport's; an operation's completion and the events
/// are always delivered on the dispatcher, never from inside the call that started them.
/// </summary>
public interface IStreamSocket
{
    /// <summary>
    /// The bound address; the concrete one once connected. Meaningless before <see cref="Bind"/>.
    /// </summary>
    EndpointAddress LocalAddress { get; }

    /// <summary>The peer, once connected.</summary>
    EndpointAddress RemoteAddress { get; }

    /// <summary>
    /// Binds. Port 0 takes a free port at once. <paramref name="isShared"/> says that the provider allows an
    /// address which another socket of this world already uses; the transport must not refuse it for that
    /// reason. Errors: STATUS_ADDRESS_ALREADY_EXISTS, STATUS_INVALID_ADDRESS_COMPONENT (not a local address),
    /// STATUS_TOO_MANY_ADDRESSES (no free port), STATUS_ACCESS_DENIED.
    /// </summary>
    NTSTATUS Bind(in EndpointAddress local, bool isShared);

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
    /// Gives an operation up: it completes promptly, STATUS_CANCELLED unless it was already done.
    /// </summary>
    void Cancel(TransportOperation operation);

    /// <summary>
    /// Resets the connection. Operations complete with STATUS_CANCELLED (sends, disconnect, connect).
    /// </summary>
    void Abort();

    /// <summary>
    /// Ends the socket and frees its address: quietly when both sides have sent FIN, otherwise as
    /// <see cref="Abort"/>. Operations complete with STATUS_CANCELLED; no event follows. Call once.
    /// </summary>
    void Close();
}

/// <summary>What a TCP socket tells its owner, on the dispatcher.</summary>
public interface IStreamEvents
{
    /// <summary>
    /// TryReceive has something to say. Comes once for each <see cref="IStreamSocket.ArmReceive"/>.
    /// </summary>
    void OnReceivable();
}

/// <summary>An operation that a transport completes exactly once. Reusable after completion.</summary>
public abstract class TransportOperation : DispatchItem
{
    /// <summary>Outcome; valid at completion.</summary>
    public NTSTATUS Status { get; set; }

    /// <summary>For the transport that runs the operation; nobody else touches it.</summary>
    public object? TransportState { get; set; }

    /// <summary>Called on the dispatcher when the operation has completed.</summary>
    protected abstract void OnCompleted();

    public sealed override void Run() => OnCompleted();
}

/// <summary>
/// A send: the bytes to send, as segments of guest memory that stay valid until completion.
/// </summary>
public abstract class SendOperation : TransportOperation
{
    /// <summary>Number of segments.</summary>
    public abstract int SegmentCount { get; }

    /// <summary>The bytes of one segment; none is empty.</summary>
    public abstract Memory<byte> Segment(int index);
}
