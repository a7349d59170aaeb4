// The extension interfaces of one provider: their dispatch tables in guest memory, and every registration by
// its ProviderContext. It knows nothing about the control that registers: ExtensionControl.cs.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>Extensions and their registrations.</summary>
internal sealed class ExtensionTable(WskProvider provider) : IDisposable
{
    // ProviderContext is an address only so that no two are alike; nothing lies there for the client.
    private const int ContextBytes = 16;
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (WskExtension Extension, nuint Table)> _extensions = [];
    private readonly Dictionary<nuint, (ExtensionSocket Registration, ProviderSocket Socket)> _byContext = [];
    private readonly List<ExtensionEntry> _entries = [];

    public void Add(WskExtension extension)
    {
        var functions = extension.Functions;
        var table = provider.Executive.Heap.Allocate(Math.Max(1, functions.Count) * sizeof(ulong));
        for (var i = 0; i < functions.Count; i++)
        {
            var entry = new ExtensionEntry(provider, extension, functions[i]);
            _entries.Add(entry);
            GuestMemory.Write(
                table + (nuint)(i * sizeof(ulong)), (ulong)provider.Executive.Code.AddressOf(entry.Routine));
        }
        lock (_gate)
            _extensions.Add(extension.NpiId, (extension, table));
    }

    /// <summary>
    /// Registers an extension on a socket. Errors: STATUS_NOT_SUPPORTED when there is none of that
    /// identifier; STATUS_INVALID_PARAMETER when it is registered on the socket already.
    /// </summary>
    public NTSTATUS Register(
        ProviderSocket socket, in WSK_EXTENSION_CONTROL_IN input, out WSK_EXTENSION_CONTROL_OUT output)
    {
        output = default;
        if (!TryFind(input.NpiId.Value, out var extension, out var table))
            return NTSTATUS.STATUS_NOT_SUPPORTED;
        var context = provider.Executive.Heap.Allocate(ContextBytes);
        var registration = new ExtensionSocket(provider, socket, extension, context, input);
        if (!socket.TryAddExtension(registration))
        {
            provider.Executive.Heap.Free(context);
            return NTSTATUS.STATUS_INVALID_PARAMETER;
        }
        lock (_gate)
            _byContext.Add(context, (registration, socket));
        output = new WSK_EXTENSION_CONTROL_OUT { ProviderContext = context, ProviderDispatch = table };
        extension.OnRegistered?.Invoke(registration);
        return NTSTATUS.STATUS_SUCCESS;
    }

    public bool TryFind(nuint context, out ExtensionSocket registration, out ProviderSocket socket)
    {
        lock (_gate)
        {
            var isFound = _byContext.TryGetValue(context, out var found);
            (registration, socket) = found;
            return isFound;
        }
    }

    /// <summary>The socket is closed.</summary>
    public void End(ExtensionSocket registration)
    {
        lock (_gate)
            _byContext.Remove(registration.ProviderContext);
        provider.Executive.Heap.Free(registration.ProviderContext);
    }

    public void Dispose()
    {
        if (provider.Executive.IsDisposed)
            return;
        foreach (var (_, table) in _extensions.Values)
            provider.Executive.Heap.Free(table);
    }

    private bool TryFind(Guid npiId, out WskExtension extension, out nuint table)
    {
        lock (_gate)
        {
            var isFound = _extensions.TryGetValue(npiId, out var found);
            (extension, table) = found;
            return isFound;
        }
    }
}
