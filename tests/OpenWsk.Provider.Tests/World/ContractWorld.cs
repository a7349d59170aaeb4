// The world of a contract test: an executive and a WSK provider over one arm's transport, with every breach
// collected. The same test body runs in it on the simulated network and on the host's sockets. It knows
// nothing about rules. Next: TestClient.cs (what a driver would do), IPeer.cs (the other end of a
// connection).
using System.Collections.Concurrent;
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Net.Host;
using OpenWsk.Net.Sim;
using OpenWsk.Net.Uring;
using OpenWsk.Ports;
using OpenWsk.Simulation;
using OpenWsk.TestSupport;

namespace OpenWsk.Provider.Tests;

/// <summary>One provider on one arm, for one test.</summary>
public sealed class ContractWorld : IEventSink
{
    private readonly ConcurrentQueue<(string Rule, string Detail)> _breaches = new();
    private readonly IPeerNetwork _peers;

    private ContractWorld(
        Executive executive, ITransport transport, IPeerNetwork peers, TestNames names,
        WskSettings? settings)
    {
        Executive = executive;
        executive.AddSink(this);
        Transport = transport;
        Names = names;
        Provider = new WskProvider(executive, transport, settings, names);
        _peers = peers;
    }

    public Executive Executive { get; }

    public WskProvider Provider { get; }

    public ITransport Transport { get; }

    /// <summary>The world's names: a table on every arm.</summary>
    public TestNames Names { get; }

    /// <summary>The simulated network; null on the other arms.</summary>
    public SimNetwork? Network { get; private init; }

    /// <summary>Rules that the client broke, in order.</summary>
    public IReadOnlyList<string> Breaches => [.. _breaches.Select(b => b.Rule)];

    /// <summary>Events that a test wants to look at; called on the thread where they happen.</summary>
    public Action<KernelEvent>? Watch { get; set; }

    /// <summary>
    /// Runs a test body on an arm and checks that nothing of ours is left behind. A simulated world has one
    /// processor, whatever is asked for.
    /// </summary>
    public static void Run(
        Arm arm,
        Action<ContractWorld> body,
        WskSettings? settings = null,
        Func<ITransport, Executive, ITransport>? wrap = null,
        int? processors = null)
    {
        if (arm == Arm.Sim)
            RunSim(body, settings, wrap);
        else
            RunHost(arm, processors ?? TestProcessors.Count, body, settings, wrap);
    }

    /// <summary>A loopback listener of the arm's that accepts connections.</summary>
    public IPeerListener Listen(ushort family = WskConstants.AF_INET) => _peers.Listen(family);

    /// <summary>A loopback address of the family where nobody listens.</summary>
    public EndpointAddress ClosedPort(ushort family = WskConstants.AF_INET) => _peers.ClosedPort(family);

    /// <summary>A loopback address of the family that is free, and stays so until the test uses it.</summary>
    public EndpointAddress FreePort(ushort family = WskConstants.AF_INET) => _peers.FreePort(family);

    /// <summary>
    /// A loopback or remote address of the family where a connection attempt stays pending.
    /// </summary>
    public EndpointAddress Silent(ushort family = WskConstants.AF_INET) => _peers.Silent(family);

    /// <summary>A peer that connects to an address of the provider's side.</summary>
    public IPeer Connect(EndpointAddress remote)
    {
        var peer = _peers.TryConnect(remote);
        Assert.NotNull(peer);
        return peer;
    }

    /// <summary>A peer that asks for a connection, which a listener may still judge.</summary>
    public IPeer BeginConnect(EndpointAddress remote) => _peers.BeginConnect(remote);

    /// <summary>Whether a connection to an address is refused.</summary>
    public bool IsRefused(EndpointAddress remote)
    {
        using var peer = _peers.TryConnect(remote);
        return peer is null;
    }

    /// <summary>
    /// Checks that an event has not happened: where time is virtual, that a second of it does not bring it
    /// either.
    /// </summary>
    public void StaysUnset(ManagedEvent e) =>
        Assert.False(Network is null ? e.IsSet : e.Wait(Executive.Clock.NowNs + 1_000_000_000));

    /// <summary>Calls the code at an address with raw arguments, as a driver calls a dispatch slot.</summary>
    public NTSTATUS Call(nuint code, params ReadOnlySpan<ulong> arguments) =>
        (NTSTATUS)(uint)Executive.Code.Call(code, arguments);

    /// <summary>Calls an exported routine by name.</summary>
    public NTSTATUS Call(string library, string name, params ReadOnlySpan<ulong> arguments) =>
        (NTSTATUS)(uint)Executive.Routines.Get(library, name).Invoke(Executive, arguments);

    /// <summary>Runs a body at an IRQL and checks that it returns at that level.</summary>
    public T AtIrql<T>(byte irql, Func<T> body)
    {
        var thread = Executive.CurrentThread;
        var old = thread.Irql;
        thread.Irql = irql;
        var result = body();
        Assert.Equal(irql, thread.Irql);
        thread.Irql = old;
        return result;
    }

    /// <summary>Starts a thread of the world; wait for the returned event.</summary>
    public ManagedEvent Start(Action body)
    {
        var ended = new ManagedEvent(Executive);
        Executive.Scheduler.StartThread("test thread", () =>
        {
            body();
            ended.Set();
            KernelThread.Detach(Executive);
        });
        return ended;
    }

    /// <summary>Calls WskDeregister in a thread of the world; returns once the call is under way.</summary>
    public ManagedEvent StartDeregister(TestClient client)
    {
        using var entered = new ManagedEvent(Executive);
        Watch = e =>
        {
            if (e.Kind == KernelEventKind.Call && e.Routine is Routine { Name: "WskDeregister" })
                entered.Set();
        };
        var ended = Start(client.Deregister);
        entered.Wait();
        Watch = null;
        return ended;
    }

    public void OnEvent(in KernelEvent e)
    {
        if (e.Kind == KernelEventKind.Breach)
            _breaches.Enqueue((e.Text!, e.Detail!));
        Watch?.Invoke(e);
    }

    private static void RunSim(
        Action<ContractWorld> body, WskSettings? settings, Func<ITransport, Executive, ITransport>? wrap)
    {
        using var sim = new SimWorld(seed: 1);
        sim.Run(() =>
        {
            var host = sim.Network.AddHost("client", "10.0.0.1", "fd00::1");
            using var executive = new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy));
            var transport = wrap?.Invoke(host.Transport, executive) ?? host.Transport;
            var names = new TestNames(sim.Names, sim.Names, sim.Scheduler);
            var world = new ContractWorld(
                executive, transport, new SimPeers(host, sim.Network), names, settings)
            {
                Network = sim.Network,
            };
            body(world);
            world.CheckEmpty();
        });
    }

    private static void RunHost(
        Arm arm,
        int processors,
        Action<ContractWorld> body,
        WskSettings? settings,
        Func<ITransport, Executive, ITransport>? wrap)
    {
        var clock = new HostClock();
        var network = HostNetwork.Create(
            clock, processors, arm == Arm.Uring ? NetChoice.Uring : NetChoice.Host);
        var scheduler = network.Scheduler;
        using var executive = new Executive(new WorldPorts(clock, scheduler, new HostEntropy()));

        // Ends before the executive: a ring's buffers are the executive's memory.
        using var dispatchers = scheduler;
        var transport = wrap?.Invoke(network.Transport, executive) ?? network.Transport;
        using var peers = new HostPeers();
        var names = new TestNames(new HostResolver(scheduler), new SimResolver(clock, scheduler), scheduler);
        var world = new ContractWorld(executive, transport, peers, names, settings);
        body(world);
        world.CheckEmpty();
    }

    // A test that leaves something behind has either forgotten to close or found a leak of ours.
    private void CheckEmpty()
    {
        Assert.Equal(0, Provider.OpenSockets);
        Assert.Empty(Provider.PendingIrps);
        Provider.Dispose();
    }
}
