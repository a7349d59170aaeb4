// The WSK provider of one world: it composes the tables, the registrations, the sockets and the transport
// that they use. It knows nothing about which transport that is. Next: Registration/ for clients, Dispatch/
// for the functions that drivers call, Sockets/ for what they do.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>One provider; add it to an executive, and drivers of that world can register.</summary>
public sealed partial class WskProvider : IDisposable
{
    [ThreadStatic]
    private static int t_inlineDepth;

    private volatile bool _isReady;
    private uint _lastInspectKey;
    private ProviderSocket? _awaiting;

    /// <summary>Makes the provider of a world; without a resolver no host has a name.</summary>
    public WskProvider(
        Executive executive, ITransport transport, WskSettings? settings = null, INameResolver? names = null)
    {
        Executive = executive;
        Transport = transport;
        Names = names ?? new UnknownNames();
        Settings = settings ?? new WskSettings();
        _isReady = Settings.IsReadyAtStart;
        executive.Routines.Add(ProviderExports.All);
        executive.AddService(this);
        transport.UseMemory(executive.Heap);
        CancelRoutine = executive.Code.AddressOf(
            executive.Routines.Get(Libraries.Internal, nameof(Provider.CancelRoutine.WskpCancelRequest)));
        Requests = new RequestTable(this);
        Indications = new IndicationPool(executive);
        EventPumps = new EventPumps(executive);
        Sockets = new SocketTable(executive);
        SocketPool = new SocketPool(this);
        SecurityDescriptors = new SecurityDescriptorCache(executive);
        executive.AddLeftoverSource(CollectLeftovers);
        AddressLists = new AddressLists(executive);
        Security = new SecurityContexts();
        Tables = new DispatchTables(executive);
        TransportListChanges = new TransportListChanges();
        AddressListChanges = new AddressListChanges(this);
        MibTables = new MibTables(executive);
        MibNotifier = new MibNotifier(executive, transport);
        executive.AddLeftoverSource(MibTables.CollectLeftovers);
        executive.AddLeftoverSource(MibNotifier.CollectLeftovers);
        executive.AddEndingWatch(new EndingWatch(this));
        Extensions = new ExtensionTable(this);
        Nmr = new WskNmrModule(this);
        if (_isReady)
            Nmr.Register();
    }

    public Executive Executive { get; }

    public ITransport Transport { get; }

    /// <summary>The world's names.</summary>
    public INameResolver Names { get; }

    public WskSettings Settings { get; }

    /// <summary>What clients have promised to keep.</summary>
    internal KeptMemory Kept { get; } = new();

    /// <summary>The security contexts of processes and threads; a world fills them.</summary>
    public SecurityContexts Security { get; }

    /// <summary>Whether captures succeed now.</summary>
    public bool IsReady => _isReady;

    /// <summary>
    /// Makes what the providers of all worlds share, so that a thread with nothing to do can have done it
    /// before the first of them is made.
    /// </summary>
    public static void Prepare()
    {
        _ = ProviderExports.All;
        DispatchTables.Prepare();
    }

    /// <summary>The versions that the provider supports (OPEN-49).</summary>
    public static WSK_PROVIDER_CHARACTERISTICS Characteristics =>
        new() { HighestVersion = WskSettings.Version, LowestVersion = WskSettings.Version };

    /// <summary>IRPs that the provider holds and has not completed.</summary>
    public IReadOnlyList<nuint> PendingIrps => Requests.PendingIrps;

    /// <summary>Sockets that are open.</summary>
    public int OpenSockets => Sockets.Count;

    /// <summary>Address lists that clients have not freed.</summary>
    public int AddressListCount => AddressLists.Count;

    /// <summary>Whether enabled callbacks of a socket may still be called.</summary>
    public bool IsAwaitingEvents
    {
        get
        {
            // Mostly the one that did when somebody last asked still does.
            if (_awaiting is not { } known || Sockets.Find(known.Object) != known || !known.IsAwaitingEvents)
                _awaiting = Sockets.All.FirstOrDefault(s => s.IsAwaitingEvents);
            return _awaiting is not null;
        }
    }

    /// <summary>Captures that were not released, over all registrations.</summary>
    public int Captures => Clients.All.Sum(c => c.Captures);

    /// <summary>Registrations that have not ended.</summary>
    public int Registrations => Clients.All.Length;

    internal DispatchTables Tables { get; }

    internal ClientTable Clients { get; } = new();

    internal RequestTable Requests { get; }

    internal IndicationPool Indications { get; }

    internal EventPumps EventPumps { get; }

    internal SocketPool SocketPool { get; }

    internal SocketTable Sockets { get; }

    internal AddressTable TcpAddresses { get; } = new();

    internal AddressTable UdpAddresses { get; } = new();

    internal ShownAddresses ShownAddresses { get; } = new();

    internal SecurityDescriptorCache SecurityDescriptors { get; }

    internal AddressLists AddressLists { get; }

    internal TransportListChanges TransportListChanges { get; }

    internal WskNmrModule Nmr { get; }

    internal MibTables MibTables { get; }

    internal MibNotifier MibNotifier { get; }

    /// <summary>Code address of the provider's cancel routine.</summary>
    internal nuint CancelRoutine { get; }

    /// <summary>The provider of a world, for the generated entries.</summary>
    public static WskProvider From(Executive executive) => executive.GetService<WskProvider>();

    /// <summary>Whether a client of the version can be served.</summary>
    public static bool SupportsVersion(ushort version) => version == WskSettings.Version;

    /// <summary>The provider becomes ready: blocked captures go on, NMR clients are attached.</summary>
    public void MakeReady()
    {
        _isReady = true;
        foreach (var client in Clients.All)
            client.WakeCaptures();
        Nmr.Register();
    }

    /// <summary>
    /// The provider deregisters from the NMR: attached clients are asked to detach, no other is attached.
    /// </summary>
    public void Withdraw() => Nmr.Deregister();

    /// <summary>A transport was added or removed: completes the WSK_TRANSPORT_LIST_CHANGE requests.</summary>
    public void NotifyTransportListChange() => TransportListChanges.Notify();

    /// <summary>In words, for each registration that has not ended, what holds it.</summary>
    public IReadOnlyList<string> DescribeRegistrations() => [.. Clients.All.Select(c => c.DescribeHolders())];

    /// <summary>
    /// Ends the world's WSK: sockets that were left open are reset, without any completion.
    /// </summary>
    public void Dispose()
    {
        AddressListChanges.Unwatch();
        MibNotifier.Unwatch();
        foreach (var socket in Sockets.All)
            socket.Discard();
        Extensions.Dispose();
        Indications.Dispose();
        Tables.Dispose();
    }

    internal void EndTransportListChanges(ClientRegistration client) =>
        TransportListChanges.CancelAll(client);

    /// <summary>
    /// OPEN-17 and OPEN-57: whether a finished operation may complete before its call returns.
    /// </summary>
    internal bool MayCompleteInline() =>
        Settings.Completion == CompletionMode.Inline && t_inlineDepth < Settings.InlineDepthMax;

    /// <summary>A number that tells the inspect identifiers of one listener from all others'.</summary>
    internal uint NextInspectKey() => Interlocked.Increment(ref _lastInspectKey);

    internal void EnterInline() => t_inlineDepth++;

    internal void LeaveInline() => t_inlineDepth--;
}
