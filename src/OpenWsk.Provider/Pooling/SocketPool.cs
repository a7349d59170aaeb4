// Connection sockets that have closed and serve again, so that a driver which connects and closes all the
// time makes no objects. Only those do near which no thread but their dispatcher's ever came: another thread
// of the driver may still be in a call on a socket that closes, which is the driver's mistake and must not
// reach somebody else's connection. And not at once, but when everything has run that was posted to the
// dispatcher before the socket's end, and every frame that knows the socket has returned. Each dispatcher has
// its own, so nothing here takes a lock. It knows nothing about what a socket forgets:
// Sockets/ProviderSocket.Life.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>The connection sockets of one provider that may serve again.</summary>
internal sealed class SocketPool
{
    // For each dispatcher; 0.8 KB each with the transport's.
    private const int SparesMax = 256;

    private readonly WskProvider _provider;
    private readonly Place[] _places;

    public SocketPool(WskProvider provider)
    {
        _provider = provider;
        _places = new Place[provider.Executive.Scheduler.ProcessorCount];
        for (var i = 0; i < _places.Length; i++)
            _places[i] = new Place(provider.Executive.Scheduler) { Processor = i };
    }

    /// <summary>A socket that still needs its transport's socket.</summary>
    public ConnectionSocket Rent(SocketIdentity identity, SecurityDescriptor? descriptor)
    {
        if (PlaceOfCaller() is not { } place)
            return new ConnectionSocket(_provider, identity, descriptor);
        var socket = place.TryTake();
        if (socket is null)
            socket = new ConnectionSocket(_provider, identity, descriptor);
        else
            socket.BeginNext(identity, descriptor);
        socket.BeginHome();
        return socket;
    }

    /// <summary>An accepted connection, with what it was inspected as.</summary>
    public ConnectionSocket RentAccepted(
        SocketIdentity identity, IStreamSocket accepted, WSK_INSPECT_ID? inspectId)
    {
        // What another dispatcher tells its owner, it may tell at once.
        if (PlaceOfCaller() is not { } place || place.Processor != accepted.Processor)
            return new ConnectionSocket(_provider, identity, accepted, inspectId);
        var socket = place.TryTake();
        if (socket is null)
            socket = new ConnectionSocket(_provider, identity, accepted, inspectId);
        else
            socket.BeginNextAccepted(identity, accepted, inspectId);
        socket.BeginHome();
        return socket;
    }

    /// <summary>The close of a socket is complete; nothing unless the caller is a dispatcher.</summary>
    public void Retire(ConnectionSocket socket) => PlaceOfCaller()?.Retire(socket);

    private Place? PlaceOfCaller()
    {
        var processor = _provider.Executive.Scheduler.CurrentProcessor;
        return processor < 0 ? null : _places[processor];
    }

    // What one dispatcher keeps; only its thread comes here.
    private sealed class Place(IScheduler scheduler) : DispatchItem
    {
        private readonly ConnectionSocket?[] _spares = new ConnectionSocket?[SparesMax];
        private int _count;

        // Sockets that had closed when this was posted, and those that have since.
        private List<ConnectionSocket> _due = [];
        private List<ConnectionSocket> _next = [];

        public ConnectionSocket? TryTake()
        {
            if (_count == 0)
                return null;
            var taken = _spares[--_count];
            _spares[_count] = null;
            return taken;
        }

        public void Retire(ConnectionSocket socket)
        {
            if (_due.Count != 0)
            {
                _next.Add(socket);
                return;
            }
            _due.Add(socket);
            scheduler.Post(this);
        }

        public override void Run()
        {
            foreach (var socket in _due)
            {
                if (_count < SparesMax && socket.TryEndLife())
                    _spares[_count++] = socket;
            }
            _due.Clear();
            (_due, _next) = (_next, _due);
            if (_due.Count != 0)
                scheduler.Post(this);
        }
    }
}
