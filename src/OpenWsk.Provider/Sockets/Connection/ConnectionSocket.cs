// A connection-oriented socket: its state, who it belongs to, and the requests that run on it. One lock
// guards the state; it is never held while an IRP is completed or guest code is called.
// It knows nothing about argument checks (Dispatch/) or the host's sockets (the transport). Its parts: .Bind,
// .Connect, .Send, .Receive, .Events, .Disconnect, .Close.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>How far a socket has come.</summary>
internal enum ConnectionState
{
    Created,
    Bound,
    Connecting,
    Connected,
    Closing,
}

/// <summary>Who made a socket and what it was given.</summary>
internal sealed record SocketIdentity(
    ClientRegistration Client,
    ushort Family,
    nuint Context,
    GuestPtr<WSK_CLIENT_CONNECTION_DISPATCH> Dispatch,
    IReadOnlySet<string> SecurityContext);

/// <summary>One TCP socket of a client.</summary>
internal sealed partial class ConnectionSocket : IRequestOwner, IStreamEvents
{
    private readonly WskProvider _provider;
    private readonly Lock _gate = new();
    private IStreamSocket _stream = null!;
    private ConnectionState _state;
    private WskRequest? _running;
    private int _runningCount;
    private int _calls;

    private ConnectionSocket(WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
    {
        _provider = provider;
        Identity = identity;
        _descriptor = descriptor ?? SecurityDescriptor.GrantsNobody;
        _eventPump = new EventPump(this);
    }

    public SocketIdentity Identity { get; }

    /// <summary>The WSK_SOCKET that the client holds; null until the socket is handed out.</summary>
    public GuestPtr<WSK_SOCKET> Object { get; private set; }

    public ConnectionState State
    {
        get
        {
            lock (_gate)
                return _state;
        }
    }

    /// <summary>
    /// Makes a socket that the client does not know yet; a failure status when the transport refuses.
    /// </summary>
    public static NTSTATUS Create(
        WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor,
        out ConnectionSocket? socket)
    {
        var made = new ConnectionSocket(provider, identity, descriptor);
        var status = provider.Transport.CreateStream(identity.Family, made, out var stream);
        socket = null;
        if (!status.IsSuccess())
            return status;
        made._stream = stream!;
        socket = made;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <summary>
    /// Makes the socket the client's: gives it a WSK_SOCKET and counts it for WskDeregister.
    /// </summary>
    public nuint Publish()
    {
        Identity.Client.AddSocket();
        Object = _provider.Sockets.Add(this, _provider.Tables.Connection.Address);
        _enabled = _static = EventsOfClient();
        if (_provider.Executive.IsObserved)
            _provider.Executive.Emit(KernelEvents.Created("socket", Object.Address));
        return Object.Address;
    }

    /// <summary>Drops a socket that was never handed out: its address is free again.</summary>
    public void Discard()
    {
        _stream.Close();
        ReleaseAddress();
    }

    /// <summary>
    /// A function of the socket begins, with its request if it has one. False when the socket closes: the
    /// call is the client's error (CLOSE-11).
    /// </summary>
    public bool TryEnterCall(WskRequest? request)
    {
        lock (_gate)
        {
            if (_state == ConnectionState.Closing)
                return false;
            _calls++;
            if (request is not null)
                AddRunning(request);
            return true;
        }
    }

    public void LeaveCall()
    {
        lock (_gate)
            _calls--;
    }

    /// <summary>Takes a request on: it belongs to the socket until its completion routine has run.</summary>
    public void Adopt(WskRequest request)
    {
        lock (_gate)
            AddRunning(request);
    }

    public void OnTransportCompleted(WskRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.SocketConnect:
                FinishSocketConnect(request);
                break;
            case RequestKind.Connect:
                FinishConnect(request);
                break;
            case RequestKind.Send:
                FinishSend(request);
                break;
            case RequestKind.DisconnectData:
                ContinueDisconnect(request);
                break;
            case RequestKind.Disconnect:
                FinishDisconnect(request);
                break;
            default:
                throw new InvalidOperationException($"{request.Kind} is no operation of the transport");
        }
    }

    public void OnCancel(WskRequest request)
    {
        switch (request.Kind)
        {
            case RequestKind.SocketConnect:
            case RequestKind.Connect:
            case RequestKind.Send:
            case RequestKind.DisconnectData:
            case RequestKind.Disconnect:
                _stream.Cancel(request);
                break;
            case RequestKind.Receive:
                CancelReceive(request);
                break;
            default:
                // The others end on their own: a close or a disable waits only for callbacks that are
                // running.
                break;
        }
    }

    public void OnCompleting(WskRequest request)
    {
        if (request.State is CachedDescriptor cached)
            _provider.SecurityDescriptors.EndUse(cached);
    }

    public void OnFinished(WskRequest request)
    {
        var kind = request.Kind;
        var client = request.Client!;
        if (kind == RequestKind.Close)
        {
            Identity.Client.RemoveSocket();
        }
        else
        {
            lock (_gate)
                RemoveRunning(request);
            AfterFinished(kind);
            TryFinishClose();
        }
        client.RemoveRequest();
    }

    private void AfterFinished(RequestKind kind)
    {
        if (kind == RequestKind.Receive)
            ResumeReceiveEvent();
        else if (kind is RequestKind.SocketConnect or RequestKind.Connect)
            PostEventPump();
    }

    private void AddRunning(WskRequest request)
    {
        request.Owner = this;
        request.Client = Identity.Client;
        Identity.Client.AddRequest();
        request.Previous = null;
        request.Next = _running;
        if (_running is not null)
            _running.Previous = request;
        _running = request;
        _runningCount++;
    }

    private void RemoveRunning(WskRequest request)
    {
        if (request.Previous is not null)
            request.Previous.Next = request.Next;
        else
            _running = request.Next;
        if (request.Next is not null)
            request.Next.Previous = request.Previous;
        request.Next = request.Previous = null;
        _runningCount--;
    }
}
