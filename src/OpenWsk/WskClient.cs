// A registered client: WskRegister and WskCaptureProviderNPI when it is made, WskReleaseProviderNPI and
// WskDeregister when it is disposed. It makes sockets and asks for the transport list. It knows nothing about
// what sockets do: see WskConnection.cs.
using System.Net;
using System.Runtime.CompilerServices;
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

/// <summary>A WSK client.</summary>
public sealed class WskClient : IAsyncDisposable
{
    // The registration block: WSK_CLIENT_DISPATCH, WSK_CLIENT_NPI, WSK_REGISTRATION, WSK_PROVIDER_NPI.
    private const int NpiOffset = 16;
    private const int RegistrationOffset = 32;
    private const int ProviderNpiOffset = 64;
    private const int BlockBytes = 96;
    private const ushort Version = 0x0100;

    private readonly WskHost _host;
    private readonly nuint _block;
    private readonly Lock _lock = new();
    private readonly HashSet<WskConnection> _connections = [];
    private readonly CancellationTokenSource _ending = new();
    private Task? _disposal;
    private bool _isEnding;
    private int _calls;

    private WskClient(WskHost host, nuint block)
    {
        _host = host;
        _block = block;
    }

    internal IrpPool Operations => _host.Operations;

    private Executive Executive => _host.Executive;

    private ref WSK_PROVIDER_NPI Npi => ref new GuestPtr<WSK_PROVIDER_NPI>(_block + ProviderNpiOffset).Value;

    private ulong Client => Npi.Client.Address;

    private ref WSK_PROVIDER_DISPATCH Dispatch => ref Npi.Dispatch.Value;

    /// <summary>Makes a socket, binds it and connects it, in one call of WskSocketConnect.</summary>
    /// <param name="remote">The address to connect to.</param>
    /// <param name="local">The address to bind to; null lets the transport choose.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">
    /// STATUS_CONNECTION_REFUSED, STATUS_IO_TIMEOUT, STATUS_NETWORK_UNREACHABLE, STATUS_HOST_UNREACHABLE or
    /// what else the attempt ended with.
    /// </exception>
    public async ValueTask<WskConnection> ConnectAsync(
        IPEndPoint remote, IPEndPoint? local = null, CancellationToken cancellation = default)
    {
        var remoteAddress = EndpointAddress.From(remote);
        var localAddress = local is null ? EndpointAddress.Wildcard(remoteAddress.Family)
            : EndpointAddress.From(local);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ending.Token);
        cancellation.ThrowIfCancellationRequested();
        var operation = Operations.Rent();
        operation.SetLocal(localAddress);
        operation.SetRemote(remoteAddress);
        return await Create(operation, "WskSocketConnect", Dispatch.WskSocketConnect,
        [
            Client, SOCK_STREAM, IPPROTO_TCP, operation.LocalAddress, operation.RemoteAddress,
            0, 0, 0, 0, 0, 0, operation.Irp,
        ], either.Token, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes a socket of the connection-oriented category that is neither bound nor connected.
    /// </summary>
    /// <param name="isV6">Whether it is of AF_INET6.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    public async ValueTask<WskConnection> CreateConnectionSocketAsync(
        bool isV6 = false, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var operation = Operations.Rent();
        return await Create(operation, "WskSocket", Dispatch.WskSocket,
        [
            Client, isV6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET,
            0, 0, 0, 0, 0, operation.Irp,
        ], cancellation, cancellation).ConfigureAwait(false);
    }

    /// <summary>The provider's transport list (WSK_TRANSPORT_LIST_QUERY).</summary>
    public IReadOnlyList<WskTransport> GetTransports()
    {
        ThrowIfEnded();
        var returned = Executive.Heap.Allocate(sizeof(ulong));
        nuint list = 0;
        try
        {
            var status = QueryTransports(0, 0, returned);
            var bytes = GuestMemory.Read<ulong>(returned);
            if (bytes != 0)
            {
                list = Executive.Heap.Allocate((int)bytes);
                status = QueryTransports(bytes, list, returned);
            }
            if (!status.IsSuccess())
                throw new WskException("WskControlClient", status);
            var count = (int)(GuestMemory.Read<ulong>(returned) / (ulong)Unsafe.SizeOf<WSK_TRANSPORT>());
            return [.. Enumerable.Range(0, count).Select(index => ReadTransport(list, index))];
        }
        finally
        {
            Executive.Heap.Free(returned);
            if (list != 0)
                Executive.Heap.Free(list);
        }
    }

    /// <summary>
    /// Closes the client's sockets, releases the provider and deregisters; waits until that is done.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            return new ValueTask(_disposal ??= End());
    }

    internal static WskClient Register(WskHost host, TimeSpan? readyTimeout)
    {
        var executive = host.Executive;
        var block = executive.Heap.Allocate(BlockBytes);
        GuestMemory.Write(block, new WSK_CLIENT_DISPATCH { Version = Version });
        GuestMemory.Write(block + NpiOffset, new WSK_CLIENT_NPI { Dispatch = new(block) });
        var status = Call(executive, "WskRegister", [block + NpiOffset, block + RegistrationOffset]);
        if (status.IsSuccess())
        {
            status = Call(executive, "WskCaptureProviderNPI",
                [block + RegistrationOffset, Milliseconds(readyTimeout), block + ProviderNpiOffset]);
            if (status.IsSuccess())
                return new WskClient(host, block);
            Call(executive, "WskDeregister", [block + RegistrationOffset]);
        }
        executive.Heap.Free(block);
        throw new WskException("WskRegister", status);
    }

    internal void Forget(WskConnection connection)
    {
        lock (_lock)
            _connections.Remove(connection);
    }

    // As with sockets, a call and the end of the registration must not cross: without a capture no dispatch
    // function may be called. Attempts that are under way are cancelled by the end; one that succeeds all the
    // same is closed.
    private ValueTask<WskConnection> Create(
        IrpOperation operation,
        string call,
        nuint function,
        ReadOnlySpan<ulong> arguments,
        CancellationToken either,
        CancellationToken callers)
    {
        short token;
        Interlocked.Increment(ref _calls);
        try
        {
            if (Volatile.Read(ref _isEnding))
            {
                operation.Abandon();
                throw new ObjectDisposedException(nameof(WskClient));
            }
            operation.Begin(call, either);
            token = operation.Start(function, arguments);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
        return Adopt(new ValueTask<nuint>(operation, token), callers);
    }

    private async ValueTask<WskConnection> Adopt(ValueTask<nuint> creation, CancellationToken callers)
    {
        nuint socket;
        try
        {
            socket = await creation.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            callers.ThrowIfCancellationRequested();
            throw new ObjectDisposedException(nameof(WskClient));
        }
        var connection = new WskConnection(this, Executive, socket);
        lock (_lock)
        {
            if (_disposal is null)
            {
                _connections.Add(connection);
                return connection;
            }
        }
        await connection.DisposeAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(nameof(WskClient));
    }

    private async Task End()
    {
        // Off the lock and off the caller's stack: WskDeregister blocks its thread until the provider let go.
        await Task.Yield();
        Interlocked.Exchange(ref _isEnding, true);
        var spin = new SpinWait();
        while (Volatile.Read(ref _calls) != 0)
            spin.SpinOnce();
        await _ending.CancelAsync().ConfigureAwait(false);
        WskConnection[] open;
        lock (_lock)
            open = [.. _connections];
        foreach (var connection in open)
            await connection.DisposeAsync().ConfigureAwait(false);
        await Task.Run(() =>
        {
            Call(Executive, "WskReleaseProviderNPI", [_block + RegistrationOffset]);
            Call(Executive, "WskDeregister", [_block + RegistrationOffset]);
            Executive.Heap.Free(_block);
        }).ConfigureAwait(false);
        _ending.Dispose();
    }

    private void ThrowIfEnded() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isEnding), this);

    private NTSTATUS QueryTransports(ulong sizeBytes, nuint list, nuint returned) =>
        (NTSTATUS)(uint)Executive.Code.Call(
            Dispatch.WskControlClient,
            [Client, WSK_TRANSPORT_LIST_QUERY, 0, 0, sizeBytes, list, returned, 0]);

    private static WskTransport ReadTransport(nuint list, int index)
    {
        ref var transport = ref new GuestPtr<WSK_TRANSPORT>(list).At(index).Value;
        return new WskTransport(transport.AddressFamily, transport.SocketType, transport.Protocol);
    }

    private static NTSTATUS Call(Executive executive, string name, ReadOnlySpan<ulong> arguments) =>
        (NTSTATUS)(uint)executive.Routines.Get(Libraries.Netio, name).Invoke(executive, arguments);

    private static ulong Milliseconds(TimeSpan? timeout) => timeout is { } span
        ? (ulong)Math.Clamp(span.TotalMilliseconds, WSK_NO_WAIT, WSK_INFINITE_WAIT - 1)
        : WSK_INFINITE_WAIT;
}
