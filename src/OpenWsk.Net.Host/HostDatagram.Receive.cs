// Receiving datagrams: one is taken without waiting, and waiting is an asynchronous look at the next one,
// which takes nothing. What the system has joined (UDP_GRO) is handed out in pieces that the receiver asked
// for. It knows nothing about receive IRPs or indications; those are the owner's.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal sealed partial class HostDatagram
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
            if (_isClosed)
            {
                return NTSTATUS.STATUS_CANCELLED;
            }
            if (!_failure.IsSuccess())
            {
                return _failure;
            }
            if (!_noted.IsSuccess())
            {
                var noted = _noted;
                _noted = NTSTATUS.STATUS_SUCCESS;
                return noted;
            }
            if (HasJoined)
            {
                TakeJoined(destination, out bytes, out info);
                return NTSTATUS.STATUS_SUCCESS;
            }
            return JoinedBytesMax > 0
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

    private NTSTATUS ReceiveNow(Span<byte> destination, out int bytes, out DatagramInfo info)
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
        var source = LinuxAddress.Read(name);
        info = LinuxControl.Read(control, new DatagramInfo
        {
            Source = _isRaw ? source.WithPort(0) : source,
            IsTruncated = (flags & LinuxSockets.Truncated) != 0,
        });
        return NTSTATUS.STATUS_SUCCESS;
    }

    private void WaitForDatagram()
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
    private void DrainErrors()
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

    private void Note(Errno error)
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
