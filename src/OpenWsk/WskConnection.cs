// A connection-oriented socket: made by WskClient.ConnectAsync, accepted by a listener, or made unconnected
// and then bound and connected. What it can do is in Sockets/WskByteSocket.cs; here is what only a connection
// knows. It knows nothing about registration: that is WskClient.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk;

/// <summary>A socket of the connection-oriented category.</summary>
public sealed class WskConnection : WskByteSocket
{
    private readonly EndpointAddress _local;
    private readonly EndpointAddress _remote;

    internal WskConnection(in SocketCreation creation, nuint socket)
        : base(creation, socket)
    {
        _local = creation.LocalAddress;
        _remote = creation.RemoteAddress;
        Request = creation.Listener?.RequestOf(this);
    }

    /// <summary>
    /// The peer of a connection that was accepted or came from <see cref="WskClient.ConnectAsync"/>;
    /// otherwise null, and <see cref="WskByteSocket.GetRemoteEndPointAsync"/> asks.
    /// </summary>
    public IPEndPoint? RemoteEndPoint => _remote.Family == 0 ? null : _remote.ToIPEndPoint();

    /// <summary>Where an accepted connection arrived; null for others.</summary>
    public IPEndPoint? LocalEndPoint => _local.Family == 0 ? null : _local.ToIPEndPoint();

    /// <summary>The request that a conditional listener inspected; null for other connections.</summary>
    public WskConnectionRequest? Request { get; }

    private protected override ByteFunctions Functions
    {
        get
        {
            ref var table = ref Table<WSK_PROVIDER_CONNECTION_DISPATCH>().Value;
            return new ByteFunctions(
                table.WskBind, table.WskConnect, table.WskConnectEx, table.WskGetLocalAddress,
                table.WskGetRemoteAddress, table.WskSend, table.WskReceive, table.WskDisconnect,
                table.WskRelease);
        }
    }

    internal static WskSocket Make(in SocketCreation creation, nuint socket) =>
        new WskConnection(creation, socket);
}
