// WskSendBacklogEvent: the ideal send backlog has changed. Only the latest size counts, so changes that come
// while the callback runs are told as one. Rules: EVT-25..27. It knows nothing about why it changes: the
// transport says so.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private nuint _idealSendBacklog;
    private bool _hasNewBacklog;

    public void OnIdealSendBacklog(nuint bytes)
    {
        using (_gate.Enter())
        {
            _idealSendBacklog = bytes;
            _hasNewBacklog = (_enabled & WSK_EVENT_SEND_BACKLOG) != 0;
        }
        PumpEvents();
    }

    private void CallBacklogEvent()
    {
        while (TryBeginBacklogEvent(out var bytes))
        {
            var status = (NTSTATUS)(uint)Call(ConnectionTable.Value.WskSendBacklogEvent, [Context, bytes]);
            if (status != STATUS_SUCCESS)
                _provider.Executive.Breach("EVT-26", $"WskSendBacklogEvent returned {status.Name()}");
            EndCallback(WSK_EVENT_SEND_BACKLOG);
        }
    }

    private bool TryBeginBacklogEvent(out nuint bytes)
    {
        using (_gate.Enter())
        {
            bytes = _idealSendBacklog;
            if (!_hasNewBacklog || _state != SocketState.Connected
                || (_enabled & WSK_EVENT_SEND_BACKLOG) == 0
                || (_inCallback & WSK_EVENT_SEND_BACKLOG) != 0)
                return false;
            _hasNewBacklog = false;
            BeginCallback(WSK_EVENT_SEND_BACKLOG);
            return true;
        }
    }
}
