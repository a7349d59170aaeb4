// A connection request that a conditional listener asks about (WskInspectEvent), and the decision that may
// come later. It knows nothing about the callback: Events/ListenEvents.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>What to do with a connection request.</summary>
public enum WskInspectAction
{
    /// <summary>No connection is made; the peer is refused.</summary>
    Reject = WSK_INSPECT_ACTION.WskInspectReject,

    /// <summary>The connection is made and delivered like others.</summary>
    Accept = WSK_INSPECT_ACTION.WskInspectAccept,

    /// <summary>
    /// Decided later, by <see cref="WskConnectionRequest.AcceptAsync"/> or
    /// <see cref="WskConnectionRequest.RejectAsync"/>.
    /// </summary>
    Pend = WSK_INSPECT_ACTION.WskInspectPend,
}

/// <summary>A request to connect to a conditional listener.</summary>
public sealed class WskConnectionRequest
{
    private readonly WskListener _listener;
    private readonly EndpointAddress _local;
    private readonly EndpointAddress _remote;
    private readonly Lazy<CancellationTokenSource> _aborted = new();
    private int _isDecided;

    internal WskConnectionRequest(
        WskListener listener, in WSK_INSPECT_ID id, in EndpointAddress local, in EndpointAddress remote)
    {
        _listener = listener;
        InspectId = id;
        _local = local;
        _remote = remote;
    }

    /// <summary>Where the peer wants to connect to.</summary>
    public IPEndPoint LocalEndPoint => _local.ToIPEndPoint();

    /// <summary>Where the peer is.</summary>
    public IPEndPoint RemoteEndPoint => _remote.ToIPEndPoint();

    /// <summary>The peer's address without an object for it, for judges that must be quick.</summary>
    public EndpointAddress RemoteAddress => _remote;

    /// <summary>
    /// Cancelled when the request is dropped before its connection stands (WskAbortEvent), or the listener is
    /// disposed.
    /// </summary>
    public CancellationToken Aborted => _aborted.Value.Token;

    /// <summary>Whatever the judge wants to find again at the connection.</summary>
    public object? State { get; set; }

    internal WSK_INSPECT_ID InspectId { get; }

    /// <summary>Accepts a request that was pended (WskInspectComplete).</summary>
    /// <remarks>One that was aborted meanwhile stays so, without an error.</remarks>
    /// <exception cref="InvalidOperationException">It was decided already.</exception>
    public ValueTask AcceptAsync() => Decide(WSK_INSPECT_ACTION.WskInspectAccept);

    /// <summary>Rejects a request that was pended (WskInspectComplete).</summary>
    /// <remarks>One that was aborted meanwhile stays so, without an error.</remarks>
    /// <exception cref="InvalidOperationException">It was decided already.</exception>
    public ValueTask RejectAsync() => Decide(WSK_INSPECT_ACTION.WskInspectReject);

    /// <summary>Takes the decision, once.</summary>
    internal bool TryDecide() => Interlocked.Exchange(ref _isDecided, 1) == 0;

    /// <summary>Cancels <see cref="Aborted"/>; off the dispatcher.</summary>
    internal void TellAborted() => _aborted.Value.Cancel();

    private ValueTask Decide(WSK_INSPECT_ACTION action) => TryDecide()
        ? _listener.Decide(InspectId, action)
        : throw new InvalidOperationException("The request was decided already.");
}
