// WskReceiveEvent: received data is shown to the client in a block of ours, which it accepts, partly accepts,
// refuses or keeps until WskRelease. What it leaves is delivered first afterwards. Where the transport lends
// its bytes, the block shows them where they lie. One callback is ended and the next begun under one lock.
// Rules: RECV-19..41, REL. Kept blocks: ConnectionSocket.Kept.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private IndicationBlock? _leftover;
    private IndicationBlock? _shown;
    private bool _isReceiveEventSuspended;
    private bool _isBrokenTold;

    // Calls WskReceiveEvent while there is data; the first block has been taken already. The result says
    // whether the stream may have ended.
    private bool CallReceiveEvents(IndicationBlock? block, bool mayHaveEnded)
    {
        while (block is not null)
        {
            var accepted = CallReceiveEvent(block, out var status);
            block = EndReceiveEvent(block, status, accepted, out mayHaveEnded);
        }
        return mayHaveEnded;
    }

    // Under the lock. Null when no callback is to be called now; then mayHaveEnded is false only if the
    // stream has been looked at and goes on.
    private IndicationBlock? TryBeginReceiveEvent(out bool mayHaveEnded)
    {
        mayHaveEnded = true;
        if (_state != SocketState.Connected || (_enabled & WSK_EVENT_RECEIVE) == 0
            || _isReceiveEventSuspended || !_receives.IsEmpty || (_inCallback & WSK_EVENT_RECEIVE) != 0)
            return null;
        var block = _leftover ?? ReadBlock(out mayHaveEnded);
        _leftover = null;
        if (block is null)
            return null;
        // The client may keep the block before its callback returns (REL-12), so it counts as kept already.
        Keep(block);
        _shown = block;
        BeginCallback(WSK_EVENT_RECEIVE);
        return block;
    }

    private IndicationBlock? ReadBlock(out bool mayHaveEnded)
    {
        mayHaveEnded = true;
        if (_isLocallyAborted || _hasPeerFin)
            return null;
        var indications = _provider.Indications;
        IndicationBlock? block = null;
        var outcome = STATUS_NOT_SUPPORTED;
        if (indications.MayLend)
        {
            outcome = NoteOutcome(_stream.TryLend(out var lent));
            if (outcome == STATUS_SUCCESS)
            {
                block = indications.RentHeader();
                block.ShowLent(_stream, lent);
            }
        }
        if (outcome == STATUS_NOT_SUPPORTED)
            block = CopyBlock(out outcome);
        if (outcome == STATUS_PENDING)
        {
            mayHaveEnded = false;
            Arm();
        }
        return block;
    }

    private IndicationBlock? CopyBlock(out NTSTATUS outcome)
    {
        var block = _provider.Indications.RentRoom();
        outcome = ReadTransport(block.Room, out var bytes);
        if (outcome == STATUS_SUCCESS)
        {
            block.ShowRoom(bytes);
            return block;
        }
        _provider.Indications.Free(block);
        return null;
    }

    private nuint CallReceiveEvent(IndicationBlock block, out NTSTATUS status)
    {
        ref var accepted = ref block.BytesAccepted;
        accepted = (nuint)block.LengthBytes;
        var flags = WSK_FLAG_AT_DISPATCH_LEVEL | (IsMemoryScarce() ? WSK_FLAG_RELEASE_ASAP : 0);
        status = (NTSTATUS)(uint)Call(
            ConnectionTable.Value.WskReceiveEvent,
            [
                Context,
                flags,
                block.Indication.Address,
                (ulong)block.LengthBytes,
                block.BytesAcceptedAddress,
            ]);
        return accepted;
    }

    // The memory of retained data is the provider's: past a limit it wants it back. A count that another
    // thread changes meanwhile is as good as it was a moment ago.
    private bool IsMemoryScarce()
    {
        var kept = _kept.Count - 1;
        var most = _provider.Settings.RetainedIndicationsMax;
        if (kept < most)
            return false;
        if (kept == 2 * most)
            _provider.Executive.Breach(
                "REL-09", $"{kept} indications of {Object} are retained, after their release was asked for");
        return true;
    }

    // RECV-24: a NULL indication, once. It has nothing to accept, but a client may store a count all the
    // same.
    private void TellBroken()
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Connected || (_enabled & WSK_EVENT_RECEIVE) == 0
                || (_inCallback & WSK_EVENT_RECEIVE) != 0 || _isBrokenTold)
                return;
            _isBrokenTold = true;
            BeginCallback(WSK_EVENT_RECEIVE);
        }
        NoteBrokenTold("RECV-25");
        var accepted = _provider.Executive.Heap.Allocate(sizeof(ulong));
        Call(
            ConnectionTable.Value.WskReceiveEvent, [Context, WSK_FLAG_AT_DISPATCH_LEVEL, 0, 0, accepted]);
        _provider.Executive.Heap.Free(accepted);
        EndCallback(WSK_EVENT_RECEIVE);
    }

    // Ends one callback and begins the next, if there is something to show.
    private IndicationBlock? EndReceiveEvent(
        IndicationBlock block, NTSTATUS status, nuint accepted, out bool mayHaveEnded)
    {
        var isRetained = status == STATUS_PENDING;
        var consumed = isRetained ? 0 : Judge(status, accepted, block.LengthBytes);
        WskRequest? disables;
        IndicationBlock? next = null;
        IndicationBlock? done;
        string? rule;
        bool isBusy;
        bool isLater;
        using (_gate.Enter())
        {
            mayHaveEnded = true;
            _shown = null;
            done = isRetained ? null : TakeBack(block, consumed);
            rule = RuleOfEnding(block, isRetained, done);
            disables = EndCallbackLocked(WSK_EVENT_RECEIVE);
            isBusy = disables is not null || _state == SocketState.Closing || !_receives.IsEmpty || IsBroken;
            isLater = !isBusy && IsCompletionDue;
            if (isLater)
                mayHaveEnded = false;
            else if (!isBusy)
                next = TryBeginReceiveEvent(out mayHaveEnded);
        }
        if (done is not null)
            _provider.Indications.Free(done);
        if (rule is not null)
            ReportEnding(rule);
        if (isLater)
            PostEventPump();
        if (!isBusy)
            return next;
        WskRequest.CompleteAll(disables, STATUS_SUCCESS);
        TryFinishClose();
        // Receives that were queued meanwhile have waited for what the callback would leave.
        PumpReceives();
        if (IsBroken)
            return null;
        using (_gate.Enter())
            return TryBeginReceiveEvent(out mayHaveEnded);
    }

    // Takes back what the client did not keep, as far as it is its to take: the block when it is used up.
    private IndicationBlock? TakeBack(IndicationBlock block, int consumed)
    {
        if (!ReferenceEquals(block.KeptFor, this))
            return null;
        Drop(block);
        if (consumed == block.LengthBytes)
            return block;
        block.Skip(consumed);
        _leftover = block;
        _isReceiveEventSuspended = true;
        return null;
    }

    private string? RuleOfEnding(IndicationBlock block, bool isRetained, IndicationBlock? done)
    {
        var isKept = ReferenceEquals(block.KeptFor, this);
        if (isRetained)
            return isKept && _state == SocketState.Closing ? "REL-08" : null;
        return done is null && !ReferenceEquals(_leftover, block) ? "REL-10" : null;
    }

    private void ReportEnding(string rule) => _provider.Executive.Breach(
        rule,
        rule == "REL-08"
            ? $"WskReceiveEvent keeps an indication of {Object}, which closes"
            : "an indication was released by a callback that did not keep it");

    // How many bytes the client consumed: all, some, or none (OPEN-30, OPEN-31).
    private int Judge(NTSTATUS status, nuint accepted, int indicated)
    {
        if (status == STATUS_SUCCESS && accepted <= (nuint)indicated)
            return (int)accepted;
        if (status == STATUS_SUCCESS)
        {
            _provider.Executive.Breach(
                "RECV-38", $"WskReceiveEvent accepted {accepted} of {indicated} bytes");
            return indicated;
        }
        if (status != STATUS_DATA_NOT_ACCEPTED)
            _provider.Executive.Breach("RECV-39", $"WskReceiveEvent returned {status.Name()}");
        return 0;
    }

    private bool TakeLeftover(Span<byte> window, out int bytes)
    {
        bytes = 0;
        if (_leftover is not { } block)
            return false;
        bytes = Math.Min(window.Length, block.LengthBytes);
        block.Data[..bytes].CopyToGuest(window);
        if (bytes < block.LengthBytes)
        {
            block.Skip(bytes);
            return true;
        }
        _leftover = null;
        _provider.Indications.Free(block);
        return true;
    }

    // DIFF-12: callbacks resume when a posted receive has completed.
    private void ResumeReceiveEvent()
    {
        if (_enabled == 0 && !_isReceiveEventSuspended)
            return;
        using (_gate.Enter())
            _isReceiveEventSuspended = false;
        PostEventPump();
    }
}
