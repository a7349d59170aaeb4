// Receiving by request: queued requests are filled in the order of their calls, first from data that a
// callback left over, then from the transport. Rules: group RECV. Callbacks are in
// ConnectionSocket.Events.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    // Where drained bytes go: the contents are never read, so every socket may share it.
    private static readonly byte[] s_drain = new byte[64 * 1024];

    private LinkedQueue<WskRequest> _receives;
    private PumpTurn _turn;
    private bool _isArmed;
    private bool _hasPeerFin;

    /// <summary>
    /// Queues a receive and fills what can be filled. STATUS_PENDING when queued (end the call with EndCall),
    /// otherwise the status to refuse it with.
    /// </summary>
    public NTSTATUS StartReceive(WskRequest request)
    {
        bool goesOn;
        WskRequest? done = null;
        var status = STATUS_SUCCESS;
        using (_gate.Enter())
        {
            var refusal = JudgeTransfer(isSend: false);
            if (!refusal.IsSuccess())
                return refusal;
            request.Kind = RequestKind.Receive;
            _receives.Enqueue(request);
            goesOn = _turn.TryTake() && GoOn(out done, out status);
        }
        Serve(goesOn, done, status);
        return STATUS_PENDING;
    }

    public void OnReceivable()
    {
        IndicationBlock? block = null;
        var mayHaveEnded = true;
        bool isPlain;
        using (_gate.Enter())
        {
            _isArmed = false;
            // The usual case: a socket with callbacks, no requests, and nothing else to tell.
            isPlain = _receives.IsEmpty && _offer is null && !IsBroken && !_hasNewBacklog;
            if (isPlain)
                block = TryBeginReceiveEvent(out mayHaveEnded);
        }
        if (!isPlain)
        {
            PumpReceives();
            PumpEvents();
        }
        else if (CallReceiveEvents(block, mayHaveEnded) || _failure != STATUS_SUCCESS)
        {
            CallDisconnectEvent();
        }
    }

    /// <summary>
    /// Completes queued receives while there is something to complete them with. Any thread, no lock.
    /// </summary>
    private void PumpReceives()
    {
        bool goesOn;
        WskRequest? done = null;
        var status = STATUS_SUCCESS;
        using (_gate.Enter())
            goesOn = _turn.TryTake() && GoOn(out done, out status);
        Serve(goesOn, done, status);
    }

    // Completes what is done, and fills the next, until the turn ends.
    private void Serve(bool goesOn, WskRequest? done, NTSTATUS status)
    {
        while (goesOn)
        {
            done?.Complete(status, status.IsSuccess() ? done.BytesDone : 0);
            using (_gate.Enter())
                goesOn = GoOn(out done, out status);
        }
        PostEventPump();
    }

    // One round of the turn, under the lock: false when it ends.
    private bool GoOn(out WskRequest? done, out NTSTATUS status)
    {
        status = STATUS_SUCCESS;
        done = _state == SocketState.Closing ? null : FillHead(out status);
        return _turn.GoesOn(done is not null);
    }

    // Fills the first queued request; returns it, dequeued, when it is finished. While a callback looks at
    // data that it may leave behind, nothing is filled: that data comes first.
    private WskRequest? FillHead(out NTSTATUS status)
    {
        status = STATUS_SUCCESS;
        if ((_inCallback & WSK_EVENT_RECEIVE) != 0)
            return null;
        if (_receives.First is not { } head || !TryFill(head, out status))
            return null;
        return _receives.Dequeue();
    }

    private bool TryFill(WskRequest request, out NTSTATUS status)
    {
        var drains = (request.Flags & WSK_FLAG_DRAIN) != 0;
        var waitsForAll = (request.Flags & WSK_FLAG_WAITALL) != 0;
        while (true)
        {
            var window = drains ? s_drain : request.NextWindow();
            status = STATUS_SUCCESS;
            if (window.IsEmpty)
                return true;
            var outcome = ReadStream(window, out var bytes);
            if (outcome == STATUS_SUCCESS)
            {
                request.BytesDone += drains ? 0 : (nuint)bytes;
                continue;
            }
            var hasData = request.BytesDone != 0 && !waitsForAll;
            if (outcome == STATUS_PENDING && !hasData)
            {
                Arm();
                return false;
            }
            // A FIN ends every receive with what it has; an error only one that has nothing to show.
            status = outcome is STATUS_PENDING or STATUS_GRACEFUL_DISCONNECT || hasData
                ? STATUS_SUCCESS
                : outcome;
            return true;
        }
    }

    // The stream in order: what a callback left over, then the transport, then how the connection ended.
    private NTSTATUS ReadStream(Span<byte> window, out int bytes)
    {
        if (TakeLeftover(window, out bytes))
            return STATUS_SUCCESS;
        if (_isLocallyAborted)
            return WskSettings.ReceiveAborted;
        return ReadTransport(window, out bytes);
    }

    // Under the lock. What a callback has left is not looked at.
    private NTSTATUS ReadTransport(Span<byte> window, out int bytes)
    {
        bytes = 0;
        if (_hasPeerFin)
            return STATUS_GRACEFUL_DISCONNECT;
        return NoteOutcome(_stream.TryReceive(window, out bytes));
    }

    // Remembers how the stream ended, if this says so.
    private NTSTATUS NoteOutcome(NTSTATUS outcome)
    {
        if (outcome is STATUS_SUCCESS or STATUS_PENDING or STATUS_NOT_SUPPORTED)
            return outcome;
        if (outcome == STATUS_GRACEFUL_DISCONNECT)
            _hasPeerFin = true;
        else if (_failure == STATUS_SUCCESS)
            _failure = outcome;
        return outcome;
    }

    private void Arm()
    {
        if (_isArmed)
            return;
        _isArmed = true;
        _stream.ArmReceive();
    }

    private void CancelReceive(WskRequest request)
    {
        using (_gate.Enter())
        {
            if (!_receives.TryRemove(request))
                return;
        }
        // OPEN-26: bytes that were stored are delivered, so that none is lost.
        if (request.BytesDone != 0)
            request.Complete(STATUS_SUCCESS, request.BytesDone);
        else
            request.Complete(STATUS_CANCELLED, 0);
        // The next in the queue may need less than this one did.
        PumpReceives();
    }
}
