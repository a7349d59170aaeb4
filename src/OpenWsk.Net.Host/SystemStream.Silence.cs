// Silence: from then on the connection sends nothing and hears nothing, and ends without a word. Linux has
// no such mode; it is put together of a filter that drops whatever comes in and of the mode in which
// checkpointed connections are restored (TCP_REPAIR), in which closing tells nobody. It knows nothing about
// WSK's rules for silent sockets.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private const int RepairOn = 1;
    private const int RepairOffWithoutProbe = -1;
    private const int RepairSendQueue = 2;

    private protected bool _isSilent;

    /// <inheritdoc cref="IStreamSocket.BecomeSilent"/>
    /// <remarks>
    /// Errors: STATUS_NOT_SUPPORTED on loopback, on other systems than Linux and without CAP_NET_ADMIN;
    /// STATUS_INVALID_DEVICE_STATE while the peer has not acknowledged all that was sent, because Linux would
    /// send it again.
    /// </remarks>
    public NTSTATUS BecomeSilent()
    {
        using (_gate.Enter())
        {
            if (_state != StreamState.Connected)
            {
                return WhyNotConnected();
            }
            if (!HostSocketOptions.IsLinux || HostSocketOptions.IsLocal(RemoteAddress))
            {
                return NTSTATUS.STATUS_NOT_SUPPORTED;
            }

            // Divergence from Windows: there a send is done when it is acknowledged; here the system may
            // still have some of it, and would send it again when no answer comes.
            if (!_sends.IsEmpty || _disconnect is not null || HasUnacknowledged)
            {
                return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
            }
            var status = Silence();
            if (status.IsSuccess())
            {
                RememberLocalAddress();
                _state = StreamState.Silent;
                _isSilent = true;
            }
            return status;
        }
    }

    private bool HasUnacknowledged =>
        LinuxOptions.Ask(Handle!, LinuxNumbers.AskUnacknowledged) is > 0;

    private NTSTATUS Silence()
    {
        var handle = Handle!;
        if (LinuxOptions.Set(handle, LinuxNumbers.Tcp, LinuxNumbers.TcpRepair, RepairOn) != Errno.None)
        {
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        if (LinuxFilter.DropEverything(handle) != Errno.None)
        {
            _ = LinuxOptions.Set(
                handle, LinuxNumbers.Tcp, LinuxNumbers.TcpRepair, RepairOffWithoutProbe);
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        }

        // The last acknowledgement, if one is due, goes now and not when its timer ends.
        _ = LinuxOptions.Set(handle, LinuxNumbers.Tcp, LinuxNumbers.TcpQuickAck, 1);
        _ = LinuxOptions.Set(handle, LinuxNumbers.SolSocket, LinuxNumbers.SoKeepAlive, 0);

        // A FIN that closing might queue stays in the queue.
        _ = LinuxOptions.Set(handle, LinuxNumbers.Tcp, LinuxNumbers.TcpRepairQueue, RepairSendQueue);
        SetReuse(isAllowed: _isFinSent || _isAccepted);
        return NTSTATUS.STATUS_SUCCESS;
    }
}
