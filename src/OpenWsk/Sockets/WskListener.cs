// A listening socket: it hands out connections one by one, on request or as they come, and lets a delegate
// judge requests first. What callbacks and accepts do: Events/ListenEvents.cs. It knows nothing about the
// connections.
using System.Net;
using OpenWsk.Abi;

namespace OpenWsk;

/// <summary>A socket of the listening category.</summary>
public sealed class WskListener : WskSocket
{
    private readonly ListenEvents _events;
    private IPEndPoint? _local;

    internal WskListener(in SocketCreation creation, nuint socket)
        : base(creation, socket)
    {
        _events = creation.Listener!;
        _events.Attach(this);
    }

    /// <summary>Where it listens, with the port that was chosen.</summary>
    /// <exception cref="InvalidOperationException">It is not bound.</exception>
    public IPEndPoint LocalEndPoint =>
        _local ?? throw new InvalidOperationException("The listener is not bound.");

    private ref WSK_PROVIDER_LISTEN_DISPATCH Listen => ref Table<WSK_PROVIDER_LISTEN_DISPATCH>().Value;

    /// <summary>Binds the socket, which then listens (WskBind).</summary>
    /// <param name="local">The address; port 0 lets the transport choose.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">
    /// STATUS_ADDRESS_ALREADY_EXISTS, STATUS_ACCESS_DENIED, STATUS_INVALID_ADDRESS_COMPONENT, ...
    /// </exception>
    public async ValueTask BindAsync(IPEndPoint local, CancellationToken cancellation = default)
    {
        await Bind(Listen.WskBind, local, cancellation).ConfigureAwait(false);
        _local = await AskAddress("WskGetLocalAddress", Listen.WskGetLocalAddress).ConfigureAwait(false);
        if (_events.AcceptsByEvent)
            EnableEvents(_events.EventsToEnable);
    }

    /// <summary>Waits for a connection and takes it (WskAccept).</summary>
    /// <param name="cancellation">Cancels the IRP; the connection is then the next accept's.</param>
    /// <returns>
    /// The connection, the caller's to dispose. With <see cref="WskListenOptions.AcceptsByEvent"/> it is one
    /// that WskAcceptEvent has brought.
    /// </returns>
    /// <remarks>
    /// Several may wait; they are served in their order. On Windows that was seen to hang (a finding tells).
    /// Of connections that come by event one may wait, otherwise <see cref="InvalidOperationException"/>.
    /// </remarks>
    /// <exception cref="WskException">
    /// STATUS_CANCELLED when the listener is disposed meanwhile; STATUS_INVALID_DEVICE_STATE when it is not
    /// bound; STATUS_FILE_FORCED_CLOSED when the network under it is gone.
    /// </exception>
    public ValueTask<WskConnection> AcceptAsync(CancellationToken cancellation = default) =>
        _events.Accept(Listen.WskAccept, cancellation);

    /// <summary>Every connection that comes, until the listener is disposed.</summary>
    /// <param name="cancellation">Ends the enumeration; connections that wait stay.</param>
    /// <remarks>Owns: each connection is the caller's to dispose.</remarks>
    public IAsyncEnumerable<WskConnection> AcceptAllAsync(CancellationToken cancellation = default) =>
        _events.AcceptAll(Listen.WskAccept, cancellation);

    internal static WskSocket Make(in SocketCreation creation, nuint socket) =>
        new WskListener(creation, socket);

    /// <summary>Decides a request whose inspection was pended (WskInspectComplete).</summary>
    internal ValueTask Decide(in WSK_INSPECT_ID id, WSK_INSPECT_ACTION action)
    {
        var operation = Operations.Rent();
        GuestMemory.Write(operation.Control, id);
        ReadOnlySpan<ulong> arguments = [Address, operation.Control, (uint)action, operation.Irp];
        return new ValueTask(operation, Start(
            operation, "WskInspectComplete", Listen.WskInspectComplete, arguments, default));
    }

    /// <summary>
    /// Rejects a request that nobody has decided, between the last call and WskCloseSocket.
    /// </summary>
    internal ValueTask RejectAtClose(in WSK_INSPECT_ID id)
    {
        var operation = Operations.Rent();
        GuestMemory.Write(operation.Control, id);
        operation.Begin("WskInspectComplete", CancellationToken.None);
        return new ValueTask(operation, operation.Start(
            Listen.WskInspectComplete,
            [Address, operation.Control, (uint)WSK_INSPECT_ACTION.WskInspectReject, operation.Irp]));
    }

    private protected override ValueTask OnClosing() => _events.Close();
}
