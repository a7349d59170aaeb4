// Event callbacks of a connected socket: which are enabled, and the pump that calls them, serially, on the
// dispatcher, under no lock. Rules: groups EVT, RECV (callbacks), DISC (event). Data blocks:
// Events/IndicationBlock.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal sealed partial class ConnectionSocket
{
    /// <summary>The events of this category.</summary>
    public const uint ConnectionEvents = WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG;

    private readonly EventPump _eventPump;
    private uint _enabled;
    private uint _static;
    private uint _inCallback;
    private int _callbacks;
    private bool _isPumpPosted;
    private bool _isDisconnectTold;
    private WskRequest? _disables;

    /// <summary>Whether an enabled callback may still be called: the peer has not ended the stream.</summary>
    public bool IsAwaitingEvents
    {
        get
        {
            lock (_gate)
                return _enabled != 0 && IsOpenForPeer;
        }
    }

    private bool IsOpenForPeer =>
        _state == ConnectionState.Connected
        && !_hasPeerFin
        && !_isLocallyAborted
        && _failure == STATUS_SUCCESS;

    /// <summary>Enables callbacks (EventMask without WSK_EVENT_DISABLE).</summary>
    public NTSTATUS EnableEvents(uint mask)
    {
        if (!HasCallbacks(mask))
            return STATUS_INVALID_PARAMETER;
        lock (_gate)
        {
            if (_state != ConnectionState.Connected)
                return WskSettings.WrongState;
            _enabled |= mask;
        }
        PostEventPump();
        return STATUS_SUCCESS;
    }

    /// <summary>
    /// Disables one callback. STATUS_EVENT_PENDING when it is running and there is no request; STATUS_PENDING
    /// when the request was queued until it has returned; otherwise the outcome.
    /// </summary>
    public NTSTATUS DisableEvent(uint mask, WskRequest? request)
    {
        lock (_gate)
        {
            if ((_static & mask) != 0)
                return STATUS_INVALID_DEVICE_REQUEST;
            _enabled &= ~mask;
            if ((_inCallback & mask) == 0)
                return STATUS_SUCCESS;
            if (request is null)
                return STATUS_EVENT_PENDING;
            request.Kind = RequestKind.DisableEvent;
            request.NextReceive = _disables;
            _disables = request;
            return STATUS_PENDING;
        }
    }

    // The client's static events, as far as the socket's table has callbacks for them (EVT-23).
    private uint EventsOfClient()
    {
        var present = 0u;
        var wanted = Identity.Client.StaticEvents & ConnectionEvents;
        for (var left = wanted; left != 0; left &= left - 1)
        {
            var one = left & (uint)-(int)left;
            present |= HasCallbacks(one) ? one : 0;
        }
        if (present != wanted)
            _provider.Executive.Breach(
                "EVT-23", $"static events 0x{wanted & ~present:x} of {Object} have no callbacks");
        return present;
    }

    private bool HasCallbacks(uint mask)
    {
        if (Identity.Dispatch.IsNull)
            return false;
        ref var table = ref Identity.Dispatch.Value;
        return ((mask & WSK_EVENT_RECEIVE) == 0 || table.WskReceiveEvent != 0)
            && ((mask & WSK_EVENT_DISCONNECT) == 0 || table.WskDisconnectEvent != 0)
            && ((mask & WSK_EVENT_SEND_BACKLOG) == 0 || table.WskSendBacklogEvent != 0);
    }

    private void PostEventPump()
    {
        lock (_gate)
        {
            if (_enabled == 0 || _isPumpPosted || _state == ConnectionState.Closing)
                return;
            _isPumpPosted = true;
        }
        _provider.Executive.Scheduler.Post(_eventPump);
    }

    // Only the dispatcher runs this, so callbacks of one socket are serial (OPEN-28).
    private void PumpEvents()
    {
        while (TryBeginReceiveEvent(out var block))
        {
            var accepted = CallReceiveEvent(block!, out var status);
            EndReceiveEvent(block!, status, accepted);
        }
        if (TryBeginDisconnectEvent(out var flags))
        {
            var status = (
                NTSTATUS)(uint)Call(Identity.Dispatch.Value.WskDisconnectEvent, [Identity.Context, flags]);
            if (status != STATUS_SUCCESS)
                _provider.Executive.Breach("DISC-22", $"WskDisconnectEvent returned {status.Name()}");
            EndCallback(WSK_EVENT_DISCONNECT);
        }
    }

    private bool TryBeginDisconnectEvent(out uint flags)
    {
        lock (_gate)
        {
            flags = WSK_FLAG_AT_DISPATCH_LEVEL;
            if (_state != ConnectionState.Connected || (_enabled & WSK_EVENT_DISCONNECT) == 0
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
        if (ReadStream([], out _) == STATUS_PENDING)
            Arm();
    }

    private void BeginCallback(uint mask)
    {
        _inCallback |= mask;
        _callbacks++;
    }

    private void EndCallback(uint mask)
    {
        WskRequest? disables = null;
        lock (_gate)
        {
            _inCallback &= ~mask;
            _callbacks--;
            if (_inCallback == 0)
                disables = TakeAllDisables();
        }
        CompleteAll(disables, STATUS_SUCCESS);
        TryFinishClose();
    }

    private WskRequest? TakeAllDisables()
    {
        var all = _disables;
        _disables = null;
        return all;
    }

    private ulong Call(nuint callback, ReadOnlySpan<ulong> arguments) =>
        _provider.Executive.Code.Call(callback, arguments);

    private sealed class EventPump(ConnectionSocket socket) : DispatchItem
    {
        public override void Run()
        {
            lock (socket._gate)
                socket._isPumpPosted = false;
            socket.PumpEvents();
        }
    }
}
