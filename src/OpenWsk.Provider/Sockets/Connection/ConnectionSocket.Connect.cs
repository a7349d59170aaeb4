// Connecting: WskConnect and WskConnectEx on a bound socket, and WskSocketConnect, which binds and connects a
// socket that the client gets only if that succeeds. Rules: groups CONN and SCONN.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    /// <summary>Whether the client got the socket from WskSocketConnect, bound already.</summary>
    public bool IsFromSocketConnect { get; private set; }

    /// <summary>
    /// Binds and connects a new socket for WskSocketConnect. The request, which the socket must have adopted,
    /// ends with the WSK_SOCKET; after a failure nothing of the socket is left.
    /// </summary>
    public void StartSocketConnect(WskRequest request, in EndpointAddress local, in EndpointAddress remote)
    {
        request.Kind = RequestKind.SocketConnect;
        IsFromSocketConnect = true;
        var status = Bind(local);
        if (!status.IsSuccess())
        {
            Discard();
            request.Complete(status, 0);
            return;
        }
        SetConnecting();
        if (_stream.Connect(remote, request))
            FinishSocketConnect(request);
    }

    /// <summary>
    /// Connects a bound socket. Returns STATUS_PENDING when the request was started (end the call with
    /// EndCall), or the status to refuse it with.
    /// </summary>
    public NTSTATUS StartConnect(WskRequest request, in EndpointAddress remote)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Bound)
                return WrongState;
            _state = SocketState.Connecting;
        }
        request.Kind = RequestKind.Connect;
        if (_stream.Connect(remote, request))
            FinishConnect(request);
        return NTSTATUS.STATUS_PENDING;
    }

    private void FinishSocketConnect(WskRequest request)
    {
        if (!request.Status.IsSuccess())
        {
            Discard();
            request.Complete(OutcomeOf(request.Status), 0);
            return;
        }
        SetConnected();
        request.Complete(NTSTATUS.STATUS_SUCCESS, Publish());
    }

    private void FinishConnect(WskRequest request)
    {
        var isConnected = request.Status.IsSuccess();
        using (_gate.Enter())
        {
            if (_state == SocketState.Connecting)
            {
                if (isConnected)
                    RecordPortLater();
                _state = isConnected ? SocketState.Connected : SocketState.Bound;
            }
        }
        if (isConnected)
            OnConnected();
        if (!isConnected || request.LengthBytes == 0)
        {
            request.Complete(OutcomeOf(request.Status), 0);
            return;
        }
        // WskConnectEx with a buffer: its data is the first on the connection.
        request.Kind = RequestKind.Send;
        if (_stream.Send(request))
            FinishSend(request);
    }

    /// <summary>WskConnect or WskConnectEx has made the connection; under no lock.</summary>
    protected virtual void OnConnected()
    {
    }

    private void SetConnecting()
    {
        using (_gate.Enter())
            _state = SocketState.Connecting;
    }

    private void SetConnected()
    {
        using (_gate.Enter())
        {
            RecordPortLater();
            _state = SocketState.Connected;
        }
    }
}
