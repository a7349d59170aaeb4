// A datagram socket that waits in its dispatcher's epoll. A datagram is taken by a plain call; only a socket
// that has none is watched, once and for good, and from then on it knows whether there may be one. It knows
// nothing about rules, which are HostDatagram's.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

/// <summary>A datagram socket in a loop over epoll.</summary>
internal sealed class PollDatagram : HostDatagram, IPollTarget
{
    private readonly PollLoop _loop;
    private ulong _number;
    private bool _isReadable;

    public PollDatagram(
        HostTransport transport,
        PollLoop loop,
        Socket socket,
        ushort family,
        bool isRaw,
        IDatagramEvents events)
        : base(transport, socket, family, isRaw, events, loop.Index)
    {
        _loop = loop;
    }

    /// <summary>The loop has found something; on its thread.</summary>
    public void OnReady(uint readiness)
    {
        int events;
        lock (Gate)
        {
            if (_number == 0)
            {
                return;
            }
            _isReadable = true;
            if ((readiness & LinuxEpoll.Error) != 0)
            {
                // It may be the end of the socket, which its owner hears of even when it does not wait.
                _isReadable = HasDatagram();
            }
            events = TakeArms();
        }
        Tell(events);
    }

    private protected override NTSTATUS ReceiveNow(
        Span<byte> destination, out int bytes, out DatagramInfo info)
    {
        if (_number != 0 && !_isReadable)
        {
            // Whatever comes is told first.
            bytes = 0;
            info = default;
            return NTSTATUS.STATUS_PENDING;
        }
        var status = base.ReceiveNow(destination, out bytes, out info);
        _isReadable = status != NTSTATUS.STATUS_PENDING;
        return status;
    }

    private protected override void WaitForDatagram()
    {
        if (_number == 0)
        {
            // What is there already is told.
            _isReadable = false;
            var descriptor = (int)SystemHandle.DangerousGetHandle();
            _number = _loop.Watch(this, descriptor, LinuxEpoll.In);
            if (_number == 0)
            {
                Note(Errno.Enobufs);
                SignalReceivable();
            }
        }
        else if (_isReadable)
        {
            _isReadable = HasDatagram();
            if (_isReadable)
            {
                SignalReceivable();
            }
        }
    }

    private protected override void EndWaiting()
    {
        if (_number != 0)
        {
            _loop.Forget(_number);
            _number = 0;
        }
        base.EndWaiting();
    }

    // Whether a receive would have an answer. A look takes the system's pending error with it.
    private bool HasDatagram()
    {
        var nothing = Span<byte>.Empty;
        var control = Span<byte>.Empty;
        var flags = Descriptors.Peek;
        var error = LinuxSockets.Receive(SystemHandle, default, ref nothing, ref control, ref flags, out _);
        if (error is not (Errno.None or Errno.Eagain))
        {
            DrainErrors();
            Note(error);
        }
        return error != Errno.Eagain;
    }
}
