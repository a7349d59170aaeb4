// The graceful end: FIN after the last send, complete when the peer's stack has acknowledged it. No system
// tells when that happens, so on Linux the connection's state is looked at again and again: when the peer's
// FIN arrives, and after 1 ms, 2 ms, 4 ms ... 100 ms by the world's clock. Divergence from Windows: on
// systems other than Linux the disconnect completes as soon as FIN is handed over.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private const long FirstFinCheckNs = 1_000_000;
    private const long LastFinCheckNs = 100_000_000;

    private FinCheckItem? _finCheck;
    private protected TransportOperation? _disconnect;
    private long _finCheckNs = FirstFinCheckNs;
    private bool _isFinCheckPosted;

    public bool Disconnect(TransportOperation operation)
    {
        using (_gate.Enter())
        {
            if (_state != StreamState.Connected || _disconnect is not null)
            {
                operation.Status = _state == StreamState.Connected
                    ? NTSTATUS.STATUS_INVALID_DEVICE_STATE
                    : WhyNotConnected();
                return true;
            }
            if (_sends.IsEmpty)
            {
                operation.Status = SendFin();
                if (operation.Status != NTSTATUS.STATUS_PENDING)
                {
                    return true;
                }
            }
            _disconnect = operation;
            return false;
        }
    }

    private NTSTATUS SendFin()
    {
        if (!_failure.IsSuccess())
        {
            return _failure;
        }
        if (!_isFinSent)
        {
            // What lingers of this connection after FIN must not keep others from the port
            // (SystemStream.Bind.cs).
            SetReuse(isAllowed: true);
            var refusal = ShutdownSend();
            if (refusal != SocketError.Success)
            {
                // ENOTCONN: the peer has reset the connection, and its error waits to be taken.
                var error = TakeError();
                return Fail(error != SocketError.Success ? error
                    : refusal == SocketError.NotConnected ? SocketError.ConnectionReset
                    : refusal);
            }
            _isFinSent = true;
        }
        var status = AskForFin();
        if (status == NTSTATUS.STATUS_PENDING)
        {
            PostFinCheck();
            WaitForEnd();
        }
        return status;
    }

    // STATUS_PENDING until the FIN is acknowledged or the connection is gone.
    private NTSTATUS AskForFin()
    {
        if (!IsFinAcknowledged(out var isGone))
        {
            return NTSTATUS.STATUS_PENDING;
        }
        if (isGone && TakeError() is var error and not SocketError.Success)
        {
            Fail(error);
        }
        return _failure;
    }

    private protected void RecheckFin()
    {
        if (_state != StreamState.Connected || _disconnect is null || !_isFinSent)
        {
            return;
        }
        var status = AskForFin();
        if (status != NTSTATUS.STATUS_PENDING)
        {
            CompleteDisconnect(status);
        }
    }

    private void PostFinCheck()
    {
        if (_isFinCheckPosted)
        {
            return;
        }
        _isFinCheckPosted = true;
        _finCheck ??= new FinCheckItem(this) { Processor = Processor };
        Scheduler.PostAt(Transport.Clock.NowNs + _finCheckNs, _finCheck);
        _finCheckNs = Math.Min(_finCheckNs * 2, LastFinCheckNs);
    }

    private void OnFinCheck()
    {
        using (_gate.Enter())
        {
            _isFinCheckPosted = false;
            RecheckFin();
            if (_disconnect is not null)
            {
                PostFinCheck();
            }
        }
    }

    private void CompleteDisconnect(NTSTATUS status)
    {
        var operation = _disconnect!;
        _disconnect = null;
        if (_isFinCheckPosted && Scheduler.CancelPost(_finCheck!))
        {
            _isFinCheckPosted = false;
        }
        Complete(operation, status);
    }

    // Whether closing is quiet. The peer's FIN may have come unnoticed; unread data before it is data lost.
    private bool IsEndedByBothSides() =>
        _isFinSent && IsInputOver();

    private sealed class FinCheckItem(SystemStream stream) : DispatchItem
    {
        public override void Run() => stream.OnFinCheck();
    }
}
