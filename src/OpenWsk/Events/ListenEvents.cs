// How a listening socket, or a stream socket in that role, gives out connections: by WskAccept, or as
// WskAcceptEvent brings them, and the inspection of requests in conditional mode. Callbacks run on the
// dispatcher at DISPATCH_LEVEL. It knows nothing about what is done with a connection.
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>The listening side of one socket.</summary>
internal sealed class ListenEvents(WskClient client, WskListenOptions options)
{
    private readonly EventQueue<WskConnection> _arrived = new(client.Operations.Continuations);
    private readonly InspectedRequests _requests = new(client.Operations.Continuations);
    private readonly WskListenOptions _options = options with { };
    private WskSocket? _socket;

    /// <summary>Whether connections come by WskAcceptEvent.</summary>
    public bool AcceptsByEvent => _options.AcceptsByEvent
        || _options.ConnectionEvents != WskEvents.None
        || (client.StaticEvents & WskEvents.Accept) != 0;

    /// <summary>What is enabled on the listening socket once it is bound.</summary>
    public WskEvents EventsToEnable => WskEvents.Accept | (_options.ConnectionEvents & WskEvents.Connection);

    /// <summary>Says which socket it is; callbacks come later than that.</summary>
    public void Attach(WskSocket socket) => _socket = socket;

    /// <summary>Takes the next connection.</summary>
    public ValueTask<WskConnection> Accept(nuint function, CancellationToken cancellation)
    {
        if (AcceptsByEvent)
            return TakeArrived(cancellation);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<WskConnection>(cancellation);
        var (socket, callbacks) = (_socket!, client.Operations.Callbacks);
        var operation = client.Operations.Rent();
        var context = callbacks.NewContext();
        var creation = new SocketCreation(client, WskConnection.Make, socket.Family, context)
        {
            Listener = this,
        };
        ReadOnlySpan<ulong> arguments =
        [
            socket.Address, 0, context, callbacks.Connection, operation.LocalAddress,
            operation.RemoteAddress, operation.Irp,
        ];
        client.BeginCall(operation, creation);
        try
        {
            return new ValueTask<WskConnection>(
                operation, socket.Start(operation, "WskAccept", function, arguments, cancellation));
        }
        catch (ObjectDisposedException)
        {
            client.EndCall(operation, null);
            throw;
        }
    }

    /// <summary>Takes connections until the socket closes.</summary>
    public async IAsyncEnumerable<WskConnection> AcceptAll(
        nuint function, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            WskConnection connection;
            try
            {
                connection = await Accept(function, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (_socket!.IsClosing && e is WskException or ObjectDisposedException)
            {
                yield break;
            }
            yield return connection;
        }
    }

    /// <summary>WskAcceptEvent.</summary>
    public NTSTATUS OnAccept(ReadOnlySpan<ulong> arguments)
    {
        var accepted = (nuint)arguments[4];
        if (accepted == 0)
        {
            _arrived.Complete(new WskException("WskAcceptEvent", STATUS_FILE_FORCED_CLOSED));
            return STATUS_SUCCESS;
        }
        if (_arrived.Count >= _options.WaitingMax || _socket!.IsClosing)
            return STATUS_REQUEST_NOT_ACCEPTED;
        EndpointAddress.TryRead(new((nuint)arguments[2]), out var local);
        EndpointAddress.TryRead(new((nuint)arguments[3]), out var remote);
        var callbacks = client.Operations.Callbacks;
        var creation = new SocketCreation(
            client, WskConnection.Make, _socket.Family, callbacks.NewContext())
        {
            Listener = this,
            LocalAddress = local,
            RemoteAddress = remote,
            Events = _options.ConnectionEvents,
        };
        // Before anybody can have the connection and enable events on it (ACCEPT-32).
        GuestMemory.Write((nuint)arguments[5], creation.Context);
        GuestMemory.Write((nuint)arguments[6], callbacks.Connection);
        var connection = new WskConnection(creation, accepted);
        if (!client.TryAdopt(connection))
            return STATUS_REQUEST_NOT_ACCEPTED;
        if (!_arrived.TryAdd(connection))
        {
            client.Forget(connection);
            return STATUS_REQUEST_NOT_ACCEPTED;
        }
        return STATUS_SUCCESS;
    }

    /// <summary>WskInspectEvent.</summary>
    public WSK_INSPECT_ACTION OnInspect(ReadOnlySpan<ulong> arguments)
    {
        var id = (nuint)arguments[3];
        if (id == 0)
        {
            _arrived.Complete(new WskException("WskInspectEvent", STATUS_FILE_FORCED_CLOSED));
            return WSK_INSPECT_ACTION.WskInspectReject;
        }
        if (_socket is not WskListener { IsClosing: false } listener || _options.Inspect is not { } inspect)
            return WSK_INSPECT_ACTION.WskInspectReject;
        EndpointAddress.TryRead(new((nuint)arguments[1]), out var local);
        EndpointAddress.TryRead(new((nuint)arguments[2]), out var remote);
        var request = new WskConnectionRequest(listener, GuestMemory.Read<WSK_INSPECT_ID>(id), local, remote);
        return _requests.Judge(request, inspect);
    }

    /// <summary>WskAbortEvent.</summary>
    public NTSTATUS OnAbort(GuestPtr<WSK_INSPECT_ID> id)
    {
        _requests.Abort(id.Value);
        return STATUS_SUCCESS;
    }

    /// <summary>The request that an accepted connection comes from; it is over now.</summary>
    public WskConnectionRequest? RequestOf(WskConnection connection)
    {
        if (_options.Inspect is null)
            return null;
        var data = new byte[Unsafe.SizeOf<WSK_INSPECT_ID>()];
        var status = connection.IoControl(SIO_WSK_QUERY_INSPECT_ID, default, data, out _);
        return status.IsSuccess() ? _requests.End(Unsafe.ReadUnaligned<WSK_INSPECT_ID>(ref data[0])) : null;
    }

    /// <summary>The socket closes: connections that nobody has taken are closed.</summary>
    public async ValueTask Close()
    {
        _arrived.Complete(new ObjectDisposedException(_socket!.GetType().Name));
        foreach (var request in _requests.Close())
            await ((WskListener)_socket).RejectAtClose(request.InspectId).ConfigureAwait(false);
        while (_arrived.TryTake(out var connection))
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<WskConnection> TakeArrived(CancellationToken cancellation)
    {
        while (true)
        {
            if (_arrived.TryTake(out var connection))
                return connection;
            var isOpen = await _arrived.WaitAsync(cancellation).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(!isOpen, _socket!);
        }
    }
}
