// What sockets have that a stream of bytes goes through: connect, send, receive, disconnect, each one call of
// the dispatch table with an IRP of the host's pool. Sends and receives may overlap; each is its own IRP,
// served in the order of the calls. Events: WskByteSocket.Events.cs. It knows nothing about which category it
// is: WskConnection.cs, WskStreamSocket.cs.
using System.Net;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>The functions of a category that a stream of bytes needs, as code addresses.</summary>
internal readonly record struct ByteFunctions(
    nuint Bind,
    nuint Connect,
    nuint ConnectEx,
    nuint GetLocalAddress,
    nuint GetRemoteAddress,
    nuint Send,
    nuint Receive,
    nuint Disconnect,
    nuint Release);

/// <summary>A socket that a stream of bytes goes through.</summary>
public abstract partial class WskByteSocket : WskSocket
{
    // The most that WskConnectEx takes.
    private const int FirstDataBytesMax = 65535;

    internal WskByteSocket(in SocketCreation creation, nuint socket)
        : base(creation, socket)
    {
        _isReceiving = (creation.Events & WskEvents.Receive) != 0;
        _hasEventsUnasked = ((creation.Events | Client.StaticEvents) & WskEvents.Connection) != 0;
    }

    private protected abstract ByteFunctions Functions { get; }

    /// <summary>Binds the socket (WskBind).</summary>
    /// <param name="local">The address; port 0 lets the transport choose.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">
    /// STATUS_ADDRESS_ALREADY_EXISTS, STATUS_ACCESS_DENIED, STATUS_INVALID_ADDRESS_COMPONENT, ...
    /// </exception>
    public ValueTask BindAsync(IPEndPoint local, CancellationToken cancellation = default) =>
        Bind(Functions.Bind, local, cancellation);

    /// <summary>Connects the bound socket (WskConnect).</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">STATUS_CONNECTION_REFUSED, STATUS_IO_TIMEOUT, ...</exception>
    public ValueTask ConnectAsync(IPEndPoint remote, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var address = EndpointAddress.From(remote);
        var operation = Operations.Rent();
        operation.SetRemote(address);
        ReadOnlySpan<ulong> arguments = [Address, operation.RemoteAddress, 0, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskConnect", Functions.Connect, arguments, cancellation));
    }

    /// <summary>Connects the bound socket and sends first data with it (WskConnectEx).</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="firstData">Sent as soon as it can be; at most 65535 bytes.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <returns>Over when the connection stands and the transport has taken the data.</returns>
    /// <exception cref="WskException">
    /// As without first data; STATUS_BUFFER_OVERFLOW when it is too long.
    /// </exception>
    public ValueTask ConnectAsync(
        IPEndPoint remote, ReadOnlyMemory<byte> firstData, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        if (firstData.Length > FirstDataBytesMax)
            throw new WskException("WskConnectEx", Abi.NTSTATUS.STATUS_BUFFER_OVERFLOW);
        var address = EndpointAddress.From(remote);
        var operation = Operations.Rent();
        operation.SetRemote(address);
        operation.SetBuffer(firstData);
        ReadOnlySpan<ulong> arguments =
            [Address, operation.RemoteAddress, operation.Buffer, 0, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskConnectEx", Functions.ConnectEx, arguments, cancellation));
    }

    /// <summary>Sends all of the data (WskSend).</summary>
    /// <returns>Over when the transport has taken the last byte.</returns>
    /// <remarks>Owns: the memory stays pinned, and must not change, until the task is over.</remarks>
    /// <exception cref="WskException">
    /// STATUS_CONNECTION_RESET, STATUS_CONNECTION_DISCONNECTED after a disconnect of ours,
    /// STATUS_INVALID_DEVICE_STATE when not connected, ...
    /// </exception>
    public ValueTask SendAsync(
        ReadOnlyMemory<byte> data,
        WskSendFlags flags = WskSendFlags.None,
        CancellationToken cancellation = default)
    {
        if (data.Length > IrpOperation.BufferBytesMax)
            return SendInPiecesAsync(data, flags, cancellation);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        if (data.IsEmpty)
            return ValueTask.CompletedTask;
        var operation = Operations.Rent();
        operation.SetBuffer(data);
        ReadOnlySpan<ulong> arguments = [Address, operation.Buffer, (uint)flags, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskSend", Functions.Send, arguments, cancellation));
    }

    /// <summary>Receives what there is, or waits for it (WskReceive).</summary>
    /// <returns>The number of bytes; 0 when the peer has disconnected gracefully.</returns>
    /// <remarks>
    /// Owns: the memory stays pinned until the task is over. While the data is enumerated
    /// (<see cref="ReceiveAllAsync"/>) it cannot be received; what an enumeration has left comes first
    /// afterwards.
    /// </remarks>
    /// <exception cref="WskException">
    /// STATUS_CONNECTION_RESET, STATUS_INVALID_DEVICE_STATE when not connected, ...
    /// </exception>
    /// <exception cref="InvalidOperationException">The data comes as events.</exception>
    public ValueTask<int> ReceiveAsync(
        Memory<byte> buffer,
        WskReceiveFlags flags = WskReceiveFlags.None,
        CancellationToken cancellation = default)
    {
        if (buffer.IsEmpty && (flags & WskReceiveFlags.Drain) == 0)
            throw new ArgumentException("there is no room for a byte, and 0 means the end", nameof(buffer));
        if (_isReceiving || (Client.StaticEvents & WskEvents.Receive) != 0)
            throw new InvalidOperationException("The data of this connection comes as events.");
        return _events is { Data.Count: > 0 } events
            ? ReceiveKeptAsync(events, buffer, flags, cancellation)
            : Receive(buffer, flags, cancellation);
    }

    /// <summary>Ends our direction of the connection after the sends begun so far (WskDisconnect).</summary>
    /// <param name="lastData">Sent before the end; empty for none.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <returns>Over when the peer's stack has acknowledged; the peer may go on sending.</returns>
    public ValueTask DisconnectAsync(
        ReadOnlyMemory<byte> lastData = default, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var operation = Operations.Rent();
        if (!lastData.IsEmpty)
            operation.SetBuffer(lastData);
        ReadOnlySpan<ulong> arguments =
            [Address, lastData.IsEmpty ? 0 : operation.Buffer, 0, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskDisconnect", Functions.Disconnect, arguments, cancellation));
    }

    /// <summary>Resets the connection (WskDisconnect with WSK_FLAG_ABORTIVE).</summary>
    public async ValueTask AbortAsync()
    {
        var operation = Operations.Rent();
        await new ValueTask(operation, Start(
            operation, "WskDisconnect", Functions.Disconnect, [Address, 0, WSK_FLAG_ABORTIVE, operation.Irp],
            default)).ConfigureAwait(false);
        _events?.EndData();
    }

    /// <summary>The address that the socket is bound to (WskGetLocalAddress).</summary>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when it is not bound.</exception>
    public ValueTask<IPEndPoint> GetLocalEndPointAsync() =>
        AskAddress("WskGetLocalAddress", Functions.GetLocalAddress);

    /// <summary>The address that the socket is connected to (WskGetRemoteAddress).</summary>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when it is not connected.</exception>
    public ValueTask<IPEndPoint> GetRemoteEndPointAsync() =>
        AskAddress("WskGetRemoteAddress", Functions.GetRemoteAddress);

    /// <summary>
    /// How much data should be under way in sends to keep the connection busy
    /// (SIO_WSK_QUERY_IDEAL_SEND_BACKLOG). Units: bytes.
    /// </summary>
    public ValueTask<long> GetIdealSendBacklogAsync(CancellationToken cancellation = default) =>
        AskNumber(SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, cancellation);

    /// <summary>
    /// How much received data waits to be taken (SIO_WSK_QUERY_RECEIVE_BACKLOG). Units: bytes.
    /// </summary>
    public ValueTask<long> GetReceiveBacklogAsync(CancellationToken cancellation = default) =>
        AskNumber(SIO_WSK_QUERY_RECEIVE_BACKLOG, cancellation);

    /// <summary>
    /// From here on the connection sends nothing at all and ignores what it receives
    /// (SIO_WSK_SET_TCP_SILENT_MODE); only disposing it is allowed afterwards.
    /// </summary>
    /// <exception cref="WskException">
    /// STATUS_NOT_SUPPORTED on loopback, or when the host cannot; STATUS_INVALID_DEVICE_STATE while sends are
    /// under way.
    /// </exception>
    public async ValueTask BecomeSilentAsync(CancellationToken cancellation = default) =>
        await IoControlAsync(SIO_WSK_SET_TCP_SILENT_MODE, cancellation: cancellation).ConfigureAwait(false);

    private ValueTask<int> Receive(
        Memory<byte> buffer, WskReceiveFlags flags, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellation);
        var operation = Operations.Rent();
        operation.SetBuffer(buffer.Length > IrpOperation.BufferBytesMax
            ? buffer[..IrpOperation.BufferBytesMax]
            : buffer);
        ReadOnlySpan<ulong> arguments = [Address, operation.Buffer, (uint)flags, operation.Irp];
        return new ValueTask<int>(
            operation, Start(operation, "WskReceive", Functions.Receive, arguments, cancellation));
    }

    private async ValueTask SendInPiecesAsync(
        ReadOnlyMemory<byte> data, WskSendFlags flags, CancellationToken cancellation)
    {
        for (var sent = 0; sent < data.Length; sent += IrpOperation.BufferBytesMax)
        {
            var bytes = Math.Min(data.Length - sent, IrpOperation.BufferBytesMax);
            await SendAsync(data.Slice(sent, bytes), flags, cancellation).ConfigureAwait(false);
        }
    }
}
