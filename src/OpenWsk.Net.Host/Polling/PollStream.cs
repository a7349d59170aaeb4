// A TCP socket that waits in its dispatcher's epoll. Everything is tried first by a plain call; only what has
// to wait has the socket watched, once and for good. From then on the socket knows whether there may be
// something to take, so it asks the system for nothing that is not there. It knows nothing about rules, which
// are SystemStream's. Next: PollStream.Receive.Unsafe.cs; its next life: PollStream.Life.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

/// <summary>A TCP socket in a loop over epoll.</summary>
internal sealed partial class PollStream : DescriptorStream, IPollTarget
{
    private const uint Ends = LinuxEpoll.PeerHangUp | LinuxEpoll.HangUp | LinuxEpoll.Error;

    private readonly PollLoops _loops;
    private readonly PollLoop _loop;

    // Its number in the loop; 0 when the system does not watch the socket.
    private ulong _number;

    private bool _isSendBlocked;
    private bool _isConnecting;

    private PollStream(
        HostTransport transport, PollLoops loops, PollLoop loop, ushort family, IStreamEvents events)
        : base(transport, family, events)
    {
        _loops = loops;
        _loop = loop;
    }

    /// <summary>Makes the socket of a connection that a listener has accepted.</summary>
    private PollStream(
        PollStream listener, PollLoop loop, int descriptor, in EndpointAddress local,
        in EndpointAddress remote)
        : base(listener, descriptor, local, remote)
    {
        _loops = listener._loops;
        _loop = loop;
    }

    public override int Processor => _loop.Index;

    internal PollLoop Loop => _loop;

    private protected override bool IsOnDispatcher => _loop.IsHere;

    private protected override SpareSockets Spares => _loop.Spares;

    public override void ArmReceive()
    {
        using (_gate.Enter())
        {
            if (_state == StreamState.Closed)
            {
                return;
            }
            _arms++;
            if (_state != StreamState.Connected || Peek() != NTSTATUS.STATUS_PENDING)
            {
                SignalReadable();
            }
        }
    }

    /// <summary>The loop has found something; on its thread.</summary>
    public void OnReady(uint readiness)
    {
        var events = 0;
        using (_gate.Enter())
        {
            if (_isConnecting)
            {
                AnswerConnect();
                return;
            }
            if (_number == 0 || _state != StreamState.Connected)
            {
                return;
            }
            if (_isSendBlocked && (readiness & (LinuxEpoll.Out | Ends)) != 0)
            {
                _isSendBlocked = false;
                ContinueSends();
            }
            if ((readiness & (LinuxEpoll.In | Ends)) != 0)
            {
                _isReadable = true;
                _hasEnd |= (readiness & Ends) != 0;
                events = _arms;
                _arms = 0;
                RecheckFin();
            }
        }
        Tell(events);
    }

    private protected override SystemListener MakeListener(
        in ListenSettings settings, IListenEvents events) =>
        new PollListener(this, _descriptor, settings, events);

    private protected override SystemStream MakeAccepted(
        in AcceptedConnection accepted, in EndpointAddress local, in EndpointAddress remote)
    {
        var loop = _loops.Next();
        return loop.Streams.TryTake(loop.IsHere) is { } spare
            ? spare.BeginNextAccepted(this, accepted.Descriptor, local, remote)
            : new PollStream(this, loop, accepted.Descriptor, local, remote).BeginHome();
    }

    private protected override void Deliver(DispatchItem item)
    {
        if (!_loop.TryRunSoon(item))
        {
            Scheduler.Post(item);
        }
    }

    private protected override bool WaitForConnect(in EndpointAddress remote, out SocketError error)
    {
        error = SocketError.NoBufferSpaceAvailable;
        return _isConnecting = TryWatch();
    }

    private protected override NTSTATUS Advance(SendOperation operation) =>
        _failure.IsSuccess() ? SendDirectly(operation) : _failure;

    private protected override void WaitForRoom()
    {
        _isSendBlocked = true;
        NeedWatch();
    }

    private protected override bool IsInputOver() => Peek() == NTSTATUS.STATUS_GRACEFUL_DISCONNECT;

    private protected override void WaitForEnd() => NeedWatch();

    private protected override void CloseSocket(bool isReset)
    {
        var descriptor = ReleaseDescriptor();
        var isWatched = _number != 0;
        if (isWatched)
        {
            _loop.Forget(_number);
            _number = 0;
        }
        _isConnecting = _isSendBlocked = _isReadable = _hasEnd = false;
        if (!isReset || !Descriptors.Reset(descriptor) || isWatched || !TryKeepSpare(descriptor))
        {
            Descriptors.Close(descriptor);
        }
        CancelSends();
    }

    private protected override void OnClosed()
    {
    }

    private bool TryWatch()
    {
        if (_number == 0)
        {
            _ = Claimed();
            _number = _loop.Watch(
                this, _descriptor, LinuxEpoll.In | LinuxEpoll.Out | LinuxEpoll.PeerHangUp);
        }
        return _number != 0;
    }

    private void NeedWatch()
    {
        if (!TryWatch())
        {
            Fail(SocketError.NoBufferSpaceAvailable);
        }
    }

    // A second connect takes the answer: success, or what went wrong.
    private void AnswerConnect()
    {
        var error = Descriptors.ToSocketError(Descriptors.Connect(_descriptor, RemoteAddress));
        if (error == SocketError.AlreadyInProgress)
        {
            return;
        }
        _isConnecting = false;

        // Bytes may have come with the answer, which is not told twice.
        _isReadable = true;
        EndConnect(error == SocketError.IsConnected ? SocketError.Success : error);
    }
}
