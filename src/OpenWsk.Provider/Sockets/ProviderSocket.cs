// What every socket is, whatever its category: its owner, its WSK_SOCKET, and the requests that run on it.
// One lock guards the state; it is never held while an IRP is completed or guest code is called.
// It knows nothing about argument checks (Dispatch/) or the host's sockets (the transport). Its parts: .Bind,
// .Control, .Events, .Extensions, .Broken, .Close, .Life, .Processor. Categories: Basic/, Listen/, Datagram/,
// Connection/, Stream/.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>One socket of a client.</summary>
internal abstract partial class ProviderSocket : IRequestOwner
{
    protected readonly WskProvider _provider;
    protected readonly Gate _gate = new();
    protected SocketState _state;
    private LinkedSet<WskRequest, WskRequest.RunningLinks> _running;
    private int _calls;
    protected ProviderSocket(
        WskProvider provider, SocketIdentity identity, SecurityDescriptor? descriptor)
    {
        _provider = provider;
        BeginLife(identity, descriptor);
    }

    public SocketIdentity Identity { get; private set; }

    /// <summary>
    /// The stack that asked for it, whole only in special pool: a number of the kernel's StackLog.
    /// </summary>
    public int MadeStack { get; private set; }

    /// <summary>The category that WskSocket made, one bit.</summary>
    public abstract SocketCategories Category { get; }

    /// <summary>SocketContext: passed unchanged to every callback.</summary>
    public nuint Context { get; private set; }

    /// <summary>The client's callback table, of the category's type; 0 for none.</summary>
    public nuint ClientTable { get; private set; }

    /// <summary>The WSK_SOCKET that the client holds; null until the socket is handed out.</summary>
    public GuestPtr<WSK_SOCKET> Object { get; private set; }

    public SocketState State
    {
        get
        {
            using (_gate.Enter())
                return _state;
        }
    }

    /// <summary>
    /// Why a call that needs another state is refused; under the lock. A call that began before
    /// WskCloseSocket and gets here behind it meets a socket that closes (OPEN-01).
    /// </summary>
    protected NTSTATUS WrongState =>
        _state == SocketState.Closing ? WskSettings.SocketCloses : WskSettings.WrongState;

    /// <summary>
    /// The transport's socket; null where the transport has none for the category (OBS-09).
    /// </summary>
    protected abstract ITransportSocket? Transport { get; }

    /// <summary>Where options of the transport are set and read; null when there is nowhere.</summary>
    public virtual ITransportSocket? OptionSocket => Transport;

    /// <summary>
    /// The rule that a call in a wrong state breaks, which may be another one for the socket's role.
    /// </summary>
    public virtual string RuleOfState(string rule) => rule;

    /// <summary>Gives the socket what its callbacks need.</summary>
    public void Entrust(nuint context, nuint clientTable)
    {
        ForgetKept();
        Context = context;
        ClientTable = clientTable;
        _provider.Kept.Add(context);
        _provider.Kept.Add(clientTable);
        _isEntrusted = true;
    }

    /// <summary>Makes the transport's socket; a failure status when the transport refuses.</summary>
    public virtual NTSTATUS OpenTransport() => NTSTATUS.STATUS_SUCCESS;

    /// <summary>
    /// Makes the socket the client's: gives it a WSK_SOCKET and counts it for WskDeregister.
    /// </summary>
    public nuint Publish()
    {
        Identity.Client.AddSocket();
        Object = _provider.Sockets.Add(this, _provider.Tables.Of(Category));
        EnableStaticEvents();
        if (_provider.Executive.Observes(KernelEventKind.Created))
            _provider.Executive.Emit(KernelEvents.Created("socket", Object.Address));
        return Object.Address;
    }

    /// <summary>Drops a socket that was never handed out: its address is free again.</summary>
    public void Discard()
    {
        Transport?.Close();
        ReleaseAddress();
        ForgetKept();
    }

    /// <summary>
    /// A function of the socket begins, with its request if it has one. False when the WSK_SOCKET closes, or
    /// was this object's in an earlier life: the call is the client's error (CLOSE-11).
    /// </summary>
    public bool TryEnterCall(GuestPtr<WSK_SOCKET> known, WskRequest? request)
    {
        using (_gate.Enter())
        {
            if (_state == SocketState.Closing || !IsKnownAs(known))
                return false;
            // A request counts as a call by itself, until it says that its call is through.
            if (request is null)
                _calls++;
            else
                AddRunning(request);
            return true;
        }
    }

    public void LeaveCall()
    {
        using (_gate.Enter())
            _calls--;
    }

    /// <summary>Whether a request of one of these kinds is running; under the lock.</summary>
    protected bool IsRunning(params ReadOnlySpan<RequestKind> kinds)
    {
        foreach (var request in _running)
        {
            if (kinds.Contains(request.Kind) && !request.IsDone)
                return true;
        }
        return false;
    }

    /// <summary>
    /// Takes a request on that makes the socket: it belongs to the socket until its completion routine has
    /// run, and the client waits for it, as it will for the socket.
    /// </summary>
    public void Adopt(WskRequest request)
    {
        request.Client = Identity.Client;
        Identity.Client.AddRequest();
        using (_gate.Enter())
            AddRunning(request);
    }

    /// <summary>
    /// Takes retained indications back. STATUS_INVALID_PARAMETER when one of the list is not retained by this
    /// socket.
    /// </summary>
    public virtual NTSTATUS Release(nuint list) => NTSTATUS.STATUS_INVALID_PARAMETER;

    public abstract void OnTransportCompleted(WskRequest request);

    public abstract void OnCancel(WskRequest request);

    void IRequestOwner.OnCancel(WskRequest request)
    {
        if (request.Kind == RequestKind.AddressListChange)
            _provider.AddressListChanges.Cancel(request);
        else
            OnCancel(request);
    }

    public virtual void OnCompleting(WskRequest request)
    {
        if (request.State is CachedDescriptor cached)
            _provider.SecurityDescriptors.EndUse(cached);
    }

    public void OnFinished(WskRequest request)
    {
        var kind = request.Kind;
        if (kind == RequestKind.Close)
        {
            Identity.Client.RemoveSocket();
            OnRetired();
        }
        else
        {
            bool isClosing;
            using (_gate.Enter())
            {
                _running.Remove(request);
                isClosing = _state == SocketState.Closing;
            }
            AfterFinished(kind);
            if (isClosing)
                TryFinishClose();
        }
        request.Client?.RemoveRequest();
    }

    /// <summary>A request's completion routine has returned.</summary>
    protected virtual void AfterFinished(RequestKind kind)
    {
    }

    /// <summary>
    /// Takes the requests that wait in queues of the socket, linked; under the lock.
    /// </summary>
    protected virtual WskRequest? TakeWaiting() => null;

    /// <summary>The requests that run on the socket; under the lock.</summary>
    protected LinkedSet<WskRequest, WskRequest.RunningLinks> Running => _running;

    /// <summary>
    /// Whether what was asked last is done and waits for the dispatcher to complete it; under the lock. Its
    /// completion comes before the next callback: a peer that answers at once would otherwise have the
    /// client ask for ever more before it hears the end of anything.
    /// </summary>
    protected bool IsCompletionDue => _running.Newest is { IsDone: true };

    // Requests whose calls have not come to their end; under the lock.
    private int CountCalls()
    {
        var count = _calls;
        foreach (var request in _running)
            count += request.IsArmed ? 0 : 1;
        return count;
    }

    private void AddRunning(WskRequest request)
    {
        request.Owner = this;
        _running.Add(request);
    }
}
