// Receiving datagrams: one is taken without waiting, and waiting is an asynchronous look at the next one,
// which takes nothing. What the system has joined (UDP_GRO) is handed out in pieces that the receiver asked
// for. It knows nothing about receive IRPs or indications; those are the owner's.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal partial class HostDatagram
{
    private readonly ArmedEvent _receivable;
    private PeekArguments? _peekArguments;

    // The system watches for us.
    private bool _isWaiting;

    // What the system reported while it watched or while we sent, and has forgotten by telling.
    private NTSTATUS _noted = NTSTATUS.STATUS_SUCCESS;

    public NTSTATUS TryReceive(Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        lock (_gate)
        {
            bytes = 0;
            info = default;
            if (TryAnswer(out var status))
            {
                return status;
            }
            if (HasJoined)
            {
                TakeJoined(destination, out bytes, out info);
                return NTSTATUS.STATUS_SUCCESS;
            }
            return MayBeJoined
                ? ReceiveJoined(destination, out bytes, out info)
                : ReceiveNow(destination, out bytes, out info);
        }
    }

    public void ArmReceive()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }
            _receivable.Arm();
            if (HasJoined || !_noted.IsSuccess() || !_failure.IsSuccess())
            {
                _receivable.Signal();
                return;
            }
            WaitForDatagram();
        }
    }

    /// <summary>Whether a receive has an answer that is no datagram. Under the lock.</summary>
    private protected bool TryAnswer(out NTSTATUS status)
    {
        status = _isClosed ? NTSTATUS.STATUS_CANCELLED : !_failure.IsSuccess() ? _failure : _noted;
        if (status == _noted)
        {
            _noted = NTSTATUS.STATUS_SUCCESS;
        }
        return !status.IsSuccess();
    }

    /// <summary>Takes one datagram, of several that were joined all. Under the lock.</summary>
    private protected virtual NTSTATUS ReceiveNow(
        Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        Span<byte> name = stackalloc byte[LinuxAddress.BytesMax];
        Span<byte> control = stackalloc byte[LinuxControl.BytesMax];
        var flags = 0;
        info = default;
        var error = LinuxSockets.Receive(
            _handle, destination, ref name, ref control, ref flags, out bytes);
        if (error != Errno.None)
        {
            if (error == Errno.Eagain)
            {
                return NTSTATUS.STATUS_PENDING;
            }
            DrainErrors();
            return StatusOf(error);
        }
        info = InfoOf(name, control, flags);
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>What the system has told with a datagram.</summary>
    private protected DatagramInfo InfoOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> control, int flags)
    {
        var source = LinuxAddress.Read(name);
        return LinuxControl.Read(
            control, _isRaw ? source.WithPort(0) : source, (flags & LinuxSockets.Truncated) != 0);
    }

    /// <summary>Whether the owner waits. Under the lock.</summary>
    private protected bool IsReceiveArmed => _receivable.IsArmed;

    /// <summary>How often an owner that waits is to be told by <see cref="Tell"/>. Under the lock.</summary>
    private protected int TakeArms() => _receivable.TakeArms();

    /// <summary>Tells the owner, on the dispatcher and without the lock.</summary>
    private protected void Tell(int events) => _receivable.Tell(events);

    /// <summary>An owner that waits is told. Under the lock.</summary>
    private protected void SignalReceivable() => _receivable.Signal();

    /// <summary>Has <see cref="SignalReceivable"/> called when there is something. Under the lock.</summary>
    private protected virtual void WaitForDatagram()
    {
        if (_isWaiting)
        {
            return;
        }
        _peekArguments ??= new PeekArguments(this);

        // Each completion overwrites the flags by those of the datagram.
        _peekArguments.SocketFlags = SocketFlags.Peek;
        _isWaiting = true;
        if (!_socket.ReceiveAsync(_peekArguments))
        {
            _isWaiting = false;
            Note(_peekArguments.SocketError);
            _receivable.Signal();
        }
    }

    private void OnDatagram(PeekArguments arguments)
    {
        lock (_gate)
        {
            _isWaiting = false;
            if (_isClosed)
            {
                arguments.Dispose();
                return;
            }
            Note(arguments.SocketError);
            _receivable.Signal();
        }
    }

    // A look takes the system's pending error with it; a look at a datagram that is longer is none.
    private void Note(SocketError error)
    {
        if (error is not (SocketError.Success or SocketError.MessageSize))
        {
            DrainErrors();
            Note(error switch
            {
                SocketError.ConnectionRefused => Errno.Econnrefused,
                SocketError.ConnectionAborted => Errno.Econnaborted,
                SocketError.NetworkDown => Errno.Enetdown,
                SocketError.NotSocket => Errno.Enotsock,
                SocketError.HostUnreachable => Errno.Ehostunreach,
                SocketError.NetworkUnreachable => Errno.Enetunreach,
                SocketError.MessageSize => Errno.Emsgsize,
                _ => Errno.Eio,
            });
        }
    }

    // With IP_RECVERR the system also queues what it told; unread, it would be told of for ever.
    private protected void DrainErrors()
    {
        var error = Errno.None;
        while (error == Errno.None)
        {
            var nothing = Span<byte>.Empty;
            var control = Span<byte>.Empty;
            var flags = LinuxSockets.ErrorQueue;
            error = LinuxSockets.Receive(_handle, default, ref nothing, ref control, ref flags, out _);
        }
    }

    /// <summary>The next receive tells the error. Under the lock.</summary>
    private protected void Note(Errno error)
    {
        if (_noted.IsSuccess())
        {
            _noted = StatusOf(error);
        }
    }

    private sealed class PeekArguments : SocketAsyncEventArgs
    {
        private readonly HostDatagram _datagram;

        public PeekArguments(HostDatagram datagram)
            : base(WithoutExecutionContext)
        {
            _datagram = datagram;
            SetBuffer(GC.AllocateUninitializedArray<byte>(1));
        }

        protected override void OnCompleted(SocketAsyncEventArgs e) => _datagram.OnDatagram(this);
    }
}
