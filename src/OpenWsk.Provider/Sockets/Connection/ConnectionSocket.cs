// A connection-oriented socket: what it adds to ProviderSocket is a TCP connection. It knows nothing about
// argument checks (Dispatch/) or the host's sockets (the transport). Its parts: .Connect, .Send, .Receive,
// .Events, .ReceiveEvent, .BacklogEvent, .Disconnect, .Control, .Accepted, .Kept, .Life. A stream socket in
// its connection role is one, too.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>One TCP socket of a client.</summary>
internal partial class ConnectionSocket : ProviderSocket, IStreamEvents
{
    protected IStreamSocket _stream = null!;

    /// <summary>A socket that still needs its transport's socket; see <see cref="OpenTransport"/>.</summary>
    public ConnectionSocket(
        WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
        : base(provider, identity, descriptor)
    {
    }

    public override SocketCategories Category => SocketCategories.Connection;

    /// <summary>The callbacks of the connection role.</summary>
    protected virtual GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> ConnectionTable => new(ClientTable);

    protected override ITransportSocket? Transport => _stream;

    protected override AddressTable? Addresses => _provider.TcpAddresses;

    public NTSTATUS TryGetRemoteAddress(out EndpointAddress address)
    {
        using (_gate.Enter())
        {
            address = default;
            if (_state != SocketState.Connected)
                return WrongState;
            address = _stream.RemoteAddress;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public override void OnTransportCompleted(WskRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.SocketConnect:
                FinishSocketConnect(request);
                break;
            case RequestKind.Connect:
                FinishConnect(request);
                break;
            case RequestKind.Send:
                FinishSend(request);
                break;
            case RequestKind.DisconnectData:
                ContinueDisconnect(request);
                break;
            case RequestKind.Disconnect:
                FinishDisconnect(request);
                break;
            default:
                throw new InvalidOperationException($"{request.Kind} is no operation of the transport");
        }
    }

    public override void OnCancel(WskRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.SocketConnect:
            case RequestKind.Connect:
            case RequestKind.Send:
            case RequestKind.DisconnectData:
            case RequestKind.Disconnect:
                _stream.Cancel(request);
                break;
            case RequestKind.Receive:
                CancelReceive(request);
                break;
            default:
                // The others end on their own: a close or a disable waits only for callbacks that are
                // running.
                break;
        }
    }

    public override NTSTATUS OpenTransport()
    {
        var status = _provider.Transport.CreateStream(Identity.Family, this, out var stream);
        if (status.IsSuccess())
            _stream = stream!;
        return status;
    }

    protected override WskRequest? TakeWaiting() => _receives.TakeAll();

    protected override void CancelTransport()
    {
        if (State is SocketState.Connecting or SocketState.Connected)
            _stream.Abort();
    }

    protected override void OnClosed() => FreeIndications();

    protected override void AfterFinished(RequestKind kind)
    {
        if (kind == RequestKind.Receive)
            ResumeReceiveEvent();
        else if (kind is RequestKind.SocketConnect or RequestKind.Connect)
            PostEventPump();
    }
}
