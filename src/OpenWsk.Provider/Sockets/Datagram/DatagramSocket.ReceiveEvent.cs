// WskReceiveFromEvent: datagrams that wait are shown to the client as a list, which it consumes, refuses or
// keeps until WskRelease, each structure for itself. Rules: DGRAM-41..55, REL. It knows nothing about
// requests, except that they come first.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal sealed partial class DatagramSocket
{
    // Bounds of one list, so that one busy socket does not keep the dispatcher from the others.
    private const int ShownMax = 64;
    private const int ShownBytesMax = 256 * 1024;
    private readonly Dictionary<nuint, DatagramBlock> _retained = [];
    private readonly List<DatagramBlock> _shown = [];
    private bool _isBreakTold;

    public override uint Events => WSK_EVENT_RECEIVE_FROM;

    public override string EnableRule => "EVT-16";

    public override bool IsAwaitingEvents
    {
        get
        {
            using (_gate.Enter())
                return _enabled != 0 && _state == SocketState.Bound && !IsBroken;
        }
    }

    // What a callback is being shown is not the client's yet: it may still be consumed.
    protected override int RetainedByClient => _retained.Count;

    private GuestPtr<WSK_CLIENT_DATAGRAM_DISPATCH> Callbacks => new(ClientTable);

    public override NTSTATUS Release(nuint list)
    {
        if (list == 0)
            return STATUS_INVALID_PARAMETER;
        using (_gate.Enter())
        {
            DatagramBlock? released = null;
            for (var at = list; at != 0; at = released.Indication.Value.Next.Address)
            {
                if (TakeHeld(at) is not { } block)
                {
                    PutBack(released);
                    return STATUS_INVALID_PARAMETER;
                }
                block.Next = released;
                released = block;
            }
            for (var block = released; block is not null; block = TakeNext(block))
            {
                // The callback that shows it looks at it once more.
                if (!block.IsReleased)
                    Drop(block);
            }
            return STATUS_SUCCESS;
        }
    }

    protected override bool HasCallbacks(uint mask) =>
        !Callbacks.IsNull && Callbacks.Value.WskReceiveFromEvent != 0;

    protected override bool MayEnable(uint mask) => _state == SocketState.Bound;

    protected override void PumpEvents()
    {
        while (TryBeginReceiveFromEvent(out var list, out var flags))
        {
            var status = (NTSTATUS)(uint)Call(
                Callbacks.Value.WskReceiveFromEvent, [Context, flags | WSK_FLAG_AT_DISPATCH_LEVEL, list]);
            if (list == 0)
                NoteBrokenTold("DGRAM-46");
            EndReceiveFromEvent(status);
            if (!TryLeaveRest())
                continue;
            PostEventPump();
            return;
        }
    }

    private bool TryLeaveRest()
    {
        using (_gate.Enter())
            return IsCompletionDue;
    }

    private bool TryBeginReceiveFromEvent(out nuint list, out uint flags)
    {
        using (_gate.Enter())
        {
            list = 0;
            flags = 0;
            const uint mask = WSK_EVENT_RECEIVE_FROM;
            if (_state != SocketState.Bound || (_enabled & mask) == 0 || (_inCallback & mask) != 0)
                return false;
            if (IsBroken)
            {
                if (_isBreakTold)
                    return false;
                _isBreakTold = true;
                BeginCallback(mask);
                return true;
            }
            if (!_receives.IsEmpty)
                return false;
            Gather();
            if (_shown.Count == 0)
                return false;
            list = _shown[0].Indication.Address;
            flags = NatureOf(_shown[0].Info);
            BeginCallback(mask);
            return true;
        }
    }

    // What the client may release: what it retained, and what its callback is being shown (REL-12).
    private DatagramBlock? TakeHeld(nuint address)
    {
        if (_retained.Remove(address, out var block))
            return block;
        foreach (var shown in _shown)
        {
            if (shown.Indication.Address != address || shown.IsReleased)
                continue;
            shown.IsReleased = true;
            return shown;
        }
        return null;
    }

    private void PutBack(DatagramBlock? taken)
    {
        for (var block = taken; block is not null; block = TakeNext(block))
        {
            if (block.IsReleased)
                block.IsReleased = false;
            else
                _retained.Add(block.Indication.Address, block);
        }
    }

    private static DatagramBlock? TakeNext(DatagramBlock block)
    {
        var next = block.Next;
        block.Next = null;
        return next;
    }

    // Takes datagrams of one nature, because the flags hold for the whole list (DGRAM-48).
    private void Gather()
    {
        var isStatic = (_static & WSK_EVENT_RECEIVE_FROM) != 0;
        for (var left = ShownBytesMax; left > 0 && _shown.Count < ShownMax;)
        {
            if ((TakeKept(isNewOnly: isStatic) ?? ReadBlock()) is not { } block)
                break;
            if (!IsAccepted(block.Info))
            {
                Drop(block);
                continue;
            }
            if (_shown.Count != 0 && NatureOf(block.Info) != NatureOf(_shown[0].Info))
            {
                Keep(block);
                break;
            }
            _shown.Add(block);
            left -= block.Data.Length;
        }
        for (var i = 0; i < _shown.Count; i++)
            _shown[i].Show(i + 1 < _shown.Count ? _shown[i + 1] : null);
    }

    private void EndReceiveFromEvent(NTSTATUS status)
    {
        if (status is not (STATUS_SUCCESS or STATUS_PENDING or STATUS_DATA_NOT_ACCEPTED))
            _provider.Executive.Breach("DGRAM-55", $"WskReceiveFromEvent returned {status.Name()}");
        if (status == STATUS_PENDING)
            EndRetained();
        else
            EndUnretained(isRefused: status != STATUS_SUCCESS);
        EndCallback(WSK_EVENT_RECEIVE_FROM);
        // Receives that were queued meanwhile have waited for what the callback would leave.
        PumpWaitingReceives();
    }

    private void EndRetained()
    {
        var kept = 0;
        bool isTooLate;
        using (_gate.Enter())
        {
            foreach (var block in _shown)
            {
                if (block.IsReleased)
                {
                    Drop(block);
                    continue;
                }
                _retained.Add(block.Indication.Address, block);
                kept++;
            }
            _shown.Clear();
            isTooLate = kept != 0 && _state == SocketState.Closing;
        }
        if (isTooLate)
            _provider.Executive.Breach(
                "REL-08", $"WskReceiveFromEvent keeps {kept} indications of {Object}, which closes");
    }

    // Takes every structure back without following Next, which may have been cut (REL-14).
    private void EndUnretained(bool isRefused)
    {
        var released = 0;
        using (_gate.Enter())
        {
            isRefused &= _state == SocketState.Bound;
            foreach (var block in _shown)
            {
                released += block.IsReleased ? 1 : 0;
                if (!isRefused || block.IsReleased)
                {
                    Drop(block);
                    continue;
                }
                block.IsRefused = true;
                Keep(block);
            }
            _shown.Clear();
            if (isRefused)
            {
                _enabled &= ~WSK_EVENT_RECEIVE_FROM | _static;
                TrimKept();
            }
        }
        if (released != 0)
            _provider.Executive.Breach(
                "REL-10", $"{released} indications were released by a callback that did not keep them");
    }
}
