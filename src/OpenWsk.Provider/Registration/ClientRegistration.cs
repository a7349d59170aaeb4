// One registration of a client: its captures, and everything that WskDeregister waits for. The same object
// serves a client that attached through the Network Module Registrar. It knows nothing about what sockets do.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>One WSK client, from WskRegister (or an NMR attachment) to its deregistration.</summary>
internal sealed class ClientRegistration : IDisposable
{
    private readonly WskProvider _provider;
    private readonly Lock _gate = new();
    private readonly ManagedEvent _idle;
    private readonly ManagedEvent _captureWake;
    private int _captures;
    private int _calls;
    private int _sockets;
    private int _requests;
    private bool _isDeregistering;
    private Action? _whenIdle;
    private SocketIdentity? _lastIdentity;
    private AddressBinding? _lastBinding;

    public ClientRegistration(WskProvider provider, nuint registrationBlock, WSK_CLIENT_NPI npi)
    {
        _provider = provider;
        RegistrationBlock = registrationBlock;
        MadeStack = provider.Executive.Stacks.Capture();
        ClientContext = npi.ClientContext;
        Dispatch = npi.Dispatch;
        provider.Kept.Add(RegistrationBlock);
        provider.Kept.Add(ClientContext);
        provider.Kept.Add(Dispatch.Address);
        Client = new GuestPtr<WSK_CLIENT>(provider.Executive.Heap.Allocate(16));
        _idle = new ManagedEvent(provider.Executive, EVENT_TYPE.NotificationEvent, isSet: true);
        _captureWake = new ManagedEvent(
            provider.Executive, EVENT_TYPE.NotificationEvent, isSet: provider.IsReady);
    }

    /// <summary>The stack that registered it: a number of the kernel's StackLog.</summary>
    public int MadeStack { get; }

    /// <summary>Address of the client's WSK_REGISTRATION; 0 for an NMR attachment.</summary>
    public nuint RegistrationBlock { get; }

    /// <summary>The opaque client object that the client passes to every dispatch function.</summary>
    public GuestPtr<WSK_CLIENT> Client { get; }

    public nuint ClientContext { get; }

    public GuestPtr<WSK_CLIENT_DISPATCH> Dispatch { get; }

    /// <summary>Events that WSK_SET_STATIC_EVENT_CALLBACKS enables on every new socket.</summary>
    public uint StaticEvents { get; set; }

    /// <summary>Whether a capture was ever tried: only then are the provider's versions asked for.</summary>
    public bool HasTriedCapture { get; set; }

    /// <summary>Whether a socket was ever created: some client controls must come before.</summary>
    public bool HadSocket { get; private set; }

    /// <summary>What a new socket of the client is; one like the last one's is the same object.</summary>
    public SocketIdentity IdentityOf(
        ushort family, ushort type, uint protocol, IReadOnlySet<string> securityContext)
    {
        if (Volatile.Read(ref _lastIdentity) is { } last && last.Family == family && last.Type == type
            && last.Protocol == protocol && ReferenceEquals(last.SecurityContext, securityContext))
            return last;
        var identity = new SocketIdentity(this, family, type, protocol, securityContext);
        Volatile.Write(ref _lastIdentity, identity);
        return identity;
    }

    /// <summary>The use of a local address; one like the last one is the same object.</summary>
    public AddressBinding BindingOf(
        in EndpointAddress local,
        SharingOption option,
        SecurityDescriptor descriptor,
        IReadOnlySet<string> securityContext,
        bool isDualStack)
    {
        if (Volatile.Read(ref _lastBinding) is { } last && last.Option == option
            && last.IsDualStack == isDualStack && ReferenceEquals(last.Descriptor, descriptor)
            && ReferenceEquals(last.Context, securityContext) && last.Address == local)
            return last;
        var binding = new AddressBinding(local, option, descriptor, securityContext, isDualStack);
        Volatile.Write(ref _lastBinding, binding);
        return binding;
    }

    /// <summary>Captures that were not released (an NMR attachment counts as one).</summary>
    public int Captures
    {
        get
        {
            lock (_gate)
                return _captures;
        }
    }

    /// <summary>Sockets that are open.</summary>
    public int OpenSockets
    {
        get
        {
            lock (_gate)
                return _sockets;
        }
    }

    /// <summary>Whether a function that uses the registration is running.</summary>
    public bool HasRunningCalls
    {
        get
        {
            lock (_gate)
                return _calls != 0;
        }
    }

    public bool IsDeregistering
    {
        get
        {
            lock (_gate)
                return _isDeregistering;
        }
    }

    /// <summary>Whether nothing is left that a deregistration waits for.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return IsIdleNow;
        }
    }

    private bool IsIdleNow => _captures == 0 && _calls == 0 && _sockets == 0 && _requests == 0;

    /// <summary>Takes a capture reference; false when the registration ends.</summary>
    public bool TryCapture()
    {
        lock (_gate)
        {
            if (_isDeregistering)
                return false;
            _captures++;
            _idle.Reset();
            return true;
        }
    }

    /// <summary>Gives a capture back; false when there is none.</summary>
    public bool TryRelease()
    {
        Action? whenIdle;
        lock (_gate)
        {
            if (_captures == 0)
                return false;
            _captures--;
            whenIdle = SignalIfIdle();
        }
        whenIdle?.Invoke();
        return true;
    }

    /// <summary>A call that uses the registration begins.</summary>
    public void EnterCall()
    {
        lock (_gate)
        {
            _calls++;
            _idle.Reset();
        }
    }

    public void LeaveCall() => Drop(ref _calls);

    public void AddSocket()
    {
        lock (_gate)
        {
            HadSocket = true;
            _sockets++;
            _idle.Reset();
        }
    }

    public void RemoveSocket() => Drop(ref _sockets);

    /// <summary>
    /// A request begins that no socket answers for. Those of a socket are not counted here: its close waits
    /// for them, and the deregistration for the socket.
    /// </summary>
    public void AddRequest()
    {
        lock (_gate)
        {
            _requests++;
            _idle.Reset();
        }
    }

    public void RemoveRequest() => Drop(ref _requests);

    /// <summary>Waits until the provider is ready, the registration ends, or the deadline passes.</summary>
    public void WaitForProvider(long deadlineNs) => _captureWake.Wait(deadlineNs);

    /// <summary>The provider has become ready.</summary>
    public void WakeCaptures() => _captureWake.Set();

    /// <summary>
    /// Calls WskClientEvent, if the client has one, with a copy that lasts as long as the call.
    /// </summary>
    public void RaiseEvent(uint eventType, ReadOnlySpan<byte> information)
    {
        var callback = Dispatch.Value.WskClientEvent;
        if (callback == 0)
            return;
        var executive = _provider.Executive;
        var copy = information.IsEmpty ? 0 : executive.Heap.Allocate(information.Length);
        information.CopyToGuest(GuestMemory.Span(copy, information.Length));
        var status = (NTSTATUS)(uint)executive.Code.Call(
            callback, [ClientContext, eventType, copy, (ulong)information.Length]);
        if (copy != 0)
            executive.Heap.Free(copy);
        if (status != NTSTATUS.STATUS_NOT_IMPLEMENTED)
            executive.Breach("EVT-34", $"WskClientEvent of an unknown event returned {status.Name()}");
    }

    /// <summary>
    /// Begins the end: no further capture; blocked ones return. False when it had begun already.
    /// </summary>
    public bool TryBeginDeregister()
    {
        lock (_gate)
        {
            if (_isDeregistering)
                return false;
            _isDeregistering = true;
        }
        _captureWake.Set();
        return true;
    }

    /// <summary>Blocks until captures, calls, sockets and pending IRPs are gone.</summary>
    public void WaitUntilIdle()
    {
        while (true)
        {
            lock (_gate)
            {
                if (IsIdleNow)
                    return;
            }
            _idle.Wait(Ports.IParker.Never);
        }
    }

    /// <summary>
    /// Calls back once when idle, at once if it is: the way of the NMR, which does not block.
    /// </summary>
    public void WhenIdle(Action action)
    {
        lock (_gate)
        {
            if (!IsIdleNow)
            {
                _whenIdle = action;
                return;
            }
        }
        action();
    }

    /// <summary>What keeps a deregistration waiting, in words.</summary>
    public string DescribeHolders()
    {
        var pending = _provider.Requests.All.Count(IsOurs);
        lock (_gate)
            return string.Join(" and ", Counted(
                (_captures, "capture"), (_sockets, "open socket"), (pending, "pending IRP"),
                (_calls, "running call")));
    }

    private static IEnumerable<string> Counted(params (int Count, string Name)[] holders)
    {
        var some = holders.Where(holder => holder.Count != 0);
        return some.Select(h => $"{h.Count} {h.Name}{(h.Count == 1 ? "" : "s")}").DefaultIfEmpty("nobody");
    }

    public void Dispose()
    {
        _idle.Dispose();
        _captureWake.Dispose();
        _provider.Kept.Remove(RegistrationBlock);
        _provider.Kept.Remove(ClientContext);
        _provider.Kept.Remove(Dispatch.Address);
        _provider.Executive.Heap.Free(Client.Address);
    }

    private void Drop(ref int count)
    {
        Action? whenIdle;
        lock (_gate)
        {
            Invariant.That(count > 0);
            count--;
            whenIdle = SignalIfIdle();
        }
        whenIdle?.Invoke();
    }

    private bool IsOurs(WskRequest request) =>
        ReferenceEquals(request.Client, this)
        || (request.Owner is ProviderSocket socket && ReferenceEquals(socket.Identity.Client, this));

    private Action? SignalIfIdle()
    {
        if (!IsIdleNow)
            return null;
        _idle.Set();
        var whenIdle = _whenIdle;
        _whenIdle = null;
        return whenIdle;
    }
}
