// WskReceiveEvent: received data is shown to the client in a block of ours, which it accepts, partly accepts,
// refuses or keeps until WskRelease. What it leaves is delivered first afterwards. Rules: RECV-19..41, REL.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private readonly Dictionary<nuint, IndicationBlock> _retained = [];
    private IndicationBlock? _leftover;
    private IndicationBlock? _shown;
    private bool _isReceiveEventSuspended;
    private bool _isBrokenTold;

    // What a callback is being shown is not the client's yet: it may still accept it.
    protected override int RetainedByClient =>
        _retained.Count - (_shown is not null && _retained.ContainsKey(_shown.Indication.Address) ? 1 : 0);

    public override NTSTATUS Release(nuint indications)
    {
        var list = new GuestPtr<WSK_DATA_INDICATION>(indications);
        var released = new List<IndicationBlock>();
        lock (_gate)
        {
            if (list.IsNull)
                return STATUS_INVALID_PARAMETER;
            for (var at = list; !at.IsNull;)
            {
                if (!_retained.Remove(at.Address, out var block))
                {
                    foreach (var taken in released)
                        _retained.Add(taken.Indication.Address, taken);
                    return STATUS_INVALID_PARAMETER;
                }
                at = at.Value.Next;
                released.Add(block);
            }
        }
        foreach (var block in released)
            block.Free();
        return STATUS_SUCCESS;
    }

    private bool TryBeginReceiveEvent(out IndicationBlock? block)
    {
        lock (_gate)
        {
            block = null;
            if (_state != SocketState.Connected || (_enabled & WSK_EVENT_RECEIVE) == 0)
                return false;
            if (_isReceiveEventSuspended || !_receives.IsEmpty
                || (_inCallback & WSK_EVENT_RECEIVE) != 0)
                return false;
            block = _leftover ?? ReadBlock();
            _leftover = null;
            if (block is null)
                return false;
            // The client may keep the block before its callback returns (REL-12), so it counts as retained
            // already.
            _retained.Add(block.Indication.Address, block);
            _shown = block;
            BeginCallback(WSK_EVENT_RECEIVE);
            return true;
        }
    }

    private IndicationBlock? ReadBlock()
    {
        var block = IndicationBlock.Allocate(_provider.Executive.Heap);
        var outcome = ReadStream(block.Room, out var bytes);
        if (outcome == STATUS_SUCCESS)
        {
            block.Show(0, bytes);
            return block;
        }
        block.Free();
        if (outcome == STATUS_PENDING)
            Arm();
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

    // The memory of retained data is the provider's: past a limit it wants it back.
    private bool IsMemoryScarce()
    {
        int kept;
        lock (_gate)
            kept = RetainedByClient;
        var most = _provider.Settings.RetainedIndicationsMax;
        if (kept == 2 * most)
            _provider.Executive.Breach(
                "REL-09", $"{kept} indications of {Object} are retained, after their release was asked for");
        return kept >= most;
    }

    // RECV-24: a NULL indication, once. It has nothing to accept, but a client may store a count all the
    // same.
    private void TellBroken()
    {
        lock (_gate)
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

    private void EndReceiveEvent(IndicationBlock block, NTSTATUS status, nuint accepted)
    {
        if (status == STATUS_PENDING)
            EndRetained(block);
        else
            EndUnretained(block, Judge(status, accepted, block.LengthBytes));
        EndCallback(WSK_EVENT_RECEIVE);
        // Receives that were queued meanwhile have waited for what the callback would leave.
        PumpReceives();
    }

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

    private void EndRetained(IndicationBlock block)
    {
        bool isTooLate;
        lock (_gate)
        {
            _shown = null;
            isTooLate = _state == SocketState.Closing && _retained.ContainsKey(block.Indication.Address);
        }
        if (isTooLate)
            _provider.Executive.Breach(
                "REL-08", $"WskReceiveEvent keeps an indication of {Object}, which closes");
    }

    private void EndUnretained(IndicationBlock block, int consumed)
    {
        lock (_gate)
        {
            _shown = null;
            if (!_retained.Remove(block.Indication.Address))
            {
                _provider.Executive.Breach(
                    "REL-10", "an indication was released by a callback that did not keep it");
                return;
            }
            if (consumed < block.LengthBytes)
            {
                block.Show(block.OffsetBytes + consumed, block.LengthBytes - consumed);
                _leftover = block;
                _isReceiveEventSuspended = true;
                return;
            }
        }
        block.Free();
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
            block.Show(block.OffsetBytes + bytes, block.LengthBytes - bytes);
            return true;
        }
        _leftover = null;
        block.Free();
        return true;
    }

    // DIFF-12: callbacks resume when a posted receive has completed.
    private void ResumeReceiveEvent()
    {
        lock (_gate)
            _isReceiveEventSuspended = false;
        PostEventPump();
    }

    private void FreeIndications()
    {
        _leftover?.Free();
        _leftover = null;
        foreach (var block in _retained.Values)
            block.Free();
        _retained.Clear();
    }
}
