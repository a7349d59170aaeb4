// How much waits to be received, and how much a sender should keep under way. The system widens its send
// buffer while a connection turns out to carry more (tcp(7), tcp_wmem); that is looked at when a send that
// had to wait for room completes, because only then can it have happened. It knows nothing about who keeps
// how much.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal sealed partial class HostStream
{
    private readonly IdealSendBacklogItem _idealItem;
    private nuint _idealSendBacklog;
    private bool _isIdealPosted;

    public nuint ReceiveBacklogBytes
    {
        get
        {
            lock (_gate)
            {
                return _state == StreamState.Connected && HostSocketOptions.IsLinux
                    ? (nuint)(LinuxOptions.Ask(_socket.SafeHandle, LinuxNumbers.AskReadable) ?? 0)
                    : 0;
            }
        }
    }

    public nuint IdealSendBacklogBytes
    {
        get
        {
            lock (_gate)
            {
                return _idealSendBacklog;
            }
        }
    }

    private void MeasureIdealSendBacklog(bool isTold)
    {
        var bytes = (nuint)HostSocketOptions.SendBufferBytes(_socket);
        if (bytes == _idealSendBacklog)
        {
            return;
        }
        _idealSendBacklog = bytes;
        if (isTold && !_isIdealPosted)
        {
            _isIdealPosted = true;
            Scheduler.Post(_idealItem);
        }
    }

    private void TellIdealSendBacklog()
    {
        nuint bytes;
        lock (_gate)
        {
            _isIdealPosted = false;
            bytes = _idealSendBacklog;
        }
        if (_state == StreamState.Connected)
        {
            _events?.OnIdealSendBacklog(bytes);
        }
    }

    private sealed class IdealSendBacklogItem(HostStream stream) : DispatchItem
    {
        public override void Run() => stream.TellIdealSendBacklog();
    }
}
