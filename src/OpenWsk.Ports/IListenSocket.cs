// The listening side of a TCP socket: connections that wait to be taken, and, in conditional mode, requests
// that wait for a decision. It knows nothing about WskAccept or inspect events.
using OpenWsk.Abi;

namespace OpenWsk.Ports;

/// <summary>How to listen.</summary>
/// <param name="Backlog">Connections that may wait to be taken; more are dropped.</param>
/// <param name="IsConditional">Requests wait for <see cref="IListenSocket.Decide"/>.</param>
public readonly record struct ListenSettings(int Backlog, bool IsConditional);

/// <summary>A connection request in conditional mode.</summary>
/// <param name="Id">Identifies the request on this listener; never 0, never reused.</param>
public readonly record struct ConnectionRequest(ulong Id, EndpointAddress Local, EndpointAddress Remote);

/// <summary>A listening socket; it ends with the <see cref="IStreamSocket"/> that it was made from.</summary>
public interface IListenSocket
{
    /// <summary>
    /// Whether a request is judged before the peer sees the connection established. A transport that cannot
    /// do so judges right after, and resets what is rejected.
    /// </summary>
    bool JudgesBeforeHandshake { get; }

    /// <summary>
    /// Takes a connection that waits. STATUS_SUCCESS, STATUS_PENDING when there is none, otherwise why the
    /// listener cannot go on. Its owner calls <see cref="IStreamSocket.Attach"/> at once. In conditional mode
    /// <paramref name="requestId"/> names the request that it was; otherwise it is 0.
    /// </summary>
    NTSTATUS TryAccept(out IStreamSocket? connection, out ulong requestId);

    /// <summary>
    /// Asks for one <see cref="IListenEvents.OnAcceptable"/> as soon as TryAccept would not say
    /// STATUS_PENDING.
    /// </summary>
    void ArmAccept();

    /// <summary>
    /// Decides a request, once. Accepted, it turns up in <see cref="TryAccept"/> or is dropped
    /// (<see cref="IListenEvents.OnRequestDropped"/>); rejected, it is refused by a reset and never told of
    /// again. False when the request was dropped meanwhile.
    /// </summary>
    bool Decide(ulong requestId, bool isAccepted);
}

/// <summary>What a listener tells its owner, on the dispatcher.</summary>
public interface IListenEvents
{
    /// <summary>
    /// TryAccept has something to say. Comes once for each <see cref="IListenSocket.ArmAccept"/>.
    /// </summary>
    void OnAcceptable();

    /// <summary>
    /// Conditional mode: a new request, which waits for <see cref="IListenSocket.Decide"/>.
    /// </summary>
    void OnRequest(in ConnectionRequest request);

    /// <summary>
    /// A request that was not rejected is gone before its connection was delivered or is deliverable.
    /// </summary>
    void OnRequestDropped(ulong requestId);

    /// <summary>
    /// The host has no file or memory left for a connection. Those that come wait until it has some again;
    /// told once for each listener.
    /// </summary>
    void OnShortage()
    {
    }
}
