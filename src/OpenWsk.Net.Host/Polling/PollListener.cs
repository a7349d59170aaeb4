// A listener that waits in its dispatcher's epoll: connections are taken by plain calls, and only when there
// is none the loop has to tell. It knows nothing about rules, which are SystemListener's.
using System.Net.Sockets;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host.Polling;

/// <summary>Takes connections from a descriptor in a loop.</summary>
internal sealed class PollListener : DescriptorListener, IPollTarget
{
    private readonly PollLoop _loop;
    private ulong _number;

    public PollListener(PollStream owner, int descriptor, in ListenSettings settings, IListenEvents events)
        : base(owner, descriptor, settings, events)
    {
        _loop = owner.Loop;
    }

    /// <summary>The loop has found something; on its thread.</summary>
    public void OnReady(uint readiness)
    {
        lock (_gate)
        {
            if (_isAccepting && !_isClosed && TryAcceptNow(out var error, out var connection))
            {
                _isAccepting = false;
                OnAccepted(error, connection);
            }
        }
    }

    private protected override bool BeginAccept(out SocketError error, out AcceptedConnection connection)
    {
        if (TryAcceptNow(out error, out connection))
        {
            return false;
        }
        if (_number == 0)
        {
            // What has come since is told.
            _number = _loop.Watch(this, _descriptor, LinuxEpoll.In);
            error = SocketError.NoBufferSpaceAvailable;
        }
        return _number != 0;
    }

    private protected override void OnClosed()
    {
        if (_number != 0)
        {
            _loop.Forget(_number);
            _number = 0;
        }
    }
}
