// A datagram socket, UDP or raw. Rules: groups DGRAM, RAW.
// It knows nothing about argument checks (Dispatch/DatagramRoutines.cs).
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>A socket of WSK_FLAG_DATAGRAM_SOCKET.</summary>
internal sealed class DatagramSocket(
    WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
    : ProviderSocket(provider, identity, descriptor), IDatagramEvents
{
    private IDatagramSocket? _socket;

    public override SocketCategories Category => SocketCategories.Datagram;

    public override uint Events => WskConstants.WSK_EVENT_RECEIVE_FROM;

    public override string EnableRule => "EVT-16";

    protected override ITransportSocket? Transport => _socket;

    protected override AddressTable? Addresses =>
        Identity.Type == WskConstants.SOCK_RAW ? null : _provider.UdpAddresses;

    public override NTSTATUS OpenTransport() => _provider.Transport.CreateDatagram(
        Identity.Family, Identity.Type, Identity.Protocol, this, out _socket);

    public override void OnTransportCompleted(WskRequest request) =>
        throw new InvalidOperationException($"{request.Kind} is no operation of the transport");

    public override void OnCancel(WskRequest request)
    {
    }

    public void OnReceivable()
    {
    }

    protected override bool HasCallbacks(uint mask) => false;

    protected override bool MayEnable(uint mask) => _state == SocketState.Bound;

    protected override void PumpEvents()
    {
    }
}
