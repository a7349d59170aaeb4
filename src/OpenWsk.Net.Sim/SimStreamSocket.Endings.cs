// Part of SimStreamSocket: what befalls a connection beside its ordinary life: silent mode, a network that
// is gone, and an ideal send backlog that changes. It knows nothing about segments.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;

namespace OpenWsk.Net.Sim;

internal sealed partial class SimStreamSocket
{
    private readonly PostedCall _idealSendBacklog;
    private readonly PostedCall _broken;
    private nuint _toldBacklogBytes;

    public NTSTATUS BecomeSilent()
    {
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        if (!IsConnected)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_connection!.Error != NTSTATUS.STATUS_SUCCESS)
            return _connection.Error;
        if (_host.Owns(_connection.Remote))
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        _connection.BecomeSilent();
        return NTSTATUS.STATUS_SUCCESS;
    }

    public void OnIdealSendBacklog(TcpConnection connection) => _idealSendBacklog.Post();

    public void Break(NTSTATUS status)
    {
        _failure = status;
        _listener?.Break(status);
        _connection?.Reset();
        CompleteAll(status);
        _receivable.Signal();
        _broken.Post();
    }

    // Several changes before the dispatcher came to it are one, and one that was taken back is none.
    private void TellIdealSendBacklog()
    {
        var bytes = IdealSendBacklogBytes;
        if (_isClosed || !IsConnected || _events is null || bytes == _toldBacklogBytes)
            return;
        _toldBacklogBytes = bytes;
        _events.OnIdealSendBacklog(bytes);
    }

    private void TellBroken()
    {
        if (!_isClosed)
            _events?.OnBroken();
    }
}
