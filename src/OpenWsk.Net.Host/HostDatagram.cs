// One UDP or raw socket of the operating system: what it is made of, binding and how it ends. Sending and
// receiving are HostDatagram.Send.cs and HostDatagram.Receive.cs. One lock guards it all; under it the
// system is asked only what does not block, and the owner is never called: everything it hears is posted to
// the dispatcher. It knows nothing about fixed addresses or WSK's control information. A transport that waits
// in another way than this one derives from it (OpenWsk.Net.Uring).
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Net.Host.Options;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A UDP or raw socket of the host. Linux only.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Close ends it; that is the port's name for it.")]
internal partial class HostDatagram : HostSocket, IDatagramSocket
{
    private readonly Lock _gate = new();
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly IDatagramEvents _events;
    private readonly bool _isRaw;
    private readonly HostOptions _options;
    private EndpointAddress _local;
    private bool _isClosed;

    // Options that every datagram asks for.
    private int _cutBytes;
    private int _joinedBytesMax;

    // Why every call but Close fails.
    private NTSTATUS _failure = NTSTATUS.STATUS_SUCCESS;

    public HostDatagram(
        HostTransport transport,
        Socket socket,
        ushort family,
        bool isRaw,
        IDatagramEvents events,
        int processor = 0)
        : base(transport)
    {
        Processor = processor;
        _socket = socket;
        _handle = socket.SafeHandle;
        _isRaw = isRaw;
        _options = new HostOptions(isRaw ? SocketKinds.Raw : SocketKinds.Datagram, family);
        _events = events;
        _receivable = new ArmedEvent(Scheduler, _gate, () => _isClosed, events.OnReceivable)
        {
            Processor = processor,
        };
        _writable = new WritableSubject(this);
        HostSocketOptions.PrepareDatagram(socket, isV6: family == WskConstants.AF_INET6, isRaw);
    }

    public override bool IsStream => false;

    public EndpointAddress LocalAddress
    {
        get
        {
            lock (_gate)
            {
                return _local;
            }
        }
    }

    /// <inheritdoc/>
    public int Processor { get; }

    protected override int DispatchProcessor => Processor;

    public override SafeSocketHandle? Handle => _isClosed ? null : _handle;

    /// <summary>Guards everything; derived classes add to that.</summary>
    private protected Lock Gate => _gate;

    /// <summary>The system's socket, also when it is closed.</summary>
    private protected SafeSocketHandle SystemHandle => _handle;

    private protected bool IsClosed => _isClosed;

    private protected bool IsRaw => _isRaw;

    protected override ISocketEvents? Events => _isClosed ? null : _events;

    /// <summary>Whether there are sockets of the type and protocol.</summary>
    public static bool IsKnown(ushort type, uint protocol) => type switch
    {
        WskConstants.SOCK_DGRAM => protocol == WskConstants.IPPROTO_UDP,
        WskConstants.SOCK_RAW => true,
        _ => false,
    };

    public NTSTATUS Bind(in EndpointAddress local, bool isShared)
    {
        var address = _isRaw ? local.WithPort(0) : local;
        var closings = Transport.ClosingsEnded;
        NTSTATUS status;
        lock (_gate)
        {
            if (_isClosed || _local.Family != 0)
            {
                return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
            }
            status = TryBind(address);
        }
        if (status == NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS && !isShared
            && Transport.IsClosing(address.Port, closings))
        {
            return BindBesideSharers(address);
        }
        return status == NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS && isShared
            ? Transport.WithSharing(this, local.Port, () => BindBesideSharers(address))
            : status;
    }

    public override bool TryAllowReuse(ushort port)
    {
        lock (_gate)
        {
            if (_isClosed || _isRaw || _local.Family == 0 || _local.Port != port)
            {
                return false;
            }
            HostSocketOptions.SetReuse(_socket, isAllowed: true);
            return true;
        }
    }

    public override void ForbidReuse()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                HostSocketOptions.SetReuse(_socket, isAllowed: false);
            }
        }
    }

    public NTSTATUS SetOption(uint level, uint name, ReadOnlySpan<byte> value)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return NTSTATUS.STATUS_CANCELLED;
            }
            var status = _options.Set(_handle, level, name, value, isBound: _local.Family != 0);
            if (level == WskConstants.IPPROTO_UDP && !_isRaw)
            {
                _cutBytes = (int)_options.Number(level, WskConstants.UDP_SEND_MSG_SIZE);
                _joinedBytesMax = (int)_options.Number(level, WskConstants.UDP_RECV_MAX_COALESCED_SIZE);
                KeepJoining();
            }
            return status;
        }
    }

    public NTSTATUS GetOption(uint level, uint name, Span<byte> value, out int bytes)
    {
        lock (_gate)
        {
            return _options.Get(Handle, level, name, value, out bytes);
        }
    }

    public virtual void Cancel(TransportOperation operation)
    {
        lock (_gate)
        {
            if (operation is SendOperation send && TryUnlinkSend(send))
            {
                Complete(send, NTSTATUS.STATUS_CANCELLED);
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException("A datagram socket was closed twice.");
            }
            _isClosed = true;
            CancelSends();
            EndWaiting();
        }
        Transport.Forget(this);
    }

    /// <summary>The socket closes: gives the system's socket back. Under the lock.</summary>
    private protected virtual void EndWaiting()
    {
        DisposeSystem();
        if (!_isWaiting)
        {
            _peekArguments?.Dispose();
        }
    }

    private protected void DisposeSystem() => _socket.Dispose();

    /// <summary>
    /// The system will keep the closed socket for a while; others may have its address. Under the lock.
    /// </summary>
    private protected void LeaveAddress()
    {
        if (_local.Family != 0)
        {
            HostSocketOptions.SetReuse(_socket, isAllowed: true);
            Transport.BeginClosing(_local);
        }
    }

    /// <summary>After <see cref="LeaveAddress"/>: the system has let go. Under the lock.</summary>
    private protected void EndAddress()
    {
        if (_local.Family != 0)
        {
            Transport.EndClosing(_local);
        }
    }

    private NTSTATUS BindBesideSharers(in EndpointAddress local)
    {
        lock (_gate)
        {
            if (_isClosed || _local.Family != 0)
            {
                return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
            }
            HostSocketOptions.SetReuse(_socket, isAllowed: true);
            var status = TryBind(local);
            HostSocketOptions.SetReuse(_socket, isAllowed: false);
            return status;
        }
    }

    // Divergence from Windows: bound to one address, a socket hears neither broadcasts nor groups on Linux;
    // those come to sockets on the wildcard and on the group's own address.
    private NTSTATUS TryBind(in EndpointAddress address)
    {
        try
        {
            _socket.Bind(address.ToIPEndPoint());
        }
        catch (SocketException e)
        {
            // An address in use, when any port would do, means that all ports are.
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse && address.Port == 0
                ? NTSTATUS.STATUS_TOO_MANY_ADDRESSES
                : HostErrors.ToStatus(e.SocketErrorCode);
        }

        // A raw socket has no port; Linux shows its protocol there.
        _local = _isRaw ? address : address.WithPort((ushort)((IPEndPoint)_socket.LocalEndPoint!).Port);
        return NTSTATUS.STATUS_SUCCESS;
    }

    // Keeps what ended the socket, if it did, and says what the error means.
    private NTSTATUS StatusOf(Errno error)
    {
        var status = HostErrors.ToStatus(error);
        if (HostErrors.IsBroken(error) && _failure.IsSuccess())
        {
            _failure = status;
            TellBroken();
        }
        return status;
    }

    private protected void Complete(TransportOperation operation, NTSTATUS status)
    {
        operation.Status = status;
        operation.TransportState = null;
        operation.Processor = Processor;
        Scheduler.Post(operation);
    }
}
