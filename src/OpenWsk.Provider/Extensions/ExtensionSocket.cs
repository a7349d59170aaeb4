// One registration of an extension on one socket: the client's context and callbacks, which of them are
// enabled, and calling them. Its twin for WSK's own events is ProviderSocket.Events.cs. It knows nothing
// about when an extension has something to tell.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

/// <summary>An extension on a socket, from SIO_WSK_REGISTER_EXTENSION to the socket's end.</summary>
public sealed class ExtensionSocket
{
    private readonly Lock _gate = new();
    private readonly WskProvider _provider;
    private readonly ProviderSocket _socket;
    private readonly Dictionary<uint, int> _running = [];
    private uint _enabled;
    private LinkedQueue<WskRequest> _disables;

    internal ExtensionSocket(
        WskProvider provider,
        ProviderSocket socket,
        WskExtension extension,
        nuint providerContext,
        in WSK_EXTENSION_CONTROL_IN registration)
    {
        _provider = provider;
        _socket = socket;
        Extension = extension;
        ProviderContext = providerContext;
        ClientContext = registration.ClientContext;
        ClientDispatch = registration.ClientDispatch;
    }

    public WskExtension Extension { get; }

    /// <summary>The WSK_SOCKET.</summary>
    public nuint Socket => _socket.Object.Address;

    /// <summary>Handed to every callback, unchanged.</summary>
    public nuint ClientContext { get; }

    /// <summary>The client's callback table.</summary>
    public nuint ClientDispatch { get; }

    /// <summary>For the host: whatever goes with the registration.</summary>
    public object? State { get; set; }

    /// <summary>What the client passes to the extension's functions.</summary>
    internal nuint ProviderContext { get; }

    /// <summary>Whether the callback of an event is enabled.</summary>
    public bool IsEnabled(uint eventBit)
    {
        lock (_gate)
            return (_enabled & eventBit) != 0;
    }

    /// <summary>
    /// Calls the client's callback of an event with its context and these arguments; false when it is not
    /// enabled or the socket closes.
    /// </summary>
    /// <remarks>
    /// IRQL: &lt;= DISPATCH_LEVEL. A close of the socket waits until the callback has returned.
    /// </remarks>
    public bool TryCall(uint eventBit, ReadOnlySpan<ulong> arguments, out ulong result)
    {
        result = 0;
        if (!TryBegin(eventBit))
            return false;
        result = _provider.Executive.Code.Call(
            Callback(eventBit), [ClientContext, .. arguments]);
        End(eventBit);
        return true;
    }

    internal bool HasEvents(uint mask) => Bits(mask).All(Extension.Events.ContainsKey);

    /// <summary>Enables callbacks; false when the client's table lacks one.</summary>
    internal bool TryEnable(uint mask)
    {
        if (ClientDispatch == 0 || Bits(mask).Any(bit => Callback(bit) == 0))
            return false;
        lock (_gate)
            _enabled |= mask;
        return true;
    }

    /// <summary>As ProviderSocket.DisableEvent.</summary>
    internal NTSTATUS Disable(uint eventBit, WskRequest? request)
    {
        lock (_gate)
        {
            _enabled &= ~eventBit;
            if (_running.GetValueOrDefault(eventBit) == 0)
                return STATUS_SUCCESS;
            if (request is null)
                return STATUS_EVENT_PENDING;
            request.Kind = RequestKind.DisableEvent;
            request.Flags = eventBit;
            _disables.Enqueue(request);
            return STATUS_PENDING;
        }
    }

    private static IEnumerable<uint> Bits(uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
            yield return mask & (uint)-(int)mask;
    }

    private nuint Callback(uint eventBit) =>
        GuestMemory.Read<nuint>(ClientDispatch + (nuint)(Extension.Events[eventBit] * sizeof(ulong)));

    private bool TryBegin(uint eventBit)
    {
        lock (_gate)
        {
            if ((_enabled & eventBit) == 0 || !_socket.TryBeginExtensionCallback())
                return false;
            _running[eventBit] = _running.GetValueOrDefault(eventBit) + 1;
            return true;
        }
    }

    private void End(uint eventBit)
    {
        WskRequest? ended = null;
        lock (_gate)
        {
            if (--_running[eventBit] == 0)
                ended = TakeDisables(eventBit);
        }
        WskRequest.CompleteAll(ended, STATUS_SUCCESS);
        _socket.EndExtensionCallback();
    }

    private WskRequest? TakeDisables(uint eventBit)
    {
        var taken = default(LinkedQueue<WskRequest>);
        for (var left = _disables.TakeAll(); left is not null;)
        {
            var request = LinkedItems.TakeFirst(ref left);
            if (request.Flags == eventBit)
                taken.Enqueue(request);
            else
                _disables.Enqueue(request);
        }
        return taken.TakeAll();
    }
}
