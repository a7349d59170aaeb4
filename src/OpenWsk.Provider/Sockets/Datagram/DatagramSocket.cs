// A datagram socket, UDP or raw: its transport's socket, its fixed addresses, and what its requests end with.
// Rules: groups DGRAM, RAW. It knows nothing about argument checks (Dispatch/DatagramRoutines.cs). Its parts:
// .Send, .Receive, .ReceiveEvent.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

/// <summary>A socket of WSK_FLAG_DATAGRAM_SOCKET.</summary>
internal sealed partial class DatagramSocket(
    WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
    : ProviderSocket(provider, identity, descriptor), IDatagramEvents
{
    private IDatagramSocket _socket = null!;
    private EndpointAddress? _remote;
    private EndpointAddress? _sendTo;
    private ControlWishes _wishes;
    private uint _segmentBytes;

    public override SocketCategories Category => SocketCategories.Datagram;

    /// <summary>Whether the datagrams are UDP's; otherwise the socket is raw.</summary>
    public bool IsUdp => Identity.Type == SOCK_DGRAM;

    protected override ITransportSocket? Transport => _socket;

    protected override AddressTable? Addresses => IsUdp ? _provider.UdpAddresses : null;

    public override NTSTATUS OpenTransport()
    {
        var status = _provider.Transport.CreateDatagram(
            Identity.Family, Identity.Type, Identity.Protocol, this, out var socket);
        if (status.IsSuccess())
            _socket = socket!;
        return status;
    }

    /// <summary>
    /// SIO_WSK_SET_REMOTE_ADDRESS: sends go there by default and only datagrams from there are accepted; null
    /// ends that. Errors: STATUS_INVALID_DEVICE_STATE when not bound.
    /// </summary>
    public override NTSTATUS SetRemoteAddress(EndpointAddress? address)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Bound)
                return WrongState;
            SettleReceived();
            _remote = address;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>
    /// SIO_WSK_SET_SENDTO_ADDRESS: sends go there by default; null ends that. Errors:
    /// STATUS_INVALID_DEVICE_STATE when not bound.
    /// </summary>
    public override NTSTATUS SetSendToAddress(EndpointAddress? address)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Bound)
                return WrongState;
            _sendTo = address;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public override void OnOptionSet(uint level, uint name, uint value)
    {
        using (_gate.Enter())
        {
            _wishes = _wishes.With(level, name, value);
            if (level == IPPROTO_UDP && name == UDP_SEND_MSG_SIZE)
                _segmentBytes = value;
        }
    }

    public override void OnTransportCompleted(WskRequest request)
    {
        if (request.Kind != RequestKind.SendTo)
            throw new InvalidOperationException($"{request.Kind} is no operation of the transport");
        FinishSend(request);
    }

    public override void OnCancel(WskRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.SendTo:
                _socket.Cancel(request);
                break;
            case RequestKind.ReceiveFrom:
                CancelReceive(request);
                break;
            default:
                // The others end on their own: a close or a disable waits only for callbacks that are
                // running.
                break;
        }
    }

    public override void OnCompleting(WskRequest request)
    {
        base.OnCompleting(request);
        ReportTakenBack(request);
    }

    // A static callback may find datagrams from here on.
    protected override NTSTATUS OnBound()
    {
        PostEventPump();
        return NTSTATUS.STATUS_SUCCESS;
    }

    protected override WskRequest? TakeWaiting() => _receives.TakeAll();

    // Under the lock a request cannot finish, and so not be reused; the transport completes none of them from
    // inside the call.
    protected override void CancelTransport()
    {
        using (_gate.Enter())
        {
            foreach (var request in Running)
            {
                if (request.Kind == RequestKind.SendTo)
                    _socket.Cancel(request);
            }
        }
    }

    protected override void OnClosed() => FreeDatagrams();

    protected override void AfterFinished(RequestKind kind)
    {
        if (kind == RequestKind.ReceiveFrom)
            PostEventPump();
    }

    // Whether the client has freed or unlocked what the request needs; then nothing may be written there.
    private bool ReportTakenBack(WskRequest request)
    {
        var lost = request.FindTakenBack();
        if (lost == 0)
            return false;
        var rule = request.Kind == RequestKind.SendTo ? "DGRAM-13"
            : lost == request.ReceiveFrom.RemoteAddress.Address ? "DGRAM-39"
            : "DGRAM-38";
        _provider.Executive.Breach(
            rule, $"0x{(ulong)lost:x} was freed or unlocked while {request.Kind} needed it");
        return true;
    }
}
