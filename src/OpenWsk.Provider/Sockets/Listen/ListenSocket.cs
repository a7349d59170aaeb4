// A listening socket: binding makes it listen. Rules: groups LISTEN, ACCEPT, INSPECT.
// It knows nothing about argument checks (Dispatch/ListenRoutines.cs).
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>A socket of WSK_FLAG_LISTEN_SOCKET.</summary>
internal sealed class ListenSocket(WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
    : ProviderSocket(provider, identity, descriptor), IStreamEvents
{
    private IStreamSocket? _stream;

    public override SocketCategories Category => SocketCategories.Listen;

    public override uint Events => WskConstants.WSK_EVENT_ACCEPT | ConnectionSocket.ConnectionEvents;

    public override string EnableRule => "EVT-16";

    protected override ITransportSocket? Transport => _stream;

    protected override AddressTable? Addresses => _provider.TcpAddresses;

    public override NTSTATUS OpenTransport() =>
        _provider.Transport.CreateStream(Identity.Family, this, out _stream);

    public override void OnTransportCompleted(WskRequest request) =>
        throw new InvalidOperationException("a listening socket starts no operation of the transport");

    public override void OnCancel(WskRequest request)
    {
    }

    public void OnReceivable()
    {
    }

    public void OnIdealSendBacklog(nuint bytes)
    {
    }

    protected override bool HasCallbacks(uint mask) => false;

    protected override bool MayEnable(uint mask) => _state == SocketState.Listening;

    protected override void PumpEvents()
    {
    }
}
