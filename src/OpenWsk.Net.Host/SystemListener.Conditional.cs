// Conditional mode: connections that wait for a decision. Divergence from Windows: the peer sees the
// connection established before the decision, because Linux finishes handshakes by itself; a rejected one is
// reset. It knows nothing about who decides.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

internal abstract partial class SystemListener
{
    private readonly Dictionary<ulong, Request> _requests = [];
    private ulong _lastRequestId;

    public bool Decide(ulong requestId, bool isAccepted)
    {
        lock (_gate)
        {
            if (_isClosed || !_requests.TryGetValue(requestId, out var request))
            {
                return false;
            }
            if (isAccepted && request.IsGone)
            {
                Drop(request);
                return false;
            }
            Forget(request);
            if (isAccepted)
            {
                _waiting.Enqueue(
                    new WaitingConnection(request.Connection, request.Id, request.Local, request.Remote));
            }
            else
            {
                Reset(request.Connection);
            }
            Pump();
            return true;
        }
    }

    private void AddRequest(
        in AcceptedConnection connection, in EndpointAddress local, in EndpointAddress remote)
    {
        var request = new Request(this, ++_lastRequestId, connection, local, remote);
        _requests.Add(request.Id, request);
        Scheduler.Post(new RequestItem(request) { Processor = _owner.Processor });
        if (HostSocketOptions.IsLinux)
        {
            ReadinessWatch.Shared.Start(request, request.Handle, ReadinessWatch.Kind.HangUp);
        }
    }

    // The peer has reset it.
    private void OnGone(Request request)
    {
        lock (_gate)
        {
            if (!_isClosed && _requests.ContainsKey(request.Id))
            {
                Drop(request);
                Pump();
            }
        }
    }

    private void Drop(Request request)
    {
        Forget(request);
        Reset(request.Connection);
        Scheduler.Post(new DroppedItem(request) { Processor = _owner.Processor });
    }

    private void DropRequests()
    {
        foreach (var request in _requests.Values.ToArray())
        {
            Forget(request);
            Reset(request.Connection);
        }
    }

    private void Forget(Request request)
    {
        _requests.Remove(request.Id);
        if (HostSocketOptions.IsLinux)
        {
            ReadinessWatch.Shared.Stop(request, request.Handle);
        }
    }

    private sealed class Request(
        SystemListener listener,
        ulong id,
        AcceptedConnection connection,
        EndpointAddress local,
        EndpointAddress remote)
        : ReadinessWatch.Subject
    {
        public SystemListener Listener => listener;

        public ulong Id => id;

        public AcceptedConnection Connection => connection;

        public SafeSocketHandle Handle { get; } = listener.HandleOf(connection);

        public EndpointAddress Local => local;

        public EndpointAddress Remote => remote;

        public bool IsGone => listener.IsGone(connection);

        public override void OnReady() => listener.OnGone(this);
    }

    private sealed class RequestItem(Request request) : DispatchItem
    {
        public override void Run()
        {
            if (!request.Listener._isClosed)
            {
                request.Listener._events.OnRequest(
                    new ConnectionRequest(request.Id, request.Local, request.Remote));
            }
        }
    }

    private sealed class DroppedItem(Request request) : DispatchItem
    {
        public override void Run()
        {
            if (!request.Listener._isClosed)
            {
                request.Listener._events.OnRequestDropped(request.Id);
            }
        }
    }
}
