// A stream socket: neither listening nor connected when made, the first WskListen, WskConnect or
// WskConnectEx that succeeds fixes which of the two it is. In its connection role it is a ConnectionSocket,
// in its listening role it has a ListenRole. Rules: group STREAM. It knows nothing about argument checks
// (Dispatch/).
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>A socket of WSK_FLAG_STREAM_SOCKET.</summary>
internal sealed class StreamSocket : ConnectionSocket, IAcceptor
{
    public StreamSocket(WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
        : base(provider, identity, descriptor) => Listening = new ListenRole(this, this);

    public override SocketCategories Category => SocketCategories.Stream;

    public ListenRole Listening { get; }

    public GuestPtr<WSK_CLIENT_LISTEN_DISPATCH> ListenTable =>
        ClientTable == 0 ? default : new GuestPtr<WSK_CLIENT_STREAM_DISPATCH>(ClientTable).Value.Listen;

    // DIFF-17: by its role it is the one kind of socket or the other.
    public override uint Events =>
        State is SocketState.Connecting or SocketState.Connected ? ConnectionEvents : ListenRole.Events;

    public override string EnableRule => "EVT-17";

    public override bool IsAwaitingEvents => IsListener ? Listening.IsAwaitingEvents : base.IsAwaitingEvents;

    protected override GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> ConnectionTable =>
        ClientTable == 0 ? default : new GuestPtr<WSK_CLIENT_STREAM_DISPATCH>(ClientTable).Value.Connect;

    protected override bool WantsEvents => IsListener ? Listening.WantsEvents : base.WantsEvents;

    private bool IsListener => State == SocketState.Listening;

    /// <summary>
    /// Makes the bound socket a listener. STATUS_INVALID_DEVICE_STATE when it is not bound or has its role;
    /// after another failure it has none (STREAM-12).
    /// </summary>
    public NTSTATUS Listen()
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Bound)
                return WrongState;
            var status = Listening.Start(_stream);
            if (!status.IsSuccess())
                return status;
        }
        base.EnableStaticEvents();
        PostEventPump();
        return NTSTATUS.STATUS_SUCCESS;
    }

    public override bool IsConditionalAccept => Listening.IsConditional;

    public override NTSTATUS SetConditionalAccept(bool isOn) => Listening.SetConditional(isOn);

    // OPEN-06: a function of the other role.
    public override string RuleOfState(string rule)
    {
        var isListening = rule.StartsWith("LISTEN", StringComparison.Ordinal)
            || rule.StartsWith("ACCEPT", StringComparison.Ordinal);
        return State switch
        {
            SocketState.Listening when !isListening => "STREAM-08",
            SocketState.Connected when isListening => "STREAM-09",
            _ => rule,
        };
    }

    public override void OnCancel(WskRequest request)
    {
        if (request.Kind == RequestKind.Accept)
            Listening.CancelAccept(request);
        else
            base.OnCancel(request);
    }

    protected override void OnConnected() => base.EnableStaticEvents();

    // Which events suit the socket is known when its role is.
    protected override void EnableStaticEvents()
    {
    }

    // It has its role for good, and with it an object of that role.
    protected override void OnRetired()
    {
    }

    protected override WskRequest? TakeWaiting() => base.TakeWaiting() ?? Listening.TakeWaiting();

    protected override void OnClosing()
    {
        base.OnClosing();
        Listening.OnClosing();
    }

    protected override void OnClosed()
    {
        base.OnClosed();
        Listening.OnClosed();
    }

    // Before it has a role nothing can be enabled, whatever the tables hold.
    protected override bool HasCallbacks(uint mask) => State switch
    {
        SocketState.Listening => Listening.HasCallbacks(mask),
        SocketState.Connected => base.HasCallbacks(mask),
        _ => true,
    };

    protected override bool MayEnable(uint mask) => IsListener || base.MayEnable(mask);

    protected override bool MayDisable(uint mask) =>
        IsListener ? ListenRole.MayDisable(mask) : base.MayDisable(mask);

    protected override void PumpEvents()
    {
        if (IsListener)
            Listening.PumpEvents();
        else
            base.PumpEvents();
    }
}
