// A world in which the committed sample drivers run over one arm's transport, with everything they print. The
// simulation runs them deterministically: the same seed gives the same lines at the same virtual times.
// It knows nothing about what a sample does; see SampleDriverTests.cs.
using OpenWsk.Host;
using OpenWsk.Net.Host;
using OpenWsk.Ports;
using OpenWsk.Provider;
using OpenWsk.Simulation;

namespace OpenWsk.Loader.Tests;

/// <summary>One provider and one driver host on one arm.</summary>
public sealed class SampleWorld : IEventSink, IDisposable
{
    private readonly List<string> _lines = [];
    private readonly string _awaited;
    private readonly ManagedEvent _wasPrinted;

    private SampleWorld(Executive executive, ITransport transport, INameResolver names, string awaited)
    {
        Executive = executive;
        Provider = new WskProvider(executive, transport, names: names);
        Host = new DriverHost(executive);
        _awaited = awaited;
        _wasPrinted = new ManagedEvent(executive);
        executive.AddSink(this);
    }

    public Executive Executive { get; }

    public WskProvider Provider { get; }

    public DriverHost Host { get; }

    /// <summary>What the driver printed, each line after the time of it in nanoseconds.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Everything that was printed, without times.</summary>
    public string Text => string.Concat(Lines.Select(line => line[(line.IndexOf(' ') + 1)..]));

    /// <summary>Runs a body on the simulated network; other hosts are the body's to add.</summary>
    public static void Simulate(string awaited, Action<SampleWorld, SimWorld> body)
    {
        using var sim = new SimWorld(seed: 1);
        sim.Run(() =>
        {
            var host = sim.Network.AddHost("driver", "10.0.0.1", "10.0.0.3", "fd00::1");
            using var executive =
                new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy), x => new NativeCode(x));
            using var world = new SampleWorld(executive, host.Transport, sim.Names, awaited);
            body(world, sim);
        });
    }

    /// <summary>Runs a body on the host's sockets.</summary>
    public static void OnHost(string awaited, Action<SampleWorld> body)
    {
        var clock = new HostClock();
        using var scheduler = new HostScheduler(clock);
        using var executive =
            new Executive(new WorldPorts(clock, scheduler, new HostEntropy()), x => new NativeCode(x));
        using var world = new SampleWorld(
            executive, new HostTransport(scheduler, clock), new HostResolver(scheduler), awaited);
        body(world);
    }

    /// <summary>Loads a sample that will connect to an address, and calls its entry.</summary>
    public LoadedDriver Start(string sample, EndpointAddress remote)
    {
        var driver = Host.Load(Repository.PathOf("samples", sample, sample + ".sys"));
        var parameters = RegistryService.ParametersPath(sample);
        Executive.Registry.SetString(parameters, "RemoteAddress", remote.ToIPEndPoint().Address.ToString());
        Executive.Registry.SetDword(parameters, "RemotePort", remote.Port);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return driver;
    }

    /// <summary>Loads a sample that will serve at a port of every address, and calls its entry.</summary>
    public LoadedDriver StartServer(string sample, int port, params (string Name, uint Value)[] numbers)
    {
        var driver = Host.Load(Repository.PathOf("samples", sample, sample + ".sys"));
        var parameters = RegistryService.ParametersPath(sample);
        Executive.Registry.SetDword(parameters, "LocalPort", (uint)port);
        foreach (var (name, value) in numbers)
            Executive.Registry.SetDword(parameters, name, value);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return driver;
    }

    /// <summary>Waits for the awaited print.</summary>
    public void WaitForPrint() => _wasPrinted.Wait();

    /// <summary>Waits for the awaited print, unloads the driver and checks what is left behind.</summary>
    public void Finish(LoadedDriver driver)
    {
        _wasPrinted.Wait();
        Assert.True(driver.CallUnload());
        Assert.True(driver.TryUnmap());
        Assert.DoesNotContain(driver.Missing, m => m.Calls != 0);
        Assert.Equal((0, 0, 0), (Provider.OpenSockets, Provider.Registrations, Provider.PendingIrps.Count));
    }

    public void Dispose()
    {
        _wasPrinted.Dispose();
        Provider.Dispose();
    }

    public void OnEvent(in KernelEvent e)
    {
        if (e.Kind != KernelEventKind.DebugPrint)
            return;
        lock (_lines)
            _lines.Add($"{e.TimeNs} {e.Text}");
        if (e.Text!.StartsWith(_awaited, StringComparison.Ordinal))
            _wasPrinted.Set();
    }
}
