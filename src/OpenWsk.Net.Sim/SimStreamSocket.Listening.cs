// Part of SimStreamSocket: what becomes a listener, and what a listener has accepted. A dual-stack socket
// is IPv6 to its owner and IPv4 underneath, so addresses are told in their mapped form. It knows nothing
// about handshakes.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Options;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

internal sealed partial class SimStreamSocket
{
    private SimListenSocket? _listener;

    /// <summary>A socket for a connection that a listening socket accepts.</summary>
    public SimStreamSocket(SimStreamSocket listening)
    {
        _host = listening._host;
        _family = listening._family;
        Options = new SocketOptions(SocketKinds.Stream, _family);
        Options.Inherit(listening.Options);
        _receivable = new ArmedEvent(Scheduler, IsReceivable, () => _events!.OnReceivable());
        _idealSendBacklog = new PostedCall(Scheduler, TellIdealSendBacklog);
        _broken = new PostedCall(Scheduler, TellBroken);
        _host.Breakables.Add(this);
    }

    public NTSTATUS Listen(in ListenSettings settings, IListenEvents events, out IListenSocket? listener)
    {
        listener = null;
        if (_isClosed || _bound.Family == 0 || _connection is not null || _listener is not null)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        _listener = new SimListenSocket(this, _bound, _isBoundDual, settings, events);
        listener = _listener;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public void Attach(IStreamEvents events)
    {
        if (_events is not null)
            throw new InvalidOperationException("The socket has an owner already.");
        _events = events;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            _broken.Post();
    }

    /// <summary>Takes over an accepted connection; the listener has made this socket its owner.</summary>
    public void Adopt(TcpConnection connection)
    {
        _connection = connection;
        connection.Apply(SettingsFor(connection.Local.IsV6));
        _toldBacklogBytes = IdealSendBacklogBytes;
    }

    /// <summary>An address as this socket's owner knows it.</summary>
    public EndpointAddress Told(in EndpointAddress address) =>
        _family == WskConstants.AF_INET6 ? AddressKinds.Mapped(address) : address;
}
