// One executive for one test: over a simulated world (deterministic, deadlocks are proven) or over the host's
// threads. There is no native code in it; callbacks are managed. It records the events. It knows nothing
// about single routines.
using OpenWsk.Host;
using OpenWsk.Ports;
using OpenWsk.Simulation;
using OpenWsk.TestSupport;

namespace OpenWsk.Kernel.Tests;

/// <summary>A world with a kernel and nothing else.</summary>
public sealed class KernelWorld : IDisposable, IEventSink
{
    private readonly SimWorld? _sim;
    private readonly HostScheduler? _host;
    private readonly List<KernelEvent> _events = [];

    private KernelWorld(SimWorld sim, PoolMode poolMode = PoolMode.Default, IGuardPages? guardPages = null)
    {
        _sim = sim;
        Executive = new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy)
        {
            PoolMode = poolMode,
            GuardPages = guardPages,
        });
    }

    private KernelWorld(HostScheduler host, HostClock clock)
    {
        _host = host;
        Executive = new Executive(new WorldPorts(clock, host, new HostEntropy()));
    }

    public Executive Executive { get; }

    /// <summary>The events so far, when <see cref="Observe"/> was called.</summary>
    public IReadOnlyList<KernelEvent> Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    /// <summary>Ids of the rules that were reported as broken.</summary>
    public IReadOnlyList<string> Breaches =>
        [.. Events.Where(e => e.Kind == KernelEventKind.Breach).Select(e => e.Text!)];

    public static KernelWorld OnSim(
        ulong seed = 1, IStrategy? strategy = null) => new(new SimWorld(seed, strategy));

    public static KernelWorld OnHost(int processors = 0)
    {
        var clock = new HostClock();
        var count = processors > 0 ? processors : TestProcessors.Count;
        return new KernelWorld(new HostScheduler(clock, count), clock);
    }

    /// <summary>Runs a test's body on a fresh simulated world, observed.</summary>
    public static void Simulate(Action<KernelWorld> body) => Simulate(PoolMode.Default, null, body);

    /// <summary>The same with guards around its blocks.</summary>
    public static void Simulate(PoolMode poolMode, IGuardPages? guardPages, Action<KernelWorld> body)
    {
        using var world = new KernelWorld(new SimWorld(1, null), poolMode, guardPages);
        world.Observe();
        world.Run(() => body(world));
    }

    public KernelWorld Observe()
    {
        Executive.AddSink(this);
        return this;
    }

    /// <summary>Runs the body as a thread of the world.</summary>
    public void Run(Action body)
    {
        if (_sim is not null)
            _sim.Run(body);
        else
            body();
    }

    /// <summary>Calls an export as a driver would.</summary>
    public ulong Call(string name, params ulong[] arguments) =>
        Executive.Routines.Get(Libraries.Ntoskrnl, name).Invoke(Executive, arguments);

    /// <summary>An address that guest structures can hold for a managed function.</summary>
    public nuint Callback(Func<ulong[], ulong> function) =>
        Executive.Code.Register(arguments => function(arguments.ToArray()));

    /// <summary>Zeroed guest memory, freed with the world.</summary>
    public nuint Memory(int lengthBytes) => Executive.Heap.Allocate(lengthBytes);

    public GuestPtr<T> New<T>() where T : unmanaged =>
        new(Executive.Heap.Allocate(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

    public void OnEvent(in KernelEvent e)
    {
        lock (_events)
            _events.Add(e);
    }

    public void Dispose()
    {
        _sim?.Dispose();
        _host?.Dispose();
        Executive.Dispose();
    }
}
