// What every socket has, of whatever category: its WSK_SOCKET, its owner, calls with an IRP and calls
// without, and the end by WskCloseSocket. Options and I/O controls: WskSocket.Control.cs. It knows nothing
// about what a category does. An operation: Operations/IrpOperation.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>A socket of any category.</summary>
/// <remarks>
/// All members may be called from any thread, and several calls may be under way. Owns: the client keeps the
/// socket until it is disposed; what the client's end finds open it closes.
/// </remarks>
public abstract partial class WskSocket : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly nuint _socket;
    private readonly GuestPtr<WSK_PROVIDER_BASIC_DISPATCH> _basic;
    private CallGate _gate;
    private Task? _disposal;

    internal WskSocket(in SocketCreation creation, nuint socket)
    {
        Client = creation.Client;
        Family = creation.Family;
        Context = creation.Context;
        _socket = socket;
        _basic = new(new GuestPtr<WSK_SOCKET>(socket).Value.Dispatch);
    }

    /// <summary>Whose socket it is.</summary>
    public WskClient Client { get; }

    /// <summary>Whether the socket is of AF_INET6.</summary>
    public bool IsV6 => Family == AF_INET6;

    /// <summary>AF_INET or AF_INET6.</summary>
    internal ushort Family { get; }

    /// <summary>The WSK_SOCKET in guest memory.</summary>
    internal nuint Address => _socket;

    /// <summary>The SocketContext of the callbacks.</summary>
    internal nuint Context { get; }

    internal IrpPool Operations => Client.Operations;

    internal CallbackTables Callbacks => Operations.Callbacks;

    internal bool IsClosing => _gate.IsShut;

    private Executive Executive => Operations.Executive;

    /// <summary>Closes the socket (WskCloseSocket); what is under way on it is cancelled.</summary>
    /// <remarks>
    /// Completes: when the provider has let go of the socket; calls that were under way have failed with
    /// STATUS_CANCELLED then. Memory that was received and not disposed yet cannot be looked at any more.
    /// </remarks>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        lock (_lock)
            _disposal ??= Close();
        return new ValueTask(_disposal);
    }

    /// <summary>The dispatch table of the socket's category.</summary>
    private protected GuestPtr<T> Table<T>() where T : unmanaged => _basic.As<T>();

    /// <summary>
    /// The socket is about to be closed, no call is under way: gives back what callbacks have left.
    /// </summary>
    private protected virtual ValueTask OnClosing() => ValueTask.CompletedTask;

    /// <summary>Calls a function with an operation's IRP.</summary>
    /// <returns>The token of this use of the operation.</returns>
    internal short Start(
        IrpOperation operation,
        string call,
        nuint function,
        ReadOnlySpan<ulong> arguments,
        CancellationToken cancellation)
    {
        if (!_gate.TryEnter())
        {
            operation.Abandon();
            throw new ObjectDisposedException(GetType().Name);
        }
        try
        {
            operation.Begin(call, cancellation);
            return operation.Start(function, arguments);
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>Calls a function that takes no IRP.</summary>
    internal NTSTATUS Invoke(nuint function, ReadOnlySpan<ulong> arguments) =>
        TryInvoke(function, arguments, out var status)
            ? status
            : throw new ObjectDisposedException(GetType().Name);

    /// <summary>Calls a function that takes no IRP; false when the socket closes.</summary>
    internal bool TryInvoke(nuint function, ReadOnlySpan<ulong> arguments, out NTSTATUS status)
    {
        status = default;
        if (!_gate.TryEnter())
            return false;
        try
        {
            status = InvokeAtClose(function, arguments);
            return true;
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>Calls a function between the last call of C# and WskCloseSocket.</summary>
    internal NTSTATUS InvokeAtClose(nuint function, ReadOnlySpan<ulong> arguments) =>
        (NTSTATUS)(uint)Executive.Code.Call(function, arguments);

    /// <summary>Calls a function that only wants an IRP, such as WskListen.</summary>
    private protected ValueTask Ask(string call, nuint function, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var operation = Operations.Rent();
        ReadOnlySpan<ulong> arguments = [_socket, operation.Irp];
        return new ValueTask(operation, Start(operation, call, function, arguments, cancellation));
    }

    /// <summary>Calls WskBind.</summary>
    private protected ValueTask Bind(nuint function, IPEndPoint local, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellation);
        var address = Ports.EndpointAddress.From(local);
        var operation = Operations.Rent();
        operation.SetLocal(address);
        ReadOnlySpan<ulong> arguments = [_socket, operation.LocalAddress, 0, operation.Irp];
        return new ValueTask(operation, Start(operation, "WskBind", function, arguments, cancellation));
    }

    /// <summary>Calls a function that tells an address.</summary>
    private protected ValueTask<IPEndPoint> AskAddress(string call, nuint function)
    {
        var operation = Operations.Rent();
        ReadOnlySpan<ulong> arguments = [_socket, operation.LocalAddress, operation.Irp];
        return new ValueTask<IPEndPoint>(
            operation, Start(operation, call, function, arguments, CancellationToken.None));
    }

    private async Task Close()
    {
        _gate.Shut();
        await OnClosing().ConfigureAwait(false);
        var operation = Operations.Rent();
        operation.Begin("WskCloseSocket", CancellationToken.None);
        var token = operation.Start(_basic.Value.WskCloseSocket, [_socket, operation.Irp]);
        await new ValueTask(operation, token).ConfigureAwait(false);
        Callbacks.Forget(Context);
        Client.Forget(this);
    }
}
