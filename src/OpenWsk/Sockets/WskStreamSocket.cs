// A stream socket: bound, it either listens or connects, and keeps that role. Both roles share their parts
// with the sockets that have only one: WskByteSocket.cs and ListenEvents.cs. It knows nothing about which it
// will be; the provider refuses what the role does not have.
using OpenWsk.Abi;

namespace OpenWsk;

/// <summary>A socket that takes either role (WSK_FLAG_STREAM_SOCKET).</summary>
public sealed class WskStreamSocket : WskByteSocket
{
    private readonly ListenEvents _listening;

    internal WskStreamSocket(in SocketCreation creation, nuint socket)
        : base(creation, socket)
    {
        _listening = creation.Listener!;
        _listening.Attach(this);
    }

    private protected override ByteFunctions Functions
    {
        get
        {
            ref var table = ref Stream;
            return new ByteFunctions(
                table.WskBind, table.WskConnect, table.WskConnectEx, table.WskGetLocalAddress,
                table.WskGetRemoteAddress, table.WskSend, table.WskReceive, table.WskDisconnect,
                table.WskRelease);
        }
    }

    private ref WSK_PROVIDER_STREAM_DISPATCH Stream =>
        ref Table<WSK_PROVIDER_STREAM_DISPATCH>().Value;

    /// <summary>Makes the bound socket listen (WskListen); it cannot connect afterwards.</summary>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when not bound, or connected.</exception>
    public ValueTask ListenAsync(CancellationToken cancellation = default) =>
        Ask("WskListen", Stream.WskListen, cancellation);

    /// <summary>Waits for a connection of the listening role and takes it (WskAccept).</summary>
    /// <exception cref="WskException">STATUS_INVALID_DEVICE_STATE when the socket does not
    /// listen.</exception>
    public ValueTask<WskConnection> AcceptAsync(CancellationToken cancellation = default) =>
        _listening.Accept(Stream.WskAccept, cancellation);

    /// <summary>Every connection of the listening role, until the socket is disposed.</summary>
    /// <param name="cancellation">Ends the enumeration; connections that wait stay.</param>
    public IAsyncEnumerable<WskConnection> AcceptAllAsync(CancellationToken cancellation = default) =>
        _listening.AcceptAll(Stream.WskAccept, cancellation);

    internal static WskSocket Make(in SocketCreation creation, nuint socket) =>
        new WskStreamSocket(creation, socket);

    private protected override async ValueTask OnClosing()
    {
        await base.OnClosing().ConfigureAwait(false);
        await _listening.Close().ConfigureAwait(false);
    }
}
