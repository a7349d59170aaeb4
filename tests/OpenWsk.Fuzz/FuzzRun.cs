// One mutant in one simulated world: loaded, entered, talked to over the simulated network, unloaded. The
// world is closed, so that whatever the mutant does to the network stays in it, and follows from the seed. It
// knows nothing about processes; see Worker.cs.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Net.Sim;
using OpenWsk.Net.Sim.Peers;
using OpenWsk.Ports;
using OpenWsk.Provider;
using OpenWsk.Simulation;

namespace OpenWsk.Fuzz;

/// <summary>Runs a mutant.</summary>
/// <param name="mutant">What to run.</param>
/// <param name="seed">The world's seed.</param>
/// <param name="sinks">Who listens to its events.</param>
internal sealed class FuzzRun(Mutant mutant, ulong seed, params IEventSink[] sinks) : IEventSink
{
    private const int Port = 7;
    private const string DriverAddress = "10.0.0.1";
    private const string PeerAddress = "10.0.0.2";

    // Virtual time for what a driver does by itself; the samples are done long before.
    private const long ServeNs = 2_000_000_000;

    // Real time in which a thread in guest code answers a kick.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);
    private volatile NativeCode? _native;
    private Executive? _executive;
    private volatile bool _isEndless;
    private bool _isStopping;
    private Outcome _outcome = Outcome.Unloaded;

    /// <summary>What became of it, in words.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>What records the world for its autopsy; null for none.</summary>
    public FlightRecorder? Recorder { get; init; }

    /// <summary>Runs it to its end.</summary>
    public Outcome Run()
    {
        DriverImage image;
        try
        {
            image = DriverImage.Read(mutant.File, mutant.Name + ".sys");
        }
        catch (ImageFormatException e)
        {
            Detail = e.Message;
            return Outcome.Refused;
        }
        using var sim = new SimWorld(seed);
        try
        {
            sim.Run(() => RunIn(sim, image));
        }
        catch (DeadlockException e)
        {
            Detail = e.Message;
            return _isEndless ? Outcome.Endless : Outcome.Deadlock;
        }
        return _outcome;
    }

    /// <summary>
    /// Takes the guest out of its code, from another thread: it has made no call for too long.
    /// </summary>
    public void Stop()
    {
        if (_native is not { } native)
            return;
        _isEndless = true;
        native.Interrupt(s_patience);
    }

    /// <summary>
    /// Stops a guest that goes on calling, on its own thread, as only that may in this world.
    /// </summary>
    public void OnEvent(in KernelEvent e)
    {
        if (_isEndless && _executive is { StopReason: null } executive && !_isStopping)
        {
            _isStopping = true;
            executive.RequestStop("it went on calling without waiting");
        }
    }

    private void RunIn(SimWorld sim, DriverImage image)
    {
        var host = sim.Network.AddHost("driver", DriverAddress, "fd00::1");
        var peer = sim.Network.AddHost("peer", PeerAddress, "fd00::2");
        sim.Names.Add("localhost", DriverAddress);
        using var executive =
            new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy), x => new NativeCode(x));
        using var provider = new WskProvider(executive, host.Transport, names: sim.Names);
        Recorder?.Attach(executive);
        foreach (var sink in sinks)
            executive.AddSink(sink);
        executive.AddSink(this);
        _executive = executive;
        _native = (NativeCode)executive.Code.Native!;
        peer.StartEchoServer($"{PeerAddress}:{Port}");
        peer.StartDatagramEchoServer($"{PeerAddress}:{Port}");
        Drive(sim, executive, image, peer);
        _native = null;
    }

    private void Drive(SimWorld sim, Executive executive, DriverImage image, SimHost peer)
    {
        LoadedDriver driver;
        try
        {
            driver = new DriverHost(executive).Load(image);
        }
        catch (ImageFormatException e)
        {
            (_outcome, Detail) = (Outcome.Refused, e.Message);
            return;
        }
        Recorder?.AddDriver(image.Name, driver.ImageStart, image.SizeBytes);
        SetParameters(executive, driver.ServiceName);
        var isEntered = Guest(() => driver.CallEntry().IsSuccess(), Outcome.EntryFailed);
        if (isEntered && executive.StopReason is null)
        {
            sim.Scheduler.StartThread("peer", () => Talk(peer));
            sim.Scheduler.CurrentParker.Park(sim.Clock.NowNs + ServeNs);
        }
        if (isEntered && executive.StopReason is null)
            Guest(() => driver.CallUnload(), Outcome.Unloaded);
        if (executive.StopReason is { } reason)
        {
            Detail = executive.LastBugCheck?.ToString() ?? reason;
            _outcome = executive.LastBugCheck is not null ? Outcome.BugCheck
                : _isStopping ? Outcome.Endless
                : Outcome.Stopped;
        }
        else if (_isEndless)
        {
            _outcome = Outcome.Endless;
        }
        driver.TryUnmap();
    }

    private bool Guest(Func<bool> call, Outcome otherwise)
    {
        try
        {
            if (call())
                return true;
        }
        catch (GuestUnwindException e)
        {
            Detail = e.Message;
        }
        _outcome = otherwise;
        return false;
    }

    private static void SetParameters(Executive executive, string service)
    {
        var parameters = RegistryService.ParametersPath(service);
        executive.Registry.SetString(parameters, "RemoteAddress", PeerAddress);
        executive.Registry.SetDword(parameters, "RemotePort", Port);
        executive.Registry.SetDword(parameters, "LocalPort", Port);
    }

    // A client that a server of the corpus answers; one that does not serve refuses it.
    private static void Talk(SimHost peer)
    {
        var buffer = new byte[4000];
        try
        {
            using var datagrams = new Closing(peer.OpenDatagram($"{PeerAddress}:0"));
            datagrams.Peer.Send($"{DriverAddress}:{Port}", "hello"u8);
            var connection = peer.Connect(EndpointAddress.From(IPEndPoint.Parse($"{DriverAddress}:{Port}")));
            connection.Send(buffer);
            connection.ShutdownSend();
            while (connection.Receive(buffer) != 0)
            {
            }
            connection.Close();
        }
        catch (SimConnectionException)
        {
            // Nobody serves there, or the mutant broke the connection: both are its right.
        }
    }

    private readonly struct Closing(SimDatagramPeer peer) : IDisposable
    {
        public SimDatagramPeer Peer { get; } = peer;

        public void Dispose() => Peer.Close();
    }
}
