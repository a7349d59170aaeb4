// A socket that is no longer functional: the transport says so, or a fault plan of the world. What waits ends
// with STATUS_FILE_FORCED_CLOSED, callbacks tell the client once, and every call but WskCloseSocket fails
// (OPEN-15). It knows nothing about which callbacks: each category has its own.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    private volatile bool _isBroken;
    private volatile string? _closeRule;

    /// <summary>Whether the socket is no longer functional.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>
    /// The rule that any further call but WskCloseSocket breaks, once the client has been told that the
    /// socket is no longer functional; null before.
    /// </summary>
    public string? CloseRule => _closeRule;

    /// <summary>The transport's socket is gone for good; on the dispatcher.</summary>
    public void OnBroken()
    {
        if (TryMarkBroken(Object))
            EndBroken();
    }

    /// <summary>
    /// A fault plan breaks the socket, on any thread; nothing if the WSK_SOCKET was this object's in an
    /// earlier life.
    /// </summary>
    public void Break(GuestPtr<WSK_SOCKET> known)
    {
        if (TryMarkBroken(known))
            PostHere(new BreakItem(this));
    }

    /// <summary>A call was answered with STATUS_FILE_FORCED_CLOSED: the client knows (CLOSE-18).</summary>
    public void NoteForcedClosed(GuestPtr<WSK_SOCKET> known)
    {
        using (_gate.Enter())
        {
            if (IsKnownAs(known))
                _closeRule ??= "CLOSE-18";
        }
    }

    /// <summary>
    /// The transport ends its operations, of a socket that broke; they complete with STATUS_CANCELLED.
    /// </summary>
    protected virtual void CancelTransport()
    {
    }

    /// <summary>
    /// A callback told the client that the socket is no longer functional: RECV-25, ACCEPT-28 and the like.
    /// </summary>
    protected void NoteBrokenTold(string closeRule) => _closeRule = closeRule;

    /// <summary>What a request tells that the transport gave up because the socket broke.</summary>
    protected NTSTATUS OutcomeOf(NTSTATUS status) =>
        IsBroken && status == NTSTATUS.STATUS_CANCELLED ? WskSettings.NoLongerFunctional : status;

    private bool TryMarkBroken(GuestPtr<WSK_SOCKET> known)
    {
        using (_gate.Enter())
        {
            if (!IsKnownAs(known) || _isBroken || _state == SocketState.Closing)
                return false;
            return _isBroken = true;
        }
    }

    private void EndBroken()
    {
        WskRequest? waiting;
        using (_gate.Enter())
        {
            if (_state == SocketState.Closing)
                return;
            waiting = TakeWaiting();
        }
        WskRequest.CompleteAll(waiting, WskSettings.NoLongerFunctional);
        _provider.AddressListChanges.End(this, WskSettings.NoLongerFunctional);
        CancelTransport();
        PostEventPump();
    }

    private sealed class BreakItem(ProviderSocket socket) : DispatchItem
    {
        public override void Run() => socket.EndBroken();
    }
}
