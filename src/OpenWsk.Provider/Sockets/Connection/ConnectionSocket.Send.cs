// Sending. The transport takes the MDL chain's windows in order, after those of earlier sends; the provider
// keeps no copy, so a send ends when its last byte was taken (SEND-03). Rules: group SEND.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private NTSTATUS _failure;
    private bool _isLocalFinRequested;
    private bool _isLocallyAborted;

    /// <summary>
    /// Sends the request's windows. STATUS_PENDING when started (end the call with EndCall), otherwise the
    /// status to refuse it with.
    /// </summary>
    public NTSTATUS StartSend(WskRequest request, bool isUndelayed)
    {
        // Without the lock: a state that another thread changes meanwhile is as good as it was a moment ago,
        // and the stream looks for itself.
        var refusal = JudgeTransfer(isSend: true);
        if (!refusal.IsSuccess())
            return refusal;
        request.Kind = RequestKind.Send;
        request.IsUndelayed = isUndelayed;
        if (request.LengthBytes == 0)
            request.Complete(NTSTATUS.STATUS_SUCCESS, 0);
        else if (_stream.Send(request))
            FinishSend(request);
        return NTSTATUS.STATUS_PENDING;
    }

    private void FinishSend(WskRequest request)
    {
        var status = request.Status;
        if (!status.IsSuccess())
            NoteFailure(status);
        request.Complete(OutcomeOf(status), status.IsSuccess() ? request.LengthBytes : 0);
    }

    // OPEN-05, OPEN-13, OPEN-14: why a transfer cannot begin now.
    private NTSTATUS JudgeTransfer(bool isSend)
    {
        if (IsBroken)
            return WskSettings.NoLongerFunctional;
        if (_state != SocketState.Connected)
            return WrongState;
        if (_isLocallyAborted || (isSend && _isLocalFinRequested))
            return WskSettings.AfterLocalDisconnect;
        // A failure does not hide bytes that arrived before it: receives meet it in the stream, in order.
        return isSend && _failure != NTSTATUS.STATUS_SUCCESS ? _failure : NTSTATUS.STATUS_SUCCESS;
    }

    // A cancelled operation says nothing about the connection.
    private void NoteFailure(NTSTATUS status)
    {
        if (status == NTSTATUS.STATUS_CANCELLED)
            return;
        using (_gate.Enter())
        {
            if (_failure == NTSTATUS.STATUS_SUCCESS)
                _failure = status;
        }
        PostEventPump();
    }
}
