// The listening side of a stream. A connection is taken from the system when somebody asks for one, or when
// one asynchronous accept that an arm has started finds it; until then it waits in the system's backlog.
// Requests of conditional mode are HostListener.Conditional.cs. It knows nothing about what becomes of a
// connection.
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Connections that wait to be taken.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Close ends it; that is the port's name for it.")]
internal sealed partial class HostListener : IListenSocket
{
    // A system without a free descriptor or memory gets a little time; the connections wait in its backlog.
    private const long ShortageRetryNs = 100_000_000;

    private readonly HostStream _owner;
    private readonly Socket _socket;
    private readonly ListenSettings _settings;
    private readonly IListenEvents _events;
    private readonly Lock _gate = new();
    private readonly Queue<WaitingConnection> _waiting = new();
    private readonly ArmedEvent _acceptable;
    private readonly AcceptArguments _arguments;
    private readonly RetryItem _retry;

    // The system looks for a connection, or has no room for one.
    private bool _isAccepting;
    private bool _isShort;

    private NTSTATUS _failure = NTSTATUS.STATUS_SUCCESS;
    private bool _isClosed;

    // SO_PAUSE_ACCEPT: what comes is reset.
    private bool _isPaused;

    public HostListener(HostStream owner, Socket socket, in ListenSettings settings, IListenEvents events)
    {
        _owner = owner;
        _socket = socket;
        _settings = settings;
        _events = events;
        _acceptable = new ArmedEvent(Scheduler, _gate, () => _isClosed, events.OnAcceptable);
        _arguments = new AcceptArguments(this);
        _retry = new RetryItem(this);
    }

    // Divergence from Windows: the system's kernel has finished the handshake before we hear of a request.
    public bool JudgesBeforeHandshake => false;

    private IScheduler Scheduler => _owner.Transport.Scheduler;

    // Whether to take one more connection from the system now.
    private bool IsWanting => _isPaused || (_settings.IsConditional
        ? _requests.Count + _waiting.Count < Math.Max(_settings.Backlog, 1)
        : _acceptable.IsArmed && _waiting.Count == 0);

    /// <summary>Begins, and SO_PAUSE_ACCEPT: whether what comes is reset.</summary>
    /// <remarks>Divergence from Windows: the peer sees the connection established before the reset.</remarks>
    public void Pause(bool isPaused)
    {
        lock (_gate)
        {
            _isPaused = isPaused;
            Pump();
        }
    }

    public NTSTATUS TryAccept(out IStreamSocket? connection, out ulong requestId)
    {
        // Adopting takes the owner's lock, which comes before this one.
        var status = TryTake(out var waiting);
        connection = status == NTSTATUS.STATUS_SUCCESS
            ? _owner.Adopt(waiting.Socket, waiting.Local, waiting.Remote)
            : null;
        requestId = waiting.RequestId;
        return status;
    }

    public void ArmAccept()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }
            _acceptable.Arm();
            Pump();
        }
    }

    /// <summary>Resets what was not taken; the owner closes the system's socket.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Scheduler.CancelPost(_retry);
            while (_waiting.TryDequeue(out var waiting))
            {
                waiting.Socket.Close(0);
            }
            DropRequests();
            if (!_isAccepting)
            {
                _arguments.Dispose();
            }
        }
    }

    private NTSTATUS TryTake(out WaitingConnection waiting)
    {
        lock (_gate)
        {
            waiting = default;
            if (_isClosed)
            {
                return NTSTATUS.STATUS_CANCELLED;
            }
            if (_waiting.Count == 0 && !_settings.IsConditional && !_isPaused)
            {
                AcceptReady();
            }
            if (!_waiting.TryDequeue(out waiting))
            {
                return _failure.IsSuccess() ? NTSTATUS.STATUS_PENDING : _failure;
            }
            Pump();
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    private void Pump()
    {
        while (IsWanting && !_isAccepting && !_isShort && !_isClosed && _failure.IsSuccess())
        {
            StartAccept();
        }
        if (_waiting.Count > 0 || !_failure.IsSuccess())
        {
            _acceptable.Signal();
        }
    }

    private void AcceptReady()
    {
        while (_waiting.Count == 0 && !_isAccepting && !_isShort && _failure.IsSuccess())
        {
            if (!_socket.Poll(0, SelectMode.SelectRead))
            {
                return;
            }
            StartAccept();
        }
    }

    private void StartAccept()
    {
        _arguments.AcceptSocket = null;
        _isAccepting = true;
        if (!_socket.AcceptAsync(_arguments))
        {
            _isAccepting = false;
            Take(_arguments);
        }
    }

    private void OnAccepted(AcceptArguments arguments)
    {
        lock (_gate)
        {
            _isAccepting = false;
            if (_isClosed)
            {
                arguments.AcceptSocket?.Close(0);
                arguments.Dispose();
                return;
            }
            Take(arguments);
            Pump();
        }
    }

    private void Take(AcceptArguments arguments)
    {
        switch (arguments.SocketError)
        {
            case SocketError.Success:
                Keep(arguments.AcceptSocket!);
                break;

            // The connection died while it waited, or its network did; the listener goes on.
            case SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.HostUnreachable
                or SocketError.HostDown or SocketError.NetworkUnreachable or SocketError.NetworkDown
                or SocketError.ProtocolOption or SocketError.OperationNotSupported or SocketError.TimedOut:
                break;

            case SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable
                or SocketError.ProcessLimit:
                _isShort = true;
                Scheduler.PostAt(_owner.Transport.Clock.NowNs + ShortageRetryNs, _retry);
                break;

            default:
                _failure = HostErrors.ToStatus(arguments.SocketError);
                _owner.TellBroken();
                break;
        }
    }

    private void Keep(Socket socket)
    {
        if (_isPaused)
        {
            socket.Close(0);
            return;
        }
        socket.Blocking = false;
        var local = EndpointAddress.From((IPEndPoint)socket.LocalEndPoint!);
        var remote = EndpointAddress.From((IPEndPoint)socket.RemoteEndPoint!);
        if (_settings.IsConditional)
        {
            AddRequest(socket, local, remote);
        }
        else
        {
            _waiting.Enqueue(new WaitingConnection(socket, 0, local, remote));
        }
    }

    private void OnRetry()
    {
        lock (_gate)
        {
            _isShort = false;
            Pump();
        }
    }

    private readonly record struct WaitingConnection(
        Socket Socket, ulong RequestId, EndpointAddress Local, EndpointAddress Remote);

    private sealed class AcceptArguments(HostListener listener) : SocketAsyncEventArgs(true)
    {
        protected override void OnCompleted(SocketAsyncEventArgs e) => listener.OnAccepted(this);
    }

    private sealed class RetryItem(HostListener listener) : DispatchItem
    {
        public override void Run() => listener.OnRetry();
    }
}
