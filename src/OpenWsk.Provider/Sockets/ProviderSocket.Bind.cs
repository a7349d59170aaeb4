// Binding, and the options that must come before it. Sharing is judged by the AddressTable before the
// transport is asked. Rules: groups BIND, ADDR and SD. It knows nothing about what a category does with its
// address; see OnBound.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    private SecurityDescriptor _descriptor;
    private SharingOption _sharing;
    private AddressBinding? _binding;
    private bool _isPortUnknown;
    private bool _isRecordedLater;

    /// <summary>The descriptor that guards the local address.</summary>
    public SecurityDescriptor Descriptor
    {
        get
        {
            using (_gate.Enter())
                return _descriptor;
        }
    }

    /// <summary>Where addresses of the protocol are judged; null for one without ports.</summary>
    protected abstract AddressTable? Addresses { get; }

    /// <summary>Whether an AF_INET6 socket serves both families: IPV6_V6ONLY was set to 0.</summary>
    public bool IsDualStack { get; set; }

    /// <summary>Binds; STATUS_INVALID_DEVICE_STATE when the socket is bound already.</summary>
    public NTSTATUS Bind(in EndpointAddress local)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Created)
                return WrongState;
            if (Transport is not { } transport)
                return WskSettings.NotForCategory;
            var status = BindTransport(transport, local);
            if (!status.IsSuccess())
                return status;
            _state = SocketState.Bound;
            return OnBound();
        }
    }

    /// <summary>
    /// Sets an option that must come before the bind; STATUS_INVALID_DEVICE_STATE afterwards (OPEN-45).
    /// </summary>
    public NTSTATUS SetSharing(SharingOption option, bool isOn)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Created)
                return WrongState;
            if (isOn)
                _sharing = option;
            else if (_sharing == option)
                _sharing = SharingOption.None;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public bool HasSharing(SharingOption option)
    {
        using (_gate.Enter())
            return _sharing == option;
    }

    /// <summary>Replaces the descriptor that guards the local address; before the bind only.</summary>
    public NTSTATUS SetDescriptor(SecurityDescriptor descriptor)
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Created)
                return WrongState;
            _descriptor = descriptor;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public NTSTATUS TryGetLocalAddress(out EndpointAddress address)
    {
        using (_gate.Enter())
        {
            address = default;
            if (_state is SocketState.Created or SocketState.Closing)
                return WrongState;
            RecordChosenPort();
            address = Transport!.LocalAddress;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    /// <summary>The socket has just been bound; under the lock. The result is the bind's.</summary>
    protected virtual NTSTATUS OnBound() => NTSTATUS.STATUS_SUCCESS;

    // A transport may leave the choice of a port until somebody asks for it or the socket connects, and
    // asking costs a port that no other peer can use. So the table learns it only when it matters.
    protected void RecordChosenPort()
    {
        if (!_isPortUnknown)
            return;
        _isPortUnknown = false;
        _binding = _binding! with { Address = _binding.Address.WithPort(Transport!.LocalAddress.Port) };
        Addresses?.Record(_binding);
    }

    /// <summary>The socket is connected; its port is asked for when it matters. Under the lock.</summary>
    protected void RecordPortLater()
    {
        if (!_isPortUnknown || _isRecordedLater)
            return;
        _isRecordedLater = true;
        Addresses?.RecordLater(this);
    }

    /// <summary>Somebody wants to know who has which port; under no lock of this socket.</summary>
    public void RecordNow()
    {
        using (_gate.Enter())
        {
            // Behind the close the transport's socket is gone, and its port with it.
            if (_state == SocketState.Connected)
                RecordChosenPort();
        }
    }

    private NTSTATUS BindTransport(ITransportSocket transport, in EndpointAddress local)
    {
        var binding = Identity.Client.BindingOf(
            local, _sharing, _descriptor, Identity.SecurityContext, IsDualStack);
        var isShared = false;
        if (local.Port != 0 && Addresses is { } addresses)
        {
            var judged = addresses.TryTake(binding, out isShared);
            if (!judged.IsSuccess())
                return judged;
        }
        var status = transport.Bind(local, isShared);
        if (!status.IsSuccess())
        {
            if (local.Port != 0)
                Addresses?.Release(binding);
            return status;
        }
        _binding = binding;
        _isPortUnknown = local.Port == 0;
        return NTSTATUS.STATUS_SUCCESS;
    }

    protected void ReleaseAddress()
    {
        if (_isRecordedLater)
            Addresses?.Forget(this);
        if (_binding is { } binding && !_isPortUnknown)
            Addresses?.Release(binding);
        _binding = null;
    }
}
