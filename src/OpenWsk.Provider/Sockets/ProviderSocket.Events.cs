// Event callbacks of a socket: which are enabled, and the pump that calls them, serially, on the dispatcher,
// under no lock. Rules: group EVT. It knows nothing about what the events are; each category has its own.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    protected uint _enabled;
    protected uint _static;
    protected uint _inCallback;
    private int _callbacks;
    private bool _isPumpPosted;
    private LinkedQueue<WskRequest> _disables;

    /// <summary>The events of the category that SO_WSK_EVENT_CALLBACK can enable.</summary>
    public abstract uint Events { get; }

    /// <summary>The rule that says when callbacks may be enabled.</summary>
    public abstract string EnableRule { get; }

    /// <summary>Whether an enabled callback may still be called.</summary>
    public virtual bool IsAwaitingEvents => false;

    /// <summary>Whether there are callbacks to call at all; under the lock.</summary>
    protected virtual bool WantsEvents => _enabled != 0;

    /// <summary>Enables callbacks (EventMask without WSK_EVENT_DISABLE).</summary>
    public NTSTATUS EnableEvents(uint mask)
    {
        OnEnabling();
        if (!HasCallbacks(mask))
            return STATUS_INVALID_PARAMETER;
        using (_gate.Enter())
        {
            if (!MayEnable(mask))
                return WrongState;
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
        using (_gate.Enter())
        {
            if ((_static & mask) != 0 || !MayDisable(mask))
                return STATUS_INVALID_DEVICE_REQUEST;
            _enabled &= ~mask;
            if ((_inCallback & mask) == 0)
                return STATUS_SUCCESS;
            if (request is null)
                return STATUS_EVENT_PENDING;
            request.Kind = RequestKind.DisableEvent;
            _disables.Enqueue(request);
            return STATUS_PENDING;
        }
    }

    /// <summary>Whether the client's table has a callback for each event of the mask.</summary>
    protected abstract bool HasCallbacks(uint mask);

    /// <summary>Whether the socket has come far enough for these callbacks; under the lock.</summary>
    protected abstract bool MayEnable(uint mask);

    /// <summary>Whether a callback that is not static may be disabled; under the lock.</summary>
    protected virtual bool MayDisable(uint mask) => true;

    /// <summary>Callbacks are about to be enabled: the client's table must be known; under no lock.</summary>
    protected virtual void OnEnabling()
    {
    }

    /// <summary>Calls what is to be called. Only the dispatcher runs it (OPEN-28).</summary>
    protected abstract void PumpEvents();

    protected void PostEventPump()
    {
        // Whoever enables callbacks posts the pump after that.
        if (!WantsEvents)
            return;
        using (_gate.Enter())
        {
            if (!WantsEvents || _isPumpPosted || _state == SocketState.Closing)
                return;
            _isPumpPosted = true;
        }
        PostHere(_provider.EventPumps.Rent(this));
    }

    /// <summary>A callback is about to be called; under the lock.</summary>
    protected void BeginCallback(uint mask)
    {
        _inCallback |= mask;
        _callbacks++;
    }

    /// <summary>A callback has returned; under no lock.</summary>
    protected void EndCallback(uint mask)
    {
        WskRequest? disables;
        using (_gate.Enter())
            disables = EndCallbackLocked(mask);
        WskRequest.CompleteAll(disables, STATUS_SUCCESS);
        TryFinishClose();
    }

    /// <summary>
    /// A callback has returned; under the lock. The result are the requests that waited for it: the caller
    /// completes them, and tries to finish a close.
    /// </summary>
    protected WskRequest? EndCallbackLocked(uint mask)
    {
        _inCallback &= ~mask;
        _callbacks--;
        return _inCallback == 0 ? _disables.TakeAll() : null;
    }

    protected ulong Call(nuint callback, ReadOnlySpan<ulong> arguments) =>
        _provider.Executive.Code.Call(callback, arguments);

    // The client's static events, as far as the socket's table has callbacks for them (EVT-23).
    protected virtual void EnableStaticEvents()
    {
        var present = PresentOf(Identity.Client.StaticEvents & Events);
        using (_gate.Enter())
        {
            _enabled |= present;
            _static = present;
        }
    }

    /// <summary>
    /// Those events of a mask that the client's table has callbacks for; the others are reported.
    /// </summary>
    protected uint PresentOf(uint wanted)
    {
        var present = 0u;
        for (var left = wanted; left != 0; left &= left - 1)
        {
            var one = left & (uint)-(int)left;
            present |= HasCallbacks(one) ? one : 0;
        }
        if (present != wanted)
            _provider.Executive.Breach(
                "EVT-23", $"events 0x{wanted & ~present:x} of {Object} are enabled without callbacks");
        return present;
    }

    /// <summary>Calls the callbacks of one socket, on its dispatcher.</summary>
    internal sealed class EventPump(EventPumps pumps) : DispatchItem, IPooled<EventPump>
    {
        /// <summary>Whose callbacks are called next; null while nobody's are.</summary>
        public ProviderSocket? Socket { get; set; }

        EventPump? IPooled<EventPump>.NextFree { get; set; }

        public override void Run()
        {
            var socket = Socket!;
            Socket = null;
            pumps.Return(this);
            using (socket._gate.Enter())
                socket._isPumpPosted = false;
            socket.PumpEvents();
        }
    }
}
