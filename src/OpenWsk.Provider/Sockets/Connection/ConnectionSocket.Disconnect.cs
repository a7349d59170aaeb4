// Disconnecting: gracefully (last data, FIN, done when the peer's stack has acknowledged it) or abortively
// (RST, and everything pending ends). The socket stays open until it is closed. Rules: group DISC.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    /// <summary>
    /// Disconnects gracefully, after the request's windows if it has any. STATUS_PENDING when started (end
    /// the call with EndCall), otherwise the status to refuse it with.
    /// </summary>
    public NTSTATUS StartDisconnect(WskRequest request)
    {
        using (_gate.Enter())
        {
            // OPEN-63: a second graceful disconnect is an error of state; after a reset its status is told.
            if (_state != SocketState.Connected || _isLocalFinRequested || _isLocallyAborted)
                return WrongState;
            if (_failure != NTSTATUS.STATUS_SUCCESS)
                return _failure;
            _isLocalFinRequested = true;
        }
        if (request.LengthBytes == 0)
        {
            SendFin(request);
            return NTSTATUS.STATUS_PENDING;
        }
        request.Kind = RequestKind.DisconnectData;
        if (_stream.Send(request))
            ContinueDisconnect(request);
        return NTSTATUS.STATUS_PENDING;
    }

    /// <summary>
    /// Disconnects abortively: accepted in any state of a connected socket, even beside a graceful one.
    /// </summary>
    public NTSTATUS StartAbort(WskRequest request)
    {
        WskRequest? receives;
        using (_gate.Enter())
        {
            if (_state != SocketState.Connected)
                return WrongState;
            _isLocallyAborted = true;
            receives = _receives.TakeAll();
        }
        _stream.Abort();
        WskRequest.CompleteAll(receives, WskSettings.ReceiveAborted);
        request.Complete(NTSTATUS.STATUS_SUCCESS, 0);
        return NTSTATUS.STATUS_PENDING;
    }

    private void ContinueDisconnect(WskRequest request)
    {
        if (request.Status.IsSuccess())
        {
            SendFin(request);
            return;
        }
        NoteFailure(request.Status);
        request.Complete(OutcomeOf(request.Status), 0);
    }

    private void SendFin(WskRequest request)
    {
        request.Kind = RequestKind.Disconnect;
        if (_stream.Disconnect(request))
            FinishDisconnect(request);
    }

    private void FinishDisconnect(WskRequest request)
    {
        var status = request.Status;
        // DISC-12: an abortive disconnect forces the graceful one to complete; the connection is gone as
        // asked.
        bool isForced;
        using (_gate.Enter())
            isForced = _isLocallyAborted && status == NTSTATUS.STATUS_CANCELLED;
        if (!status.IsSuccess() && !isForced)
            NoteFailure(status);
        request.Complete(OutcomeOf(status), 0);
    }
}
