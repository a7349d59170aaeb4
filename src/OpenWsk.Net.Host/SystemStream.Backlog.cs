// How much waits to be received, and how much a sender should keep under way. The system widens its send
// buffer while a connection turns out to carry more (tcp(7), tcp_wmem); that is looked at when a send that
// had to wait for room completes, because only then can it have happened. It knows nothing about who keeps
// how much.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private IdealSendBacklogItem? _idealItem;
    private nuint _idealSendBacklog;
    private bool _isIdealPosted;

    /// <summary>What was told last; 0 when nobody has asked. Under the lock.</summary>
    private protected nuint KnownIdealSendBacklog => _idealSendBacklog;

    public nuint ReceiveBacklogBytes
    {
        get
        {
            using (_gate.Enter())
            {
                return _state == StreamState.Connected && HostSocketOptions.IsLinux
                    ? (nuint)(LinuxOptions.Ask(Handle!, LinuxNumbers.AskReadable) ?? 0) + QueuedBytes
                    : 0;
            }
        }
    }

    public nuint IdealSendBacklogBytes
    {
        get
        {
            using (_gate.Enter())
            {
                KnowIdealSendBacklog();
                return _idealSendBacklog;
            }
        }
    }

    // What later changes are told against; asked when it is first needed.
    private void KnowIdealSendBacklog()
    {
        if (_idealSendBacklog == 0 && _state == StreamState.Connected)
        {
            _idealSendBacklog = (nuint)AskSendBufferBytes();
        }
    }

    private void MeasureIdealSendBacklog(bool isTold)
    {
        var bytes = (nuint)AskSendBufferBytes();
        if (bytes == _idealSendBacklog)
        {
            return;
        }
        _idealSendBacklog = bytes;
        if (isTold && !_isIdealPosted)
        {
            _isIdealPosted = true;
            _idealItem ??= new IdealSendBacklogItem(this) { Processor = Processor };
            Scheduler.Post(_idealItem);
        }
    }

    private void TellIdealSendBacklog()
    {
        nuint bytes;
        using (_gate.Enter())
        {
            _isIdealPosted = false;
            bytes = _idealSendBacklog;
        }
        if (_state == StreamState.Connected)
        {
            _events?.OnIdealSendBacklog(bytes);
        }
    }

    private sealed class IdealSendBacklogItem(SystemStream stream) : DispatchItem
    {
        public override void Run() => stream.TellIdealSendBacklog();
    }
}
