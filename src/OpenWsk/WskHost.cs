// A world for C# code: a kernel and a WSK provider without any driver, over the operating system's sockets,
// or over whatever ports and transport a test brings. Managed clients call the same dispatch tables with the
// same IRPs as drivers do. It only composes. Next: Client/WskClient.cs.
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring;
using OpenWsk.Ports;
using OpenWsk.Provider;

namespace OpenWsk;

/// <summary>A place where WSK clients live.</summary>
/// <remarks>Dispose it after its clients; it ends with everything that it made.</remarks>
public sealed class WskHost : IAsyncDisposable
{
    private readonly IDisposable? _scheduler;
    private readonly bool _ownsWorld;
    private int _isDisposed;

    private WskHost(Executive executive, WskProvider provider, IDisposable? scheduler, bool ownsWorld)
    {
        _scheduler = scheduler;
        _ownsWorld = ownsWorld;
        Executive = executive;
        Provider = provider;
        Operations = new IrpPool(executive);
        Time = new WorldTime(executive.Clock, executive.Scheduler, Operations.Continuations);
    }

    /// <summary>The kernel of this world, for observers and tests.</summary>
    public Executive Executive { get; }

    /// <summary>The provider of this world.</summary>
    public WskProvider Provider { get; }

    /// <summary>
    /// The world's time: delays and timeouts that are made with it follow virtual time in a simulated world.
    /// </summary>
    public TimeProvider Time { get; }

    internal IrpPool Operations { get; }

    /// <summary>A world of its own over the operating system's sockets.</summary>
    /// <param name="settings">How the provider behaves.</param>
    /// <param name="processors">Number of threads that run completions and callbacks.</param>
    /// <param name="net">By which of the system's ways bytes move.</param>
    /// <param name="continuations">Where awaited calls continue.</param>
    /// <remarks>
    /// Without settings, calls that are over at once complete at once (CompletionMode.Inline): an await of
    /// them changes no thread. Errors: NotSupportedException when io_uring is asked for and does not work
    /// here.
    /// </remarks>
    public static WskHost Create(
        WskSettings? settings = null,
        int processors = 1,
        NetChoice net = NetChoice.Auto,
        WskContinuations continuations = WskContinuations.ThreadPool)
    {
        settings ??= new WskSettings { Completion = CompletionMode.Inline };
        var clock = new HostClock();
        var network = HostNetwork.Create(clock, processors, net);
        if (continuations == WskContinuations.ThreadPool)
            network.LeaveProcessorsToWorkers();
        var scheduler = network.Scheduler;
        var executive = new Executive(new WorldPorts(clock, scheduler, new HostEntropy()));
        var provider = new WskProvider(executive, network.Transport, settings, new HostResolver(scheduler));
        var host = new WskHost(executive, provider, scheduler, ownsWorld: true);
        host.Operations.Continuations.Place = continuations;
        return host;
    }

    /// <summary>
    /// A world of its own over given ports and transport; without a resolver no host has a name.
    /// </summary>
    /// <remarks>Owns: the ports, the transport and the resolver stay the caller's.</remarks>
    public static WskHost Create(
        WorldPorts ports, ITransport transport, WskSettings? settings = null, INameResolver? names = null)
    {
        var executive = new Executive(ports);
        var provider = new WskProvider(executive, transport, settings, names);
        return new WskHost(executive, provider, null, ownsWorld: true);
    }

    /// <summary>Managed clients beside whatever else lives in an existing world.</summary>
    /// <remarks>Owns: the world stays the caller's.</remarks>
    public static WskHost In(Executive executive) =>
        new(executive, executive.GetService<WskProvider>(), null, ownsWorld: false);

    /// <summary>Registers a client and captures the provider for it.</summary>
    /// <param name="readyTimeout">
    /// How long to wait for a provider that is not ready yet; null waits without limit, zero not at all.
    /// </param>
    /// <param name="staticEvents">
    /// Events that every socket of the client has enabled from its start
    /// (WSK_SET_STATIC_EVENT_CALLBACKS); they cannot be disabled.
    /// </param>
    /// <exception cref="WskException">
    /// STATUS_DEVICE_NOT_READY when the provider was not ready in time.
    /// </exception>
    public WskClient Register(TimeSpan? readyTimeout = null, WskEvents staticEvents = WskEvents.None)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        return WskClient.Register(this, readyTimeout, staticEvents);
    }

    /// <summary>
    /// Runs an async program on the calling thread: whatever WSK continues, continues there, until the
    /// program is over.
    /// </summary>
    /// <remarks>
    /// A simulated world is used like this, inside its own Run: the program is part of the world then, and of
    /// its repeatable order. It must not leave its thread: wait for time with <see cref="Time"/>, and await
    /// nothing that the thread pool completes. Errors: what the program throws;
    /// <see cref="InvalidOperationException"/> when one runs already.
    /// </remarks>
    public void Run(Func<Task> program) => Operations.Continuations.Run(Executive.Scheduler, program);

    /// <summary>Ends the world; clients and sockets that are still open end with it.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return ValueTask.CompletedTask;
        Operations.Dispose();
        if (_ownsWorld)
        {
            Provider.Dispose();
            _scheduler?.Dispose();
            Executive.Dispose();
        }
        return ValueTask.CompletedTask;
    }
}
