// Receiving: bytes are taken without waiting, and waiting is an asynchronous receive of nothing, which .NET
// turns into "tell me when there is data, FIN or an error" without taking any of them. It knows nothing about
// receive IRPs or indications; those are the owner's.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal sealed partial class HostStream
{
    private readonly ReadableItem _readable;
    private ReadArguments? _readArguments;

    // The system watches for us.
    private bool _isWaiting;

    // Arms not answered yet, and answered arms whose event is on its way to the dispatcher.
    private int _arms;
    private int _eventsDue;
    private bool _isReadablePosted;

    private bool _isPeerDone;

    public override NTSTATUS TryReceive(Span<byte> destination, out int bytes)
    {
        using (_gate.Enter())
        {
            bytes = 0;
            if (_state != StreamState.Connected)
            {
                return WhyNotConnected();
            }
            if (_isPeerDone)
            {
                return NTSTATUS.STATUS_GRACEFUL_DISCONNECT;
            }
            var status = destination.IsEmpty ? Peek() : Receive(destination, SocketFlags.None, out bytes);
            if (status.IsError())
            {
                RecheckFin();
            }
            return status;
        }
    }

    public override void ArmReceive()
    {
        using (_gate.Enter())
        {
            if (_state == StreamState.Closed)
            {
                return;
            }
            _arms++;
            if (_state != StreamState.Connected || _isPeerDone)
            {
                SignalReadable();
                return;
            }
            WaitForReadable();
        }
    }

    private protected override bool IsInputOver() => Peek() == NTSTATUS.STATUS_GRACEFUL_DISCONNECT;

    private NTSTATUS Peek()
    {
        if (_isPeerDone)
        {
            return NTSTATUS.STATUS_GRACEFUL_DISCONNECT;
        }
        Span<byte> one = stackalloc byte[1];
        return Receive(one, SocketFlags.Peek, out _);
    }

    private NTSTATUS Receive(Span<byte> destination, SocketFlags flags, out int bytes)
    {
        bytes = _socket.Receive(destination, flags, out var error);
        if (error == SocketError.WouldBlock)
        {
            bytes = 0;
            return _failure.IsSuccess() ? NTSTATUS.STATUS_PENDING : _failure;
        }
        if (error != SocketError.Success)
        {
            bytes = 0;
            return Fail(error);
        }
        if (bytes > 0)
        {
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (!_failure.IsSuccess())
        {
            return _failure;
        }
        _isPeerDone = true;
        return NTSTATUS.STATUS_GRACEFUL_DISCONNECT;
    }

    private protected override void WaitForEnd()
    {
        if (!_isPeerDone)
        {
            WaitForReadable();
        }
    }

    private void WaitForReadable()
    {
        if (_isWaiting)
        {
            return;
        }
        if (_readArguments is null)
        {
            _readArguments = new ReadArguments(this);
            _readArguments.SetBuffer(Memory<byte>.Empty);
        }
        _isWaiting = true;
        if (!_socket.ReceiveAsync(_readArguments))
        {
            _isWaiting = false;
            NoteError(_readArguments);
            SignalReadable();
        }
    }

    private void OnReadable(ReadArguments arguments)
    {
        using (_gate.Enter())
        {
            _isWaiting = false;
            if (_state == StreamState.Closed)
            {
                arguments.Dispose();
                return;
            }
            NoteError(arguments);
            SignalReadable();
            RecheckFin();
        }
    }

    // A receive of nothing takes the system's pending error with it, whether it ends at once or later: a
    // reset that is not kept here would look like the peer's FIN to the next receive.
    private void NoteError(ReadArguments arguments)
    {
        if (_state == StreamState.Connected && arguments.SocketError != SocketError.Success)
        {
            Fail(arguments.SocketError);
        }
    }

    private protected override void SignalReadable()
    {
        _eventsDue += _arms;
        _arms = 0;
        if (_eventsDue == 0 || _isReadablePosted)
        {
            return;
        }
        _isReadablePosted = true;
        Scheduler.Post(_readable);
    }

    private void TellReadable()
    {
        int events;
        using (_gate.Enter())
        {
            _isReadablePosted = false;
            events = _eventsDue;
            _eventsDue = 0;
        }
        for (var i = 0; i < events && _state != StreamState.Closed; i++)
        {
            _events!.OnReceivable();
        }
    }

    private sealed class ReadArguments(HostStream stream)
        : SocketAsyncEventArgs(WithoutExecutionContext)
    {
        protected override void OnCompleted(SocketAsyncEventArgs e) => stream.OnReadable(this);
    }

    private sealed class ReadableItem(HostStream stream) : DispatchItem
    {
        public override void Run() => stream.TellReadable();
    }
}
