// The queued SIO_ADDRESS_LIST_CHANGE requests. A change between two requests of a socket completes the second
// at once (OPEN-53). The transport is watched from the first request on. It knows nothing about what changed.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Requests that wait for an address to come or go.</summary>
internal sealed class AddressListChanges(WskProvider provider) : IAddressEvents
{
    private readonly Lock _gate = new();
    private readonly List<(ProviderSocket Socket, WskRequest Request)> _waiting = [];

    // Changes per family so far, and how many of them a socket has been told.
    private readonly Dictionary<ushort, int> _changes = [];
    private readonly Dictionary<ProviderSocket, int> _told = [];
    private bool _isWatching;

    /// <summary>Queues the request, or completes it when a change was missed.</summary>
    public void Add(ProviderSocket socket, WskRequest request)
    {
        Watch();
        request.Kind = RequestKind.AddressListChange;
        var isMissed = false;
        lock (_gate)
        {
            var changes = _changes.GetValueOrDefault(socket.Identity.Family);
            if (_told.TryGetValue(socket, out var told) && told != changes)
            {
                _told[socket] = changes;
                isMissed = true;
            }
            else
            {
                _waiting.Add((socket, request));
            }
        }
        if (isMissed)
            request.Complete(NTSTATUS.STATUS_SUCCESS, 0);
        else if (socket.State == SocketState.Closing || socket.IsBroken)
            Cancel(request);
    }

    public void OnAddressesChanged(ushort family)
    {
        List<(ProviderSocket Socket, WskRequest Request)> told;
        lock (_gate)
        {
            var changes = _changes[family] = _changes.GetValueOrDefault(family) + 1;
            told = [.. _waiting.Where(w => w.Socket.Identity.Family == family)];
            _waiting.RemoveAll(w => w.Socket.Identity.Family == family);
            foreach (var (socket, _) in told)
                _told[socket] = changes;
        }
        foreach (var (_, request) in told)
            request.Complete(NTSTATUS.STATUS_SUCCESS, 0);
    }

    /// <summary>IoCancelIrp.</summary>
    public void Cancel(WskRequest request)
    {
        lock (_gate)
        {
            if (_waiting.RemoveAll(w => ReferenceEquals(w.Request, request)) == 0)
                return;
        }
        request.Complete(NTSTATUS.STATUS_CANCELLED, 0);
    }

    /// <summary>The socket closes or no longer functions: its requests end.</summary>
    public void End(ProviderSocket socket, NTSTATUS status)
    {
        List<WskRequest> ended;
        lock (_gate)
        {
            _told.Remove(socket);
            if (_waiting.Count == 0)
                return;
            ended = TakeOf(socket);
        }
        foreach (var request in ended)
            request.Complete(status, 0);
    }

    // A method of its own: what it searches with is an object, and most sockets have no request here.
    private List<WskRequest> TakeOf(ProviderSocket socket)
    {
        var ended = _waiting.Where(w => ReferenceEquals(w.Socket, socket)).Select(w => w.Request).ToList();
        _waiting.RemoveAll(w => ReferenceEquals(w.Socket, socket));
        return ended;
    }

    /// <summary>The provider ends.</summary>
    public void Unwatch()
    {
        if (_isWatching)
            provider.Transport.WatchAddresses(null);
    }

    private void Watch()
    {
        lock (_gate)
        {
            if (_isWatching)
                return;
            _isWatching = true;
        }
        provider.Transport.WatchAddresses(this);
    }
}
