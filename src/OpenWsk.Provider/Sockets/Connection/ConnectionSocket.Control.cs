// What I/O controls ask of a connection: its two backlogs, and silent mode, after which only closing is left.
// Rules: CTLS-44..51, 55. It knows nothing about buffers or IRPs: Control/ConnectionControl.cs.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private volatile bool _isSilent;

    public override bool IsSilent => _isSilent;

    protected override bool IsOffLoopback => _state == SocketState.Connected && !IsLoopback;

    // A connection to an address of the own host never leaves it, whatever the address.
    private bool IsLoopback =>
        _stream.RemoteAddress.IsLoopback
        || _stream.RemoteAddress.WithoutPort() == _stream.LocalAddress.WithoutPort();

    /// <summary>SIO_WSK_QUERY_IDEAL_SEND_BACKLOG. Units: bytes.</summary>
    public NTSTATUS TryGetIdealSendBacklog(out nuint bytes)
    {
        using (_gate.Enter())
        {
            bytes = _state == SocketState.Connected ? _stream.IdealSendBacklogBytes : 0;
            return _state == SocketState.Connected ? NTSTATUS.STATUS_SUCCESS : WrongState;
        }
    }

    /// <summary>
    /// SIO_WSK_QUERY_RECEIVE_BACKLOG: what waits in the transport and what a callback left. Units: bytes.
    /// </summary>
    public NTSTATUS TryGetReceiveBacklog(out nuint bytes)
    {
        using (_gate.Enter())
        {
            bytes = 0;
            if (_state != SocketState.Connected)
                return WrongState;
            bytes = _stream.ReceiveBacklogBytes + (nuint)(_leftover?.LengthBytes ?? 0);
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>
    /// SIO_WSK_SET_TCP_SILENT_MODE. Errors: STATUS_INVALID_DEVICE_STATE when not connected or a send or a
    /// disconnect is pending (OPEN-51); STATUS_NOT_SUPPORTED on loopback, or when the transport cannot.
    /// </summary>
    public NTSTATUS BecomeSilent(out bool isBusy)
    {
        using (_gate.Enter())
        {
            isBusy = false;
            if (_state != SocketState.Connected)
                return WrongState;
            isBusy = IsRunning(RequestKind.Send, RequestKind.DisconnectData, RequestKind.Disconnect);
            if (isBusy)
                return WrongState;
            if (IsLoopback)
                return NTSTATUS.STATUS_NOT_SUPPORTED;
        }
        var status = _stream.BecomeSilent();
        if (status.IsSuccess())
            _isSilent = true;
        return status;
    }
}
