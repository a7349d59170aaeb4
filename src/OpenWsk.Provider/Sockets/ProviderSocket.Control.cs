// What WskControlSocket asks of a socket and only some categories can do; a category overrides what it has.
// It knows nothing about buffers, IRPs or which control may come when (Control/).
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    private bool _hasFastPath;

    /// <summary>Whether SO_CONDITIONAL_ACCEPT is on.</summary>
    public virtual bool IsConditionalAccept => false;

    /// <summary>
    /// Sets SO_CONDITIONAL_ACCEPT; STATUS_INVALID_DEVICE_STATE when the socket is bound (OPEN-45),
    /// STATUS_INVALID_PARAMETER without the callbacks for it (OPEN-33).
    /// </summary>
    public virtual NTSTATUS SetConditionalAccept(bool isOn) => WskSettings.WrongCategory;

    /// <summary>
    /// Sets or, with null, clears the fixed remote address; STATUS_INVALID_DEVICE_STATE when not bound.
    /// </summary>
    public virtual NTSTATUS SetRemoteAddress(EndpointAddress? address) => WskSettings.WrongCategory;

    /// <summary>
    /// Sets or, with null, clears the fixed destination; STATUS_INVALID_DEVICE_STATE when not bound.
    /// </summary>
    public virtual NTSTATUS SetSendToAddress(EndpointAddress? address) => WskSettings.WrongCategory;

    /// <summary>
    /// SIO_UDP_CONNRESET: whether a receive of a datagram socket may end with STATUS_PORT_UNREACHABLE.
    /// </summary>
    public bool ReportsUnreachable { get; set; }

    /// <summary>Whether SIO_WSK_SET_TCP_SILENT_MODE has succeeded: only closing is left.</summary>
    public virtual bool IsSilent => false;

    /// <summary>Whether only the options of the loopback fast path are there (CTLS-56).</summary>
    public bool IsOnFastPath
    {
        get
        {
            using (_gate.Enter())
                return _hasFastPath && !IsOffLoopback;
        }
    }

    /// <summary>Whether the socket is connected over a path that is not loopback; under the lock.</summary>
    protected virtual bool IsOffLoopback => false;

    /// <summary>
    /// SIO_LOOPBACK_FAST_PATH. Errors: STATUS_NOT_SUPPORTED for a socket that is no TCP socket;
    /// STATUS_INVALID_DEVICE_STATE when it is connected.
    /// </summary>
    public NTSTATUS SetFastPath(bool isOn)
    {
        // OPEN-52: the value is remembered; our loopback is as fast without it.
        if (Identity.Type != WskConstants.SOCK_STREAM || Category == SocketCategories.Basic)
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        using (_gate.Enter())
        {
            if (_state is SocketState.Connecting or SocketState.Connected)
                return WrongState;
            _hasFastPath = isOn;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>
    /// The identifier under which the accepted connection was inspected; false for any other.
    /// </summary>
    public virtual bool TryGetInspectId(out WSK_INSPECT_ID id)
    {
        id = default;
        return false;
    }

    /// <summary>
    /// An option of the transport was set (a ULONG or Boolean one; others with value 0); under no lock.
    /// </summary>
    public virtual void OnOptionSet(uint level, uint name, uint value)
    {
    }
}
