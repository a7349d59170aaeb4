// Event callbacks of a connected socket: which are enabled, and the pump that calls them, serially, on the
// dispatcher, under no lock. Rules: groups EVT, RECV (callbacks), DISC (event). Data blocks:
// Events/IndicationBlock.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    /// <summary>The events of this category.</summary>
    public const uint ConnectionEvents = WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG;

    private bool _isDisconnectTold;

    public override uint Events => ConnectionEvents;

    public override string EnableRule => "EVT-17";

    public override bool IsAwaitingEvents
    {
        get
        {
            using (_gate.Enter())
                return _enabled != 0 && IsOpenForPeer;
        }
    }

    private bool IsOpenForPeer =>
        _state == SocketState.Connected
        && !_hasPeerFin
        && !_isLocallyAborted
        && !IsBroken
        && !_isSilent
        && _failure == STATUS_SUCCESS;

    protected override bool HasCallbacks(uint mask)
    {
        if (ConnectionTable.IsNull)
            return false;
        ref var table = ref ConnectionTable.Value;
        return ((mask & WSK_EVENT_RECEIVE) == 0 || table.WskReceiveEvent != 0)
            && ((mask & WSK_EVENT_DISCONNECT) == 0 || table.WskDisconnectEvent != 0)
            && ((mask & WSK_EVENT_SEND_BACKLOG) == 0 || table.WskSendBacklogEvent != 0);
    }

    protected override bool MayEnable(uint mask) => _state == SocketState.Connected;

    protected override void PumpEvents()
    {
        if (IsOffered)
            return;
        if (IsBroken)
        {
            TellBroken();
            return;
        }
        CallBacklogEvent();
        IndicationBlock? block;
        bool mayHaveEnded;
        using (_gate.Enter())
            block = TryBeginReceiveEvent(out mayHaveEnded);
        if (CallReceiveEvents(block, mayHaveEnded) || _failure != STATUS_SUCCESS)
            CallDisconnectEvent();
    }

    private void CallDisconnectEvent()
    {
        if (!TryBeginDisconnectEvent(out var flags))
            return;
        var status = (NTSTATUS)(uint)Call(ConnectionTable.Value.WskDisconnectEvent, [Context, flags]);
        if (status != STATUS_SUCCESS)
            _provider.Executive.Breach("DISC-22", $"WskDisconnectEvent returned {status.Name()}");
        EndCallback(WSK_EVENT_DISCONNECT);
    }

    private bool TryBeginDisconnectEvent(out uint flags)
    {
        using (_gate.Enter())
        {
            flags = WSK_FLAG_AT_DISPATCH_LEVEL;
            if (_state != SocketState.Connected || (_enabled & WSK_EVENT_DISCONNECT) == 0
                || _isDisconnectTold)
                return false;
            ProbeEnd();
            var isReset = _failure != STATUS_SUCCESS && !_isLocallyAborted;
            if (!_hasPeerFin && !isReset)
                return false;
            flags |= isReset ? WSK_FLAG_ABORTIVE : 0;
            _isDisconnectTold = true;
            BeginCallback(WSK_EVENT_DISCONNECT);
            return true;
        }
    }

    // Looks whether the peer has ended the stream; asks to be told when it has not.
    private void ProbeEnd()
    {
        if (_hasPeerFin || _failure != STATUS_SUCCESS || _isLocallyAborted)
            return;
        // OPEN-27: data that a callback has refused does not hold the event back.
        if (ReadTransport([], out _) == STATUS_PENDING)
            Arm();
    }
}
