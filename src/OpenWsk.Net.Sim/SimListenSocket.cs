// The listening side of a provider's socket over TcpListener: connections that wait become stream sockets,
// and requests of the conditional mode are passed on. It knows nothing about segments.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

/// <summary>A listener of a simulated host; it ends with its <see cref="SimStreamSocket"/>.</summary>
internal sealed class SimListenSocket : IListenSocket, ITcpListenerOwner
{
    private readonly SimStreamSocket _socket;
    private readonly IListenEvents _events;
    private readonly TcpListener _listener;
    private readonly ArmedEvent _acceptable;
    private NTSTATUS _failure;
    private bool _isClosed;

    public SimListenSocket(SimStreamSocket socket, in EndpointAddress bound, bool isDual,
        in ListenSettings settings, IListenEvents events)
    {
        _socket = socket;
        _events = events;
        _acceptable = new ArmedEvent(socket.Host.Scheduler,
            () => _listener!.HasReady || _failure != NTSTATUS.STATUS_SUCCESS, events.OnAcceptable);
        _listener = new TcpListener(socket.Host, bound, settings, this) { IsDual = isDual };
        socket.Host.Add(_listener);
        ApplyOptions();
    }

    public bool JudgesBeforeHandshake => true;

    public NTSTATUS TryAccept(out IStreamSocket? connection, out ulong requestId)
    {
        connection = null;
        requestId = 0;
        if (_isClosed)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        if (!_listener.HasReady)
            return NTSTATUS.STATUS_PENDING;
        var socket = new SimStreamSocket(_socket);
        _listener.TryAccept(socket, out var taken, out requestId);
        socket.Adopt(taken!);
        connection = socket;
        return NTSTATUS.STATUS_SUCCESS;
    }

    public void ArmAccept() => _acceptable.Arm();

    public bool Decide(ulong requestId, bool isAccepted) => _listener.Decide(requestId, isAccepted);

    /// <summary>The options of the socket have changed.</summary>
    public void ApplyOptions()
    {
        _listener.IsPaused = _socket.Options.IsOn(WskConstants.SOL_SOCKET, WskConstants.SO_PAUSE_ACCEPT);
        _listener.ConnectionSettings = _socket.SettingsFor(_listener.Local.IsV6);
    }

    public void Close()
    {
        _isClosed = true;
        _acceptable.End();
        _listener.Close();
    }

    /// <summary>The network is gone: the owner is told by TryAccept.</summary>
    public void Break(NTSTATUS status)
    {
        _failure = status;
        _listener.Close();
        _acceptable.Signal();
    }

    void ITcpListenerOwner.OnReady() => _acceptable.Signal();

    void ITcpListenerOwner.OnRequest(in ConnectionRequest request) =>
        _events.OnRequest(request with
        {
            Local = _socket.Told(request.Local),
            Remote = _socket.Told(request.Remote),
        });

    void ITcpListenerOwner.OnRequestDropped(ulong requestId) => _events.OnRequestDropped(requestId);
}
