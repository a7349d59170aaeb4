// Binding and the addresses of a stream. Windows and Linux differ here more than anywhere else:
// - Windows lets a port be bound again whose old connections are in TIME_WAIT, Linux only with SO_REUSEADDR,
//   which on Linux also lets two live sockets share an address. So a live socket of ours never has that
//   option; it is given for the moment of a bind that may share, and once we send FIN (what then lingers may
//   be shared).
// - Linux takes an ephemeral port at bind for one address and all peers, and there are 28,000 of them. At
//   connect it takes one for this peer alone. So port 0 is chosen when somebody asks for the address, else at
//   connect.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private EndpointAddress _bound;
    private EndpointAddress _local;
    private bool _isShared;
    private bool _isPortDeferred;
    private protected bool _isFinSent;
    private bool _isAccepted;

    // Why the socket is not bound as _bound says; the next Connect tells, because LocalAddress cannot.
    private NTSTATUS _bindFailure = NTSTATUS.STATUS_SUCCESS;

    public EndpointAddress LocalAddress
    {
        get
        {
            using (_gate.Enter())
            {
                RememberLocalAddress();
                return _local;
            }
        }
    }

    public NTSTATUS Bind(in EndpointAddress local, bool isShared)
    {
        NTSTATUS status;
        using (_gate.Enter())
        {
            if (_state != StreamState.Idle || _bound.Family != 0)
            {
                return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
            }
            _bound = local;
            _isShared = isShared;
            status = _isSocketClosed ? RenewSocket() : BindSocket();
        }
        status = ShareIfAllowed(status);
        if (!status.IsSuccess())
        {
            using (_gate.Enter())
            {
                _bound = default;
                _bindFailure = NTSTATUS.STATUS_SUCCESS;
            }
        }
        return status;
    }

    public override bool TryAllowReuse(ushort port)
    {
        using (_gate.Enter())
        {
            if (_state >= StreamState.Aborted || _isSocketClosed)
            {
                return false;
            }
            if (!_isPortDeferred || _state == StreamState.Connected)
            {
                RememberLocalAddress();
            }
            if (_local.Port != port || _local.Family == 0)
            {
                return false;
            }
            SetReuse(isAllowed: true);
            SetPortReuse(isAllowed: true);
            return true;
        }
    }

    public override void ForbidReuse()
    {
        using (_gate.Enter())
        {
            if (_state < StreamState.Aborted && !_isSocketClosed)
            {
                SetPortReuse(isAllowed: false);
                SetReuse(isAllowed: _isFinSent || _isAccepted);
            }
        }
    }

    // Binds beside sockets that allow it, TIME_WAIT among them.
    private NTSTATUS BindWithReuse()
    {
        if (_state != StreamState.Idle)
        {
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        }
        SetReuse(isAllowed: true);
        _bindFailure = TryBind(_bound);
        SetReuse(isAllowed: false);
        return _bindFailure;
    }

    // Not under the gate: sharing takes the gates of the other sockets.
    private NTSTATUS ShareIfAllowed(NTSTATUS status) =>
        status == NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS && _isShared && HostSocketOptions.IsLinux
            ? Transport.WithSharing(this, _bound.Port, BindBesideSharers)
            : status;

    private NTSTATUS BindBesideSharers()
    {
        using (_gate.Enter())
        {
            if (_state != StreamState.Idle)
            {
                return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
            }
            SetPortReuse(isAllowed: true);
            var status = BindWithReuse();
            SetPortReuse(isAllowed: false);
            return status;
        }
    }

    private NTSTATUS BindSocket()
    {
        _local = default;
        _isPortDeferred = _bound.Port == 0 && HostSocketOptions.IsLinux;
        if (_isPortDeferred)
        {
            return BindWithoutPort();
        }
        if (_isShared && !HostSocketOptions.IsLinux)
        {
            AllowSharedBind();
        }
        var status = TryBind(_bound);
        if (status == NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS && !_isShared && HostSocketOptions.IsLinux)
        {
            status = BindWithReuse();
        }
        return status;
    }

    private NTSTATUS BindWithoutPort()
    {
        if (_bound.IsWildcard)
        {
            return NTSTATUS.STATUS_SUCCESS;
        }

        // This checks that the address is ours and keeps it for connect.
        SetPortDeferred(isDeferred: true);
        var status = TryBind(_bound);
        if (!status.IsSuccess())
        {
            // The next bind may be to another address, whose port somebody may ask for.
            SetPortDeferred(isDeferred: false);
        }
        return status;
    }

    private NTSTATUS TryBind(in EndpointAddress address)
    {
        var error = BindTo(address);

        // An address in use, when any port would do, means that all ports are.
        return error == SocketError.AddressAlreadyInUse && address.Port == 0
            ? NTSTATUS.STATUS_TOO_MANY_ADDRESSES
            : HostErrors.ToStatus(error);
    }

    // Finds out the local address as far as it is decided, once.
    private void RememberLocalAddress()
    {
        if (_local.Family != 0 || _state >= StreamState.Aborted)
        {
            return;
        }
        if (_state == StreamState.Connected && !(IsConcrete(_bound)))
        {
            _local = AskLocalAddress();
            return;
        }
        if (_bound.Family == 0 || _state == StreamState.Connecting)
        {
            return;
        }
        if (_bound.Port == 0)
        {
            TakePort();
            return;
        }
        _local = _bound;
    }

    private void TakePort()
    {
        if (_isSocketClosed && !RenewSocket().IsSuccess())
        {
            return;
        }
        if (_isPortDeferred)
        {
            if (!_bound.IsWildcard)
            {
                SetPortDeferred(isDeferred: false);
            }
            _bindFailure = TryBind(_bound);
            if (!_bindFailure.IsSuccess())
            {
                return;
            }
            _isPortDeferred = false;
        }
        _bound = _bound.WithPort(AskLocalAddress().Port);
        _local = _bound;
    }

    private static bool IsConcrete(in EndpointAddress address) =>
        address.Family != 0 && address.Port != 0 && !address.IsWildcard;
}
