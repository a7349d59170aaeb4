// A basic socket: it can be controlled and closed, nothing else. Its transport's socket is made when an
// option of the transport is first asked for, since most basic sockets never need one. It knows nothing about
// which controls exist (Control/).
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>A socket of WSK_FLAG_BASIC_SOCKET.</summary>
internal sealed class BasicSocket(
    WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
    : ProviderSocket(provider, identity, descriptor), IStreamEvents, IDatagramEvents
{
    private ITransportSocket? _transport;

    public override SocketCategories Category => SocketCategories.Basic;

    public override uint Events => 0;

    public override string EnableRule => "EVT-15";

    public override ITransportSocket? OptionSocket
    {
        get
        {
            using (_gate.Enter())
                return _state == SocketState.Closing ? null : _transport ??= Open();
        }
    }

    protected override ITransportSocket? Transport => _transport;

    protected override AddressTable? Addresses => null;

    public override void OnTransportCompleted(WskRequest request) =>
        throw new InvalidOperationException("a basic socket starts no operation of the transport");

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

    protected override bool MayEnable(uint mask) => false;

    protected override void PumpEvents()
    {
    }

    private ITransportSocket? Open()
    {
        if (Identity.Type == WskConstants.SOCK_STREAM)
            return _provider.Transport.CreateStream(Identity.Family, this, out var stream).IsSuccess()
                ? stream
                : null;
        var status = _provider.Transport.CreateDatagram(
            Identity.Family, Identity.Type, Identity.Protocol, this, out var datagram);
        return status.IsSuccess() ? datagram : null;
    }
}
