// A listening socket: binding makes it listen. What it does then is its ListenRole. Rules: groups LISTEN,
// ACCEPT, INSPECT, BIND-07, BIND-08. It knows nothing about argument checks (Dispatch/ListenRoutines.cs).
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>A socket of WSK_FLAG_LISTEN_SOCKET.</summary>
internal sealed class ListenSocket : ProviderSocket, IAcceptor, IStreamEvents
{
    private IStreamSocket? _stream;

    public ListenSocket(WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
        : base(provider, identity, descriptor) => Listening = new ListenRole(this, this);

    public override SocketCategories Category => SocketCategories.Listen;

    public ListenRole Listening { get; }

    public GuestPtr<WSK_CLIENT_LISTEN_DISPATCH> ListenTable => new(ClientTable);

    public override uint Events => ListenRole.Events;

    public override string EnableRule => "EVT-16";

    public override bool IsAwaitingEvents => Listening.IsAwaitingEvents;

    protected override ITransportSocket? Transport => _stream;

    protected override AddressTable? Addresses => _provider.TcpAddresses;

    protected override bool WantsEvents => Listening.WantsEvents;

    public override NTSTATUS OpenTransport() =>
        _provider.Transport.CreateStream(Identity.Family, this, out _stream);

    public override bool IsConditionalAccept => Listening.IsConditional;

    public override NTSTATUS SetConditionalAccept(bool isOn) => Listening.SetConditional(isOn);

    public override void OnTransportCompleted(WskRequest request) =>
        throw new InvalidOperationException("a listening socket starts no operation of the transport");

    public override void OnCancel(WskRequest request)
    {
        if (request.Kind == RequestKind.Accept)
            Listening.CancelAccept(request);
    }

    // A listener's stream moves no data.
    public void OnReceivable()
    {
    }

    public void OnIdealSendBacklog(nuint bytes)
    {
    }

    protected override NTSTATUS OnBound()
    {
        var status = Listening.Start(_stream!);
        return status.IsSuccess() ? status : Unbind(status);
    }

    protected override WskRequest? TakeWaiting() => Listening.TakeWaiting();

    protected override void OnClosing() => Listening.OnClosing();

    protected override void OnClosed() => Listening.OnClosed();

    protected override bool HasCallbacks(uint mask) => Listening.HasCallbacks(mask);

    protected override bool MayEnable(uint mask) => _state == SocketState.Listening;

    protected override bool MayDisable(uint mask) => ListenRole.MayDisable(mask);

    protected override void PumpEvents() => Listening.PumpEvents();

    // The transport bound the socket and then could not listen: the bind has failed as a whole, and another
    // one may follow.
    private NTSTATUS Unbind(NTSTATUS failure)
    {
        _stream!.Close();
        ReleaseAddress();
        _state = SocketState.Created;
        return OpenTransport().IsSuccess() ? failure : NTSTATUS.STATUS_INSUFFICIENT_RESOURCES;
    }
}
