// Binding, and the addresses of a connection-oriented socket. Sharing is judged by the AddressTable before
// the transport is asked. Rules: groups BIND, ADDR and SD.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal sealed partial class ConnectionSocket
{
    private SecurityDescriptor _descriptor;
    private SharingOption _sharing;
    private AddressBinding? _binding;
    private bool _isPortUnknown;

    /// <summary>Binds; STATUS_INVALID_DEVICE_STATE when the socket is bound already.</summary>
    public NTSTATUS Bind(in EndpointAddress local)
    {
        lock (_gate)
        {
            if (_state != ConnectionState.Created)
                return WskSettings.WrongState;
            var status = BindStream(local);
            if (status.IsSuccess())
                _state = ConnectionState.Bound;
            return status;
        }
    }

    /// <summary>
    /// Sets an option that must come before the bind; STATUS_INVALID_DEVICE_STATE afterwards (OPEN-45).
    /// </summary>
    public NTSTATUS SetSharing(SharingOption option, bool isOn)
    {
        lock (_gate)
        {
            if (_state != ConnectionState.Created)
                return WskSettings.WrongState;
            if (isOn)
                _sharing = option;
            else if (_sharing == option)
                _sharing = SharingOption.None;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public bool HasSharing(SharingOption option)
    {
        lock (_gate)
            return _sharing == option;
    }

    /// <summary>Replaces the descriptor that guards the local address; before the bind only.</summary>
    public NTSTATUS SetDescriptor(SecurityDescriptor descriptor)
    {
        lock (_gate)
        {
            if (_state != ConnectionState.Created)
                return WskSettings.WrongState;
            _descriptor = descriptor;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public NTSTATUS TryGetLocalAddress(out EndpointAddress address)
    {
        lock (_gate)
        {
            address = default;
            if (_state is ConnectionState.Created or ConnectionState.Closing)
                return WskSettings.WrongState;
            RecordChosenPort();
            address = _stream.LocalAddress;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    public NTSTATUS TryGetRemoteAddress(out EndpointAddress address)
    {
        lock (_gate)
        {
            address = default;
            if (_state != ConnectionState.Connected)
                return WskSettings.WrongState;
            address = _stream.RemoteAddress;
            return NTSTATUS.STATUS_SUCCESS;
        }
    }

    private NTSTATUS BindStream(in EndpointAddress local)
    {
        var binding = new AddressBinding(local, _sharing, _descriptor, Identity.SecurityContext);
        var isShared = false;
        if (local.Port != 0)
        {
            var judged = _provider.Addresses.TryTake(binding, out isShared);
            if (!judged.IsSuccess())
                return judged;
        }
        var status = _stream.Bind(local, isShared);
        if (!status.IsSuccess())
        {
            if (local.Port != 0)
                _provider.Addresses.Release(binding);
            return status;
        }
        _binding = binding;
        _isPortUnknown = local.Port == 0;
        return NTSTATUS.STATUS_SUCCESS;
    }

    // A transport may leave the choice of a port until somebody asks for it or the socket connects, and
    // asking costs a port that no other peer can use. So the table learns it only when it matters.
    private void RecordChosenPort()
    {
        if (!_isPortUnknown)
            return;
        _isPortUnknown = false;
        _binding = _binding! with { Address = _binding.Address.WithPort(_stream.LocalAddress.Port) };
        _provider.Addresses.Record(_binding);
    }

    private void ReleaseAddress()
    {
        if (_binding is { } binding && !_isPortUnknown)
            _provider.Addresses.Release(binding);
        _binding = null;
    }
}
