// Listening: a bound stream becomes the owner of a listener. Linux judges the address once more when a socket
// begins to listen, by stricter rules than at bind; what the provider allowed at bind is allowed here too.
// It knows nothing about connections: SystemListener.cs has them.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemStream
{
    private protected SystemListener? _listener;

    public NTSTATUS Listen(in ListenSettings settings, IListenEvents events, out IListenSocket? listener)
    {
        var wanted = settings;
        NTSTATUS status;
        using (_gate.Enter())
        {
            status = PrepareListen();
            if (status.IsSuccess())
            {
                status = StartListening(wanted, events);
            }
        }
        if (status == NTSTATUS.STATUS_ADDRESS_ALREADY_EXISTS && HostSocketOptions.IsLinux)
        {
            status = Transport.WithSharing(
                this, _bound.Port, () => ListenBesideSharers(wanted, events));
        }
        listener = status.IsSuccess() ? _listener : null;
        return status;
    }

    /// <summary>Makes a stream of a connection that the listener took from the system.</summary>
    public SystemStream Adopt(
        in AcceptedConnection accepted, in EndpointAddress local, in EndpointAddress remote)
    {
        SystemStream stream;
        using (_gate.Enter())
        {
            stream = MakeAccepted(accepted, local, remote);
        }
        Transport.Register(stream);
        return stream;
    }

    // Binds in earnest: a port that connect would have chosen is chosen now.
    private NTSTATUS PrepareListen()
    {
        if (_state != StreamState.Idle || _bound.Family == 0)
        {
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        }
        if (_isSocketClosed && RenewSocket() is var status && !status.IsSuccess())
        {
            return status;
        }
        RememberLocalAddress();
        return _bindFailure;
    }

    private NTSTATUS ListenBesideSharers(in ListenSettings settings, IListenEvents events)
    {
        using (_gate.Enter())
        {
            if (_state != StreamState.Idle)
            {
                return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
            }
            SetPortReuse(isAllowed: true);
            var status = StartListening(settings, events);
            SetPortReuse(isAllowed: false);
            return status;
        }
    }

    private NTSTATUS StartListening(in ListenSettings settings, IListenEvents events)
    {
        // Connections in TIME_WAIT and accepted ones allow it, no live socket of another program does.
        SetReuse(isAllowed: true);
        // Linux lets one more wait than it is told.
        var error = ListenFor(Math.Max(settings.Backlog - (HostSocketOptions.IsLinux ? 1 : 0), 0));
        SetReuse(isAllowed: false);
        if (error != SocketError.Success)
        {
            return HostErrors.ToStatus(error);
        }
        _state = StreamState.Listening;
        _listener = MakeListener(settings, events);
        _listener.Pause(Options.IsOn(WskConstants.SOL_SOCKET, WskConstants.SO_PAUSE_ACCEPT));
        return NTSTATUS.STATUS_SUCCESS;
    }
}
