// The listening side of a stream: its rules. A connection is taken from the system when somebody asks for
// one, or when one asynchronous accept that an arm has started finds it; until then it waits in the system's
// backlog. Requests of conditional mode are SystemListener.Conditional.cs; how the system is asked is a
// subclass (HostListener.cs; OpenWsk.Net.Uring). It knows nothing about what becomes of a connection.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>Connections that wait to be taken.</summary>
internal abstract partial class SystemListener : IListenSocket
{
    // A system without a free descriptor or memory gets a little time; the connections wait in its backlog.
    private const long ShortageRetryNs = 100_000_000;

    // Connections that are taken ahead of whoever asks for them.
    private const int AheadMax = 64;

    private readonly SystemStream _owner;
    private readonly ListenSettings _settings;
    private readonly IListenEvents _events;
    private protected readonly Lock _gate = new();
    private readonly Queue<WaitingConnection> _waiting = new();
    private readonly ArmedEvent _acceptable;
    private readonly RetryItem _retry;

    // The system looks for a connection, or has no room for one.
    private protected bool _isAccepting;
    private bool _isShort;
    private bool _isShortageTold;

    private NTSTATUS _failure = NTSTATUS.STATUS_SUCCESS;
    private protected bool _isClosed;

    // SO_PAUSE_ACCEPT: what comes is reset.
    private bool _isPaused;

    private protected SystemListener(SystemStream owner, in ListenSettings settings, IListenEvents events)
    {
        _owner = owner;
        _settings = settings;
        _events = events;
        _acceptable = new ArmedEvent(Scheduler, _gate, () => _isClosed, events.OnAcceptable)
        {
            Processor = owner.Processor,
        };
        _retry = new RetryItem(this) { Processor = owner.Processor };
    }

    // Divergence from Windows: the system's kernel has finished the handshake before we hear of a request.
    public bool JudgesBeforeHandshake => false;

    /// <summary>Whether requests wait for a decision.</summary>
    private protected bool IsConditional => _settings.IsConditional;

    /// <summary>
    /// Whether as many wait as may, and nobody asks for one, or no files are left. Under the lock.
    /// </summary>
    private protected bool IsFull => _isShort || FileRoom.IsScarce
        || (!_acceptable.IsArmed && _waiting.Count >= Math.Min(_settings.Backlog, AheadMax));

    private protected IScheduler Scheduler => _owner.Transport.Scheduler;

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
            ? _owner.Adopt(waiting.Connection, waiting.Local, waiting.Remote)
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
                Reset(waiting.Connection);
            }
            DropRequests();
            OnClosed();
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
        while (IsWanting && !_isAccepting && !_isShort && !_isClosed && _failure.IsSuccess() && HasRoom())
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
        while (_waiting.Count == 0 && !_isAccepting && !_isShort && _failure.IsSuccess() && HasRoom())
        {
            if (!TryAcceptNow(out var error, out var connection))
            {
                return;
            }
            Take(error, connection);
        }
    }

    private void StartAccept()
    {
        _isAccepting = true;
        if (!BeginAccept(out var error, out var connection))
        {
            _isAccepting = false;
            Take(error, connection);
        }
    }

    /// <summary>An accept has ended without a word; the next one begins if it is wanted.</summary>
    private protected void OnAccepted()
    {
        if (!_isClosed)
        {
            Pump();
        }
    }

    /// <summary>
    /// What an accept has found; the mechanism has cleared <see cref="_isAccepting"/> if it was the last.
    /// </summary>
    private protected void OnAccepted(SocketError error, in AcceptedConnection connection)
    {
        if (_isClosed)
        {
            if (error == SocketError.Success)
            {
                Reset(connection);
            }
            return;
        }
        Take(error, connection);
        Pump();
    }

    private void Take(SocketError error, in AcceptedConnection connection)
    {
        switch (error)
        {
            case SocketError.Success when !FileRoom.MayAccept(connection.Descriptor):
                Reset(connection);
                BecomeShort();
                break;

            case SocketError.Success:
                Keep(connection);
                break;

            // The connection died while it waited, or its network did; the listener goes on.
            case SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.HostUnreachable
                or SocketError.HostDown or SocketError.NetworkUnreachable or SocketError.NetworkDown
                or SocketError.ProtocolOption or SocketError.OperationNotSupported or SocketError.TimedOut:
                break;

            case SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable
                or SocketError.ProcessLimit:
                BecomeShort();
                break;

            default:
                _failure = HostErrors.ToStatus(error);
                _owner.TellBroken();
                break;
        }
    }

    // What comes while files are scarce waits in the system's backlog.
    private bool HasRoom()
    {
        if (FileRoom.HasRoom)
        {
            return true;
        }
        BecomeShort();
        return false;
    }

    private void BecomeShort()
    {
        if (_isShort)
        {
            return;
        }
        _isShort = true;
        Scheduler.PostAt(_owner.Transport.Clock.NowNs + ShortageRetryNs, _retry);
        if (!_isShortageTold)
        {
            _isShortageTold = true;
            Scheduler.Post(new ShortageItem(this) { Processor = _owner.Processor });
        }
    }

    private void Keep(in AcceptedConnection connection)
    {
        if (_isPaused)
        {
            Reset(connection);
            return;
        }
        AskAddresses(connection, out var local, out var remote);
        if (remote.Family == 0)
        {
            // Its peer has reset it before anybody has heard of it.
            Reset(connection);
            return;
        }
        if (_settings.IsConditional)
        {
            AddRequest(connection, local, remote);
        }
        else
        {
            _waiting.Enqueue(new WaitingConnection(connection, 0, local, remote));
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

    // What the mechanism does; called under the lock.

    /// <summary>Takes a connection without waiting; false when there is none.</summary>
    private protected abstract bool TryAcceptNow(out SocketError error, out AcceptedConnection connection);

    /// <summary>Begins to wait for one; false when it has been found, or refused, already.</summary>
    private protected abstract bool BeginAccept(out SocketError error, out AcceptedConnection connection);

    private protected abstract void AskAddresses(
        in AcceptedConnection connection, out EndpointAddress local, out EndpointAddress remote);

    private protected abstract SafeSocketHandle HandleOf(in AcceptedConnection connection);

    private protected abstract bool IsGone(in AcceptedConnection connection);

    private protected abstract void Reset(in AcceptedConnection connection);

    private protected abstract void OnClosed();

    private readonly record struct WaitingConnection(
        AcceptedConnection Connection, ulong RequestId, EndpointAddress Local, EndpointAddress Remote);

    private sealed class ShortageItem(SystemListener listener) : DispatchItem
    {
        public override void Run()
        {
            if (!listener._isClosed)
            {
                listener._events.OnShortage();
            }
        }
    }

    private sealed class RetryItem(SystemListener listener) : DispatchItem
    {
        public override void Run() => listener.OnRetry();
    }
}
