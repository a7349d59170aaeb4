// What a stream asks of the mechanism that moves its bytes. Everything here is called under the stream's lock
// unless it says otherwise, and does not block. Implementations: DescriptorStream.cs (Polling/ and
// OpenWsk.Net.Uring) and HostStream.cs. It knows nothing about rules; those are in the other parts of
// SystemStream.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    /// <summary>Index of the dispatcher of this socket.</summary>
    public abstract int Processor { get; }

    protected sealed override int DispatchProcessor => Processor;

    /// <summary>The system's socket, which is open.</summary>
    private protected abstract SafeSocketHandle SystemHandle { get; }

    /// <summary>Received bytes that the mechanism has taken from the system and the owner has not.</summary>
    private protected virtual nuint QueuedBytes => 0;

    // Control.

    private protected abstract SocketError OpenSocket();

    private protected abstract SocketError BindTo(in EndpointAddress address);

    private protected abstract EndpointAddress AskLocalAddress();

    private protected abstract SocketError ListenFor(int backlog);

    private protected abstract SystemListener MakeListener(in ListenSettings settings, IListenEvents events);

    private protected abstract SystemStream MakeAccepted(
        in AcceptedConnection accepted, in EndpointAddress local, in EndpointAddress remote);

    private protected abstract SocketError ShutdownSend();

    private protected abstract bool IsFinAcknowledged(out bool isGone);

    /// <summary>The error that ended the connection, if any; the system forgets it by telling.</summary>
    private protected abstract SocketError TakeError();

    private protected abstract int AskSendBufferBytes();

    private protected abstract void SetReuse(bool isAllowed);

    private protected abstract void SetPortReuse(bool isAllowed);

    private protected abstract void SetPortDeferred(bool isDeferred);

    private protected abstract void StopListening();

    /// <summary>Has the system send what it is given at once, also what it held back (TCP_NODELAY).</summary>
    private protected abstract void StopDelay();

    /// <summary>Lets the bind that follows share its address; needed on systems other than Linux.</summary>
    private protected virtual void AllowSharedBind()
    {
    }

    /// <summary>Closes the system's socket, with a reset or quietly. Operations under way end soon.</summary>
    private protected abstract void CloseSocket(bool isReset);

    /// <summary>The stream has been closed; the system's socket too.</summary>
    private protected abstract void OnClosed();

    // Data.

    /// <summary>Begins to connect; false when that is over already, with its error.</summary>
    /// <remarks>Otherwise <see cref="EndConnect"/> follows, unless the socket is closed first.</remarks>
    private protected abstract bool BeginConnect(in EndpointAddress remote, out SocketError error);

    /// <summary>Whether the peer's FIN has come and every byte before it was taken.</summary>
    private protected abstract bool IsInputOver();

    /// <summary>Has <see cref="RecheckFin"/> called when the peer's FIN or an error comes.</summary>
    private protected abstract void WaitForEnd();

    /// <summary>Answers all arms.</summary>
    private protected abstract void SignalReadable();

    /// <summary>
    /// Sends from where <see cref="_segment"/> and <see cref="_offset"/> stand, until the operation is done
    /// (its status) or the mechanism has the rest (STATUS_PENDING; <see cref="ContinueSends"/> follows).
    /// </summary>
    private protected abstract NTSTATUS Advance(SendOperation operation);

    /// <summary>A send waits behind others, the first of which is under way.</summary>
    private protected virtual void OnQueued()
    {
    }

    /// <summary>Takes out a send behind the first, of which nothing has been sent.</summary>
    /// <returns>False when it is not in the queue, or completes later all the same.</returns>
    private protected virtual bool TryWithdraw(SendOperation operation) => _sends.TryRemove(operation);

    /// <summary>Whether the send buffer may have grown since it was last measured.</summary>
    private protected virtual bool IsSendBufferDue => true;

    /// <summary>Runs an item on the socket's dispatcher soon, after the lock has been given back.</summary>
    private protected virtual void Deliver(DispatchItem item) => Scheduler.Post(item);

    /// <inheritdoc/>
    public abstract NTSTATUS TryReceive(Span<byte> destination, out int bytes);

    /// <inheritdoc/>
    public abstract void ArmReceive();

    /// <inheritdoc/>
    public virtual NTSTATUS TryLend(out LentBytes lent)
    {
        lent = default;
        return NTSTATUS.STATUS_NOT_SUPPORTED;
    }

    /// <inheritdoc/>
    public virtual void Return(in LentBytes lent)
    {
    }

    /// <inheritdoc/>
    public virtual void GiveBack()
    {
    }
}
