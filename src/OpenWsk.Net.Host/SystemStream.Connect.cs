// Connecting a stream: one attempt at a time, which ends by the system's answer, by the transport's deadline
// or by cancellation, whichever comes first. Addresses are SystemStream.Bind.cs; it knows nothing about
// retries.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
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
        using (_gate.Enter())
        {
            if (_state != StreamState.Idle || _isSocketClosed)
            {
                operation.Status = WhyNotConnected();
                return true;
            }
            _state = StreamState.Connecting;
            RemoteAddress = remote;
            if (!BeginConnect(remote, out var error))
            {
                operation.Status = EndAttempt(error);
                return true;
            }
            _attempt = new ConnectAttempt(this, operation) { Processor = Processor };
            Scheduler.PostAt(Transport.Clock.NowNs + Transport.ConnectTimeoutNs, _attempt);
            return false;
        }
    }

    private NTSTATUS PrepareConnect(in EndpointAddress remote)
    {
        NTSTATUS status;
        using (_gate.Enter())
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
        var error = OpenSocket();
        if (error != SocketError.Success)
        {
            return HostErrors.ToStatus(error);
        }
        _isSocketClosed = false;
        if (HostSocketOptions.IsLinux)
        {
            _options?.ApplyAll(Handle!);
        }
        _bindFailure = _bound.Family == 0 ? NTSTATUS.STATUS_SUCCESS : BindSocket();
        return _bindFailure;
    }

    private NTSTATUS EndAttempt(SocketError error)
    {
        if (error == SocketError.Success)
        {
            _state = StreamState.Connected;
            _local = default;
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

    // Under the lock; the mechanism has made sure that it is this attempt which is answered.
    private protected void EndConnect(SocketError error)
    {
        if (_attempt is not null)
        {
            CompleteConnect(EndAttempt(error));
        }
    }

    private void OnAttemptTimedOut(ConnectAttempt attempt)
    {
        using (_gate.Enter())
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
        CloseSocket(isReset: false);
    }

    private void CompleteConnect(NTSTATUS status)
    {
        var attempt = _attempt!;
        _attempt = null;
        Scheduler.CancelPost(attempt);
        Complete(attempt.Operation, status);
    }

    // The deadline of an attempt, and what it is for.
    private sealed class ConnectAttempt(SystemStream stream, TransportOperation operation) : DispatchItem
    {
        public TransportOperation Operation => operation;

        public override void Run() => stream.OnAttemptTimedOut(this);
    }
}
