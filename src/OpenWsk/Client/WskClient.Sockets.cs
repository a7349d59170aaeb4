// How a client makes sockets: each category by WskSocket, a connection also by WskSocketConnect, and the
// short ways that set options and bind as well. It knows nothing about what the sockets do: Sockets/.
using System.Net;
using System.Net.Sockets;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk;

public sealed partial class WskClient
{
    /// <summary>Makes a socket, binds it and connects it, in one call of WskSocketConnect.</summary>
    /// <param name="remote">The address to connect to.</param>
    /// <param name="local">The address to bind to; null lets the transport choose.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">
    /// STATUS_CONNECTION_REFUSED, STATUS_IO_TIMEOUT, STATUS_NETWORK_UNREACHABLE, STATUS_HOST_UNREACHABLE or
    /// what else the attempt ended with.
    /// </exception>
    public ValueTask<WskConnection> ConnectAsync(
        IPEndPoint remote, IPEndPoint? local = null, CancellationToken cancellation = default)
    {
        var remoteAddress = EndpointAddress.From(remote);
        var localAddress = local is null ? EndpointAddress.Wildcard(remoteAddress.Family)
            : EndpointAddress.From(local);
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<WskConnection>(cancellation);
        var (operation, callbacks) = (Operations.Rent(), Operations.Callbacks);
        operation.SetLocal(localAddress);
        operation.SetRemote(remoteAddress);
        var creation = NewSocket(WskConnection.Make, remoteAddress.Family) with
        {
            RemoteAddress = remoteAddress,
        };
        ReadOnlySpan<ulong> arguments =
        [
            Client, SOCK_STREAM, IPPROTO_TCP, operation.LocalAddress, operation.RemoteAddress,
            0, creation.Context, callbacks.Connection, 0, 0, 0, operation.Irp,
        ];
        return new ValueTask<WskConnection>(operation, Start(
            operation, "WskSocketConnect", Dispatch.WskSocketConnect, arguments, creation, cancellation));
    }

    /// <summary>Makes a listening socket and binds it, so that it listens.</summary>
    /// <param name="local">Where to; port 0 lets the transport choose.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellation">Cancels what is under way; nothing is left then.</param>
    /// <returns>The listener, the caller's to dispose.</returns>
    /// <exception cref="WskException">
    /// STATUS_ADDRESS_ALREADY_EXISTS, STATUS_ACCESS_DENIED, STATUS_INVALID_ADDRESS_COMPONENT, ...
    /// </exception>
    public async ValueTask<WskListener> ListenAsync(
        IPEndPoint local, WskListenOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new WskListenOptions();
        var isV6 = local.AddressFamily == AddressFamily.InterNetworkV6;
        var listener = await CreateListenSocketAsync(isV6, options, cancellation).ConfigureAwait(false);
        try
        {
            await options.Apply(listener, cancellation).ConfigureAwait(false);
            await listener.BindAsync(local, cancellation).ConfigureAwait(false);
            return listener;
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a datagram socket and binds it.</summary>
    /// <param name="local">Where to; port 0 lets the transport choose.</param>
    /// <param name="options">How; null for UDP with the defaults.</param>
    /// <param name="cancellation">Cancels what is under way; nothing is left then.</param>
    /// <returns>The socket, the caller's to dispose.</returns>
    /// <exception cref="WskException">
    /// STATUS_ADDRESS_ALREADY_EXISTS, STATUS_ACCESS_DENIED (also when the host forbids raw sockets),
    /// STATUS_INVALID_ADDRESS_COMPONENT, ...
    /// </exception>
    public async ValueTask<WskDatagramSocket> OpenDatagramAsync(
        IPEndPoint local, WskDatagramOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new WskDatagramOptions();
        var isV6 = local.AddressFamily == AddressFamily.InterNetworkV6;
        var socket = await CreateDatagramSocketAsync(isV6, options.RawProtocol, cancellation)
            .ConfigureAwait(false);
        try
        {
            await options.Apply(socket, cancellation).ConfigureAwait(false);
            await socket.BindAsync(local, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            await socket.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Makes a socket of the connection-oriented category that is neither bound nor connected.
    /// </summary>
    /// <param name="isV6">Whether it is of AF_INET6.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    public async ValueTask<WskConnection> CreateConnectionSocketAsync(
        bool isV6 = false, CancellationToken cancellation = default) =>
        (WskConnection)await Create(
            NewSocket(WskConnection.Make, FamilyOf(isV6)), SOCK_STREAM, IPPROTO_TCP,
            WSK_FLAG_CONNECTION_SOCKET, Operations.Callbacks.Connection, cancellation).ConfigureAwait(false);

    /// <summary>
    /// Makes a listening socket that is not bound; <see cref="ListenAsync"/> binds it, too.
    /// </summary>
    /// <param name="isV6">Whether it is of AF_INET6.</param>
    /// <param name="options">
    /// Its delegate and its events; options of the socket are set by the caller here.
    /// </param>
    /// <param name="cancellation">Cancels the IRP.</param>
    public async ValueTask<WskListener> CreateListenSocketAsync(
        bool isV6 = false, WskListenOptions? options = null, CancellationToken cancellation = default) =>
        (WskListener)await Create(
            NewListener(WskListener.Make, FamilyOf(isV6), options), SOCK_STREAM, IPPROTO_TCP,
            WSK_FLAG_LISTEN_SOCKET, Operations.Callbacks.Listen, cancellation).ConfigureAwait(false);

    /// <summary>Makes a stream socket: bound, it can listen or connect.</summary>
    /// <param name="isV6">Whether it is of AF_INET6.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    public async ValueTask<WskStreamSocket> CreateStreamSocketAsync(
        bool isV6 = false, CancellationToken cancellation = default) =>
        (WskStreamSocket)await Create(
            NewListener(WskStreamSocket.Make, FamilyOf(isV6), null), SOCK_STREAM, IPPROTO_TCP,
            WSK_FLAG_STREAM_SOCKET, Operations.Callbacks.Stream, cancellation).ConfigureAwait(false);

    /// <summary>
    /// Makes a datagram socket that is not bound; <see cref="OpenDatagramAsync"/> binds it, too.
    /// </summary>
    /// <param name="isV6">Whether it is of AF_INET6.</param>
    /// <param name="rawProtocol">The IPPROTO value of a raw socket; null for UDP.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">STATUS_ACCESS_DENIED when the host forbids raw sockets.</exception>
    public async ValueTask<WskDatagramSocket> CreateDatagramSocketAsync(
        bool isV6 = false, uint? rawProtocol = null, CancellationToken cancellation = default) =>
        (WskDatagramSocket)await Create(
            NewSocket(WskDatagramSocket.Make, FamilyOf(isV6)),
            rawProtocol is null ? SOCK_DGRAM : SOCK_RAW, rawProtocol ?? IPPROTO_UDP,
            WSK_FLAG_DATAGRAM_SOCKET, Operations.Callbacks.Datagram, cancellation).ConfigureAwait(false);

    /// <summary>Makes a socket that has options and I/O controls only.</summary>
    /// <param name="transport">What it is of, such as an entry of <see cref="GetTransports"/>.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <exception cref="WskException">
    /// STATUS_PROTOCOL_UNREACHABLE when there is no such transport.
    /// </exception>
    public async ValueTask<WskBasicSocket> CreateBasicSocketAsync(
        WskTransport transport, CancellationToken cancellation = default) =>
        (WskBasicSocket)await Create(
            new SocketCreation(this, WskBasicSocket.Make, transport.AddressFamily), transport.SocketType,
            transport.Protocol, WSK_FLAG_BASIC_SOCKET, 0, cancellation).ConfigureAwait(false);

    private static ushort FamilyOf(bool isV6) => isV6 ? AF_INET6 : AF_INET;

    private SocketCreation NewSocket(SocketMaker maker, ushort family) =>
        new(this, maker, family, Operations.Callbacks.NewContext());

    // Callbacks of a listening socket need their object as soon as there is the socket.
    private SocketCreation NewListener(SocketMaker maker, ushort family, WskListenOptions? options)
    {
        var creation = NewSocket(maker, family) with
        {
            Listener = new ListenEvents(this, options ?? new WskListenOptions()),
        };
        Operations.Callbacks.Add(creation.Context, creation.Listener);
        return creation;
    }

    private ValueTask<WskSocket> Create(
        in SocketCreation creation,
        ushort type,
        uint protocol,
        uint category,
        nuint callbacks,
        CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<WskSocket>(cancellation);
        var operation = Operations.Rent();
        ReadOnlySpan<ulong> arguments =
        [
            Client, creation.Family, type, protocol, category, creation.Context, callbacks, 0, 0, 0,
            operation.Irp,
        ];
        return new ValueTask<WskSocket>(operation, Start(
            operation, "WskSocket", Dispatch.WskSocket, arguments, creation, cancellation));
    }
}
