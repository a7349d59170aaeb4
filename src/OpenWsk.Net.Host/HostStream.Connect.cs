// Connecting a stream: one attempt at a time, which ends by the system's answer, by the transport's deadline
// or by cancellation, whichever comes first. Addresses are HostStream.Bind.cs; it knows nothing about
// retries.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal sealed partial class HostStream
{
    private ConnectAttempt? _attempt;

    // A socket of the system is good for one attempt; a failed one is closed at once and made anew by the
    // next.
    private bool _isSocketClosed;

    public EndpointAddress RemoteAddress { get; private set; }

    public bool Connect(in EndpointAddress remote, TransportOperation operation)
    {
        operation.Status = PrepareConnect(remote);
        if (!operation.Status.IsSuccess())
        {
            return true;
        }
        lock (_gate)
        {
            if (_state != StreamState.Idle || _isSocketClosed)
            {
                operation.Status = WhyNotConnected();
                return true;
            }
            _state = StreamState.Connecting;
            RemoteAddress = remote;
            var attempt = new ConnectAttempt(this, operation) { RemoteEndPoint = remote.ToIPEndPoint() };
            if (!TryStart(attempt, out var error))
            {
                operation.Status = EndAttempt(error);
                attempt.Dispose();
                return true;
            }
            _attempt = attempt;
            Scheduler.PostAt(Transport.Clock.NowNs + Transport.ConnectTimeoutNs, attempt.Deadline);
            return false;
        }
    }

    private NTSTATUS PrepareConnect(in EndpointAddress remote)
    {
        NTSTATUS status;
        lock (_gate)
        {
            if (_state != StreamState.Idle)
            {
                return WhyNotConnected();
            }

            // Linux would take the wildcard for loopback; Windows has no such host (WSAEADDRNOTAVAIL).
            if (remote.IsWildcard || remote.Port == 0)
            {
                return NTSTATUS.STATUS_INVALID_ADDRESS_COMPONENT;
            }
            status = _isSocketClosed ? RenewSocket() : RetryBind();
        }
        return ShareIfAllowed(status);
    }

    private NTSTATUS RetryBind() => _bindFailure.IsSuccess() ? _bindFailure : _bindFailure = BindSocket();

    private NTSTATUS RenewSocket()
    {
        try
        {
            _socket = HostSocketOptions.CreateTcp(_family);
        }
        catch (SocketException e)
        {
            return HostErrors.ToStatus(e.SocketErrorCode);
        }
        _isSocketClosed = false;
        if (HostSocketOptions.IsLinux)
        {
            _options.ApplyAll(_socket.SafeHandle);
        }
        _bindFailure = _bound.Family == 0 ? NTSTATUS.STATUS_SUCCESS : BindSocket();
        return _bindFailure;
    }

    // False when the attempt is over already, with its error.
    private bool TryStart(ConnectAttempt attempt, out SocketError error)
    {
        try
        {
            var isPending = _socket.ConnectAsync(attempt);
            error = attempt.SocketError;
            return isPending;
        }
        catch (SocketException e)
        {
            error = e.SocketErrorCode;
            return false;
        }
    }

    private NTSTATUS EndAttempt(SocketError error)
    {
        if (error == SocketError.Success)
        {
            _state = StreamState.Connected;
            _local = default;
            MeasureIdealSendBacklog(isTold: false);
            return NTSTATUS.STATUS_SUCCESS;
        }
        CloseFailedSocket();
        if (error != SocketError.AddressNotAvailable)
        {
            return HostErrors.ToStatus(error);
        }

        // Without a port of our own: no port is left for this peer. With one: this very connection exists.
        return _bound.Port == 0 ? NTSTATUS.STATUS_TOO_MANY_ADDRESSES : NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS;
    }

    private void OnAttemptAnswered(ConnectAttempt attempt)
    {
        lock (_gate)
        {
            if (_attempt == attempt)
            {
                CompleteConnect(EndAttempt(attempt.SocketError));
            }
        }
        attempt.Dispose();
    }

    private void OnAttemptTimedOut(ConnectAttempt attempt)
    {
        lock (_gate)
        {
            if (_attempt == attempt)
            {
                GiveUpAttempt(NTSTATUS.STATUS_IO_TIMEOUT);
            }
        }
    }

    private void CancelConnect() => GiveUpAttempt(NTSTATUS.STATUS_CANCELLED);

    private void GiveUpAttempt(NTSTATUS status)
    {
        CompleteConnect(status);
        CloseFailedSocket();
    }

    // Nothing but closing stops the system's SYNs. The next attempt binds the same address again.
    private void CloseFailedSocket()
    {
        _state = StreamState.Idle;
        _isSocketClosed = true;
        _socket.Dispose();
    }

    private void CompleteConnect(NTSTATUS status)
    {
        var attempt = _attempt!;
        _attempt = null;
        Scheduler.CancelPost(attempt.Deadline);
        Complete(attempt.Operation, status);
    }

    private sealed class ConnectAttempt : SocketAsyncEventArgs
    {
        private readonly HostStream _stream;

        public ConnectAttempt(HostStream stream, TransportOperation operation)
            : base(WithoutExecutionContext)
        {
            _stream = stream;
            Operation = operation;
            Deadline = new DeadlineItem(this);
        }

        public TransportOperation Operation { get; }

        public DispatchItem Deadline { get; }

        protected override void OnCompleted(SocketAsyncEventArgs e) => _stream.OnAttemptAnswered(this);

        private sealed class DeadlineItem(ConnectAttempt attempt) : DispatchItem
        {
            public override void Run() => attempt._stream.OnAttemptTimedOut(attempt);
        }
    }
}
