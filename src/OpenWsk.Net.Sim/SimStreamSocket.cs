// A TCP socket of a simulated host behind the provider's port: binding, connecting, ending, and the promise
// that every operation completes once, on the dispatcher. Bytes in and out: SimStreamSocket.Transfer.cs. It
// knows nothing about segments; TcpConnection does.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Options;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A stream socket over <see cref="TcpConnection"/>.</summary>
internal sealed partial class SimStreamSocket : IStreamSocket, ITcpOwner, IBreakable
{
    private readonly SimHost _host;
    private readonly ushort _family;
    private IStreamEvents? _events;
    private EndpointAddress _bound;
    private bool _isBoundDual;
    private TcpConnection? _connection;
    private TransportOperation? _connect;
    private TransportOperation? _disconnect;
    private bool _isDisconnecting;
    private bool _isClosed;
    private NTSTATUS _failure;

    public SimStreamSocket(SimHost host, ushort family, IStreamEvents events)
    {
        _host = host;
        _family = family;
        _events = events;
        Options = new SocketOptions(SocketKinds.Stream, family);
        _receivable = new ArmedEvent(Scheduler, IsReceivable, () => _events!.OnReceivable());
        _idealSendBacklog = new PostedCall(Scheduler, TellIdealSendBacklog);
        _broken = new PostedCall(Scheduler, TellBroken);
        host.Breakables.Add(this);
    }

    public EndpointAddress LocalAddress => Told(_connection?.Local ?? _bound);

    public EndpointAddress RemoteAddress => Told(_connection?.Remote ?? default);

    /// <summary>The host that the socket is on.</summary>
    public SimHost Host => _host;

    /// <summary>The socket's options.</summary>
    public SocketOptions Options { get; }

    private SimHostScheduler Scheduler => _host.Scheduler;

    private bool IsConnected => _connection is not null && _connect is null;

    public NTSTATUS Bind(in EndpointAddress local, bool isShared)
    {
        if (_isClosed || _bound.Family != 0)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        if (local.Family != _family)
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        var wanted = Options.IsDual ? AddressKinds.Unmapped(local) : local;
        var isDual = Options.IsDual && wanted.IsWildcard && wanted.IsV6;
        var status = _host.Bind(_host.Ports, wanted, isShared, isDual, out var bound);
        if (status != NTSTATUS.STATUS_SUCCESS)
            return status;
        _bound = bound;
        _isBoundDual = isDual;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public bool Connect(in EndpointAddress remote, TransportOperation operation)
    {
        if (_isClosed || _connection is not null || _listener is not null)
            return Finish(operation, NTSTATUS.STATUS_INVALID_DEVICE_STATE);
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return Finish(operation, _failure);
        if (_bound.Family == 0)
        {
            var status = Bind(EndpointAddress.Wildcard(_family), isShared: false);
            if (status != NTSTATUS.STATUS_SUCCESS)
                return Finish(operation, status);
        }
        var peer = Options.IsDual ? AddressKinds.Unmapped(remote) : remote;
        var isOtherFamily = _isBoundDual && !peer.IsV6;
        var bound = isOtherFamily ? EndpointAddress.Wildcard(WskConstants.AF_INET, _bound.Port) : _bound;
        if (!IsOnInterface(peer))
            return Finish(operation, NTSTATUS.STATUS_NETWORK_UNREACHABLE);
        var opened = _host.TryOpen(bound, peer, SettingsFor(peer.IsV6), this, out _connection);
        if (opened != NTSTATUS.STATUS_SUCCESS)
            return Finish(operation, opened);
        _connect = operation;
        return false;
    }

    public bool Disconnect(TransportOperation operation)
    {
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return Finish(operation, _failure);
        if (!IsConnected || _disconnect is not null)
            return Finish(operation, NTSTATUS.STATUS_INVALID_DEVICE_STATE);
        if (_connection!.Error != NTSTATUS.STATUS_SUCCESS)
            return Finish(operation, _connection.Error);
        if (_connection.IsFinAcknowledged)
            return Finish(operation, NTSTATUS.STATUS_SUCCESS);
        _isDisconnecting = true;
        _disconnect = operation;
        SendFinWhenDrained();
        return false;
    }

    public void Cancel(TransportOperation operation)
    {
        if (ReferenceEquals(operation, _connect))
        {
            _connection!.Reset();
            _connection = null;
            Complete(ref _connect, NTSTATUS.STATUS_CANCELLED);
        }
        else if (ReferenceEquals(operation, _disconnect))
        {
            Complete(ref _disconnect, NTSTATUS.STATUS_CANCELLED);
        }
        else
        {
            CancelSend(operation);
        }
    }

    public void Abort()
    {
        _connection?.Reset();
        CompleteAll(NTSTATUS.STATUS_CANCELLED);
        _receivable.Signal();
    }

    public void Close()
    {
        if (_isClosed)
            throw new InvalidOperationException("The socket is closed already.");
        _isClosed = true;
        _receivable.End();
        _host.Breakables.Remove(this);
        _listener?.Close();
        if (_connection is { IsClosedBothWays: true, Error: NTSTATUS.STATUS_SUCCESS })
            _connection.SetOwner(null);
        else
            _connection?.Reset();
        CompleteAll(NTSTATUS.STATUS_CANCELLED);
        if (_bound.Family != 0)
            _host.Ports.Release(_bound, _isBoundDual);
    }

    public void OnConnected(TcpConnection connection)
    {
        _toldBacklogBytes = IdealSendBacklogBytes;
        Complete(ref _connect, NTSTATUS.STATUS_SUCCESS);
    }

    public void OnSendClosed(TcpConnection connection) => Complete(ref _disconnect, NTSTATUS.STATUS_SUCCESS);

    public void OnEnded(TcpConnection connection, NTSTATUS status)
    {
        if (_connect is not null)
            _connection = null;
        CompleteAll(status);
        _receivable.Signal();
    }

    private static bool Finish(TransportOperation operation, NTSTATUS status)
    {
        operation.Status = status;
        return true;
    }

    private void CompleteAll(NTSTATUS status)
    {
        Complete(ref _connect, status);
        CompleteSends(status);
        Complete(ref _disconnect, status);
    }

    private void Complete(ref TransportOperation? operation, NTSTATUS status)
    {
        if (operation is null)
            return;
        var completed = operation;
        operation = null;
        completed.Status = status;
        Scheduler.Post(completed);
    }

    private void SendFinWhenDrained()
    {
        if (_isDisconnecting && _sends.Count == 0 && !_connection!.IsSendClosed)
            _connection.ShutdownSend();
    }
}
