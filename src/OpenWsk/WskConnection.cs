// A connection-oriented socket: each method is one call of its dispatch table with an IRP of the host's pool.
// Sends and receives may overlap; each is its own IRP, served in the order of the calls.
// It knows nothing about registration: that is WskClient. What an operation is: Operations/IrpOperation.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>A socket of the connection-oriented category.</summary>
public sealed class WskConnection : IAsyncDisposable
{
    private readonly WskClient _client;
    private readonly Executive _executive;
    private readonly nuint _socket;
    private readonly GuestPtr<WSK_PROVIDER_CONNECTION_DISPATCH> _dispatch;
    private readonly Lock _lock = new();
    private Task? _disposal;
    private bool _isClosing;
    private int _calls;

    internal WskConnection(WskClient client, Executive executive, nuint socket)
    {
        _client = client;
        _executive = executive;
        _socket = socket;
        _dispatch = new(new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch);
    }

    /// <summary>The WSK_SOCKET in guest memory.</summary>
    internal nuint Address => _socket;

    private ref WSK_PROVIDER_CONNECTION_DISPATCH Dispatch => ref _dispatch.Value;

    /// <summary>Binds the socket (WskBind).</summary>
    /// <exception cref="WskException">
    /// STATUS_ADDRESS_ALREADY_EXISTS, STATUS_INVALID_ADDRESS_COMPONENT, ...
    /// </exception>
    public ValueTask BindAsync(IPEndPoint local, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var address = EndpointAddress.From(local);
        var operation = _client.Operations.Rent();
        operation.SetLocal(address);
        ReadOnlySpan<ulong> arguments = [_socket, operation.LocalAddress, 0, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskBind", Dispatch.WskBind, arguments, cancellation));
    }

    /// <summary>Connects the bound socket (WskConnect).</summary>
    /// <exception cref="WskException">STATUS_CONNECTION_REFUSED, STATUS_IO_TIMEOUT, ...</exception>
    public ValueTask ConnectAsync(IPEndPoint remote, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var address = EndpointAddress.From(remote);
        var operation = _client.Operations.Rent();
        operation.SetRemote(address);
        ReadOnlySpan<ulong> arguments = [_socket, operation.RemoteAddress, 0, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskConnect", Dispatch.WskConnect, arguments, cancellation));
    }

    /// <summary>Sends all of the data (WskSend).</summary>
    /// <remarks>Owns: the memory stays pinned, and must not change, until the task is over.</remarks>
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
        var operation = _client.Operations.Rent();
        operation.SetBuffer(data);
        ReadOnlySpan<ulong> arguments = [_socket, operation.Buffer, (uint)flags, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskSend", Dispatch.WskSend, arguments, cancellation));
    }

    /// <summary>Receives what there is, or waits for it (WskReceive).</summary>
    /// <returns>The number of bytes; 0 when the peer has disconnected gracefully.</returns>
    /// <remarks>Owns: the memory stays pinned until the task is over.</remarks>
    public ValueTask<int> ReceiveAsync(
        Memory<byte> buffer,
        WskReceiveFlags flags = WskReceiveFlags.None,
        CancellationToken cancellation = default)
    {
        if (buffer.IsEmpty)
            throw new ArgumentException("there is no room for a byte, and 0 means the end", nameof(buffer));
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellation);
        var operation = _client.Operations.Rent();
        operation.SetBuffer(buffer.Length > IrpOperation.BufferBytesMax
            ? buffer[..IrpOperation.BufferBytesMax]
            : buffer);
        ReadOnlySpan<ulong> arguments = [_socket, operation.Buffer, (uint)flags, operation.Irp];
        return new ValueTask<int>(
            operation, Start(operation, "WskReceive", Dispatch.WskReceive, arguments, cancellation));
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
        var operation = _client.Operations.Rent();
        if (!lastData.IsEmpty)
            operation.SetBuffer(lastData);
        ReadOnlySpan<ulong> arguments = [_socket, lastData.IsEmpty ? 0 : operation.Buffer, 0, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskDisconnect", Dispatch.WskDisconnect, arguments, cancellation));
    }

    /// <summary>Resets the connection (WskDisconnect with WSK_FLAG_ABORTIVE).</summary>
    public ValueTask AbortAsync()
    {
        var operation = _client.Operations.Rent();
        ReadOnlySpan<ulong> arguments = [_socket, 0, WSK_FLAG_ABORTIVE, operation.Irp];
        return new ValueTask(
            operation, Start(operation, "WskDisconnect", Dispatch.WskDisconnect, arguments, default));
    }

    /// <summary>The address that the socket is bound to (WskGetLocalAddress).</summary>
    public ValueTask<IPEndPoint> GetLocalEndPointAsync() =>
        AskAsync("WskGetLocalAddress", Dispatch.WskGetLocalAddress);

    /// <summary>The address that the socket is connected to (WskGetRemoteAddress).</summary>
    public ValueTask<IPEndPoint> GetRemoteEndPointAsync() =>
        AskAsync("WskGetRemoteAddress", Dispatch.WskGetRemoteAddress);

    /// <summary>Closes the socket (WskCloseSocket); what is under way on it is cancelled.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            _disposal ??= Close();
        return new ValueTask(_disposal);
    }

    // A call and the close of its socket must not cross: a driver that calls a socket after WskCloseSocket
    // breaks CLOSE-11. Calls are counted while they are inside the provider, which never blocks, and the
    // close waits.
    private short Start(
        IrpOperation operation,
        string call,
        nuint function,
        ReadOnlySpan<ulong> arguments,
        CancellationToken cancellation)
    {
        Interlocked.Increment(ref _calls);
        try
        {
            if (Volatile.Read(ref _isClosing))
            {
                operation.Abandon();
                throw new ObjectDisposedException(nameof(WskConnection));
            }
            operation.Begin(call, cancellation);
            return operation.Start(function, arguments);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private async Task Close()
    {
        Interlocked.Exchange(ref _isClosing, true);
        var spin = new SpinWait();
        while (Volatile.Read(ref _calls) != 0)
            spin.SpinOnce();
        var operation = _client.Operations.Rent();
        operation.Begin("WskCloseSocket", CancellationToken.None);
        var token = operation.Start(Dispatch.Basic.WskCloseSocket, [_socket, operation.Irp]);
        await new ValueTask(operation, token).ConfigureAwait(false);
        _client.Forget(this);
    }

    private async ValueTask<IPEndPoint> AskAsync(string call, nuint function)
    {
        var place = _executive.Heap.Allocate(EndpointAddress.SockaddrBytes(AF_INET6));
        try
        {
            var operation = _client.Operations.Rent();
            var token =
                Start(operation, call, function, [_socket, place, operation.Irp], CancellationToken.None);
            await new ValueTask(operation, token).ConfigureAwait(false);
            return EndpointAddress.TryRead(new GuestPtr<SOCKADDR>(place), out var address)
                ? address.ToIPEndPoint()
                : throw new WskException(call, NTSTATUS.STATUS_INVALID_ADDRESS);
        }
        finally
        {
            _executive.Heap.Free(place);
        }
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
