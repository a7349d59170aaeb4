// What of a connection's object must go when it becomes another connection, in one place; its twin for all
// sockets is ProviderSocket.Life.cs, and the same test watches both. It knows nothing about which objects
// serve again: Pooling/SocketPool.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    /// <summary>Begins to watch whether another thread than the caller's comes near the socket.</summary>
    public void BeginHome()
    {
        using (_gate.Enter())
            _gate.BeginHome();
    }

    /// <summary>
    /// Ends the life of a closed socket, if the object may serve again: then its transport's socket may, too.
    /// On its dispatcher, when nothing that was posted there for it is left.
    /// </summary>
    public bool TryEndLife()
    {
        using (_gate.Enter())
        {
            if (!IsThrough || _kept.Count != 0 || _leftover is not null || _shown is not null
                || !_receives.IsEmpty || _offer is not null)
                return false;
        }
        _stream.GiveBack();
        return true;
    }

    /// <summary>Becomes a socket that still needs its transport's socket.</summary>
    public void BeginNext(SocketIdentity identity, SecurityDescriptor? descriptor)
    {
        using (_gate.Enter())
        {
            ForgetConnection();
            BeginNextLife(identity, descriptor);
        }
    }

    /// <summary>Becomes an accepted connection.</summary>
    public void BeginNextAccepted(SocketIdentity identity, IStreamSocket accepted, WSK_INSPECT_ID? inspectId)
    {
        using (_gate.Enter())
        {
            ForgetConnection();
            BeginNextLife(identity, null);
            BeginAccepted(accepted, inspectId);
        }
    }

    protected override void OnRetired() => _provider.SocketPool.Retire(this);

    private void ForgetConnection()
    {
        _stream = null!;
        _isAccepted = false;
        _inspectId = null;
        _offer = null;
        _idealSendBacklog = 0;
        _hasNewBacklog = false;
        IsFromSocketConnect = false;
        _kept = default;
        _isDisconnectTold = false;
        _isSilent = false;
        _failure = NTSTATUS.STATUS_SUCCESS;
        _isLocalFinRequested = _isLocallyAborted = false;
        _leftover = _shown = null;
        _isReceiveEventSuspended = _isBrokenTold = false;
        _receives = default;
        _turn = default;
        _isArmed = _hasPeerFin = false;
    }
}
