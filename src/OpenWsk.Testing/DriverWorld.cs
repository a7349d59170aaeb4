// A world in which drivers run: a kernel with machine code, the WSK provider, a network. It is put together
// here, by hand, over the host's sockets or over a simulated network that follows from a seed, where time
// stands still between two calls. It knows nothing about how a test talks to a driver: see TestDriver.cs and
// DriverDevice.cs. Parts: DriverWorld.Machines.cs.
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring;
using OpenWsk.Ports;
using OpenWsk.Provider;
using OpenWsk.Simulation;
using OpenWsk.Verifier;

namespace OpenWsk.Testing;

/// <summary>One machine with drivers.</summary>
/// <remarks>Dispose it last; it unloads what is still loaded.</remarks>
public sealed partial class DriverWorld : IDisposable
{
    private readonly PrintLog _prints = new();
    private readonly List<TestDriver> _drivers = [];
    private readonly HostScheduler? _host;
    private readonly List<DriverWorld> _machines;
    private bool _isDisposed;

    private DriverWorld(
        WorldPorts ports, ITransport transport, INameResolver names, HostScheduler? host,
        SimWorld? simulation, List<DriverWorld>? machines)
    {
        _host = host;
        Simulation = simulation;
        _machines = machines ?? [];
        Executive = new Executive(ports, executive => new NativeCode(executive));
        Provider = new WskProvider(Executive, transport, names: names);
        Drivers = new DriverHost(Executive);
        Executive.AddSink(FindingLog);
        Executive.AddSink(_prints);
        _machines.Add(this);
    }

    /// <summary>The kernel of this machine, for observers and tests.</summary>
    public Executive Executive { get; }

    /// <summary>The WSK provider of this machine.</summary>
    public WskProvider Provider { get; }

    /// <summary>Loads driver files without calling them.</summary>
    public DriverHost Drivers { get; }

    /// <summary>The simulated world that the machine is in; null over the host's sockets.</summary>
    public SimWorld? Simulation { get; }

    /// <summary>What the drivers did that they must not do.</summary>
    public IReadOnlyList<Finding> Findings => FindingLog.Findings;

    /// <summary>The observer that keeps the findings.</summary>
    public FindingLog FindingLog { get; } = new();

    /// <summary>Everything that the drivers printed.</summary>
    public string Printed => _prints.Text;

    /// <summary>Why the drivers were stopped; null while they may run.</summary>
    public string? StopReason => Executive.StopReason;

    /// <summary>What the drivers have left behind so far.</summary>
    public IReadOnlyList<Leftover> Leftovers
    {
        get
        {
            var left = Executive.CollectLeftovers().ToList();
            Add(left, "socket", Provider.OpenSockets, "");
            Add(left, "provider capture", Provider.Captures, "");
            Add(left, "registration", Provider.Registrations,
                string.Join("; ", Provider.DescribeRegistrations().Select(holders => $"held by {holders}")));
            return left;
        }
    }

    /// <summary>
    /// A world over the operating system's sockets and in its time; its files are in memory unless given.
    /// </summary>
    /// <param name="poolMode">How the drivers' memory is guarded.</param>
    /// <param name="files">The drivers' files.</param>
    /// <param name="processors">Number of processors: of threads that run DPCs and completions.</param>
    /// <param name="net">By which of the system's ways bytes move.</param>
    /// <remarks>
    /// Errors: PlatformNotSupportedException anywhere but on Linux x64; NotSupportedException when io_uring
    /// is asked for and does not work here.
    /// </remarks>
    public static DriverWorld OnHost(
        PoolMode poolMode = PoolMode.Default,
        IFileSystem? files = null,
        int processors = 1,
        NetChoice net = NetChoice.Auto)
    {
        var clock = new HostClock();
        var network = HostNetwork.Create(clock, processors, net);
        var ports = new WorldPorts(clock, network.Scheduler, new HostEntropy())
        {
            PoolMode = poolMode,
            FileSystem = files,
        };
        return new DriverWorld(
            ports, network.Transport, new HostResolver(network.Scheduler), network.Scheduler, null, null);
    }

    /// <summary>
    /// Loads a driver under its file's name, sets values of its Parameters key and calls DriverEntry.
    /// </summary>
    /// <remarks>
    /// Errors: <see cref="DriverEntryException"/> when DriverEntry fails; ImageFormatException;
    /// GuestStoppedException when the driver is stopped.
    /// </remarks>
    public TestDriver Load(string path, params (string Name, object Value)[] parameters)
    {
        var loaded = Drivers.Load(path);
        foreach (var (name, value) in parameters)
            SetParameter(loaded, name, value);
        var driver = new TestDriver(this, loaded);
        var status = Run(loaded.CallEntry);
        if (!status.IsSuccess())
        {
            Run(loaded.Dispose);
            throw new DriverEntryException(loaded.Image.Name, status);
        }
        _drivers.Add(driver);
        return driver;
    }

    /// <summary>Opens a device of any driver, as CreateFile does.</summary>
    /// <param name="path">Such as \\.\Name.</param>
    /// <param name="access">Generic or FILE_* rights; reading and writing by default.</param>
    /// <param name="processId">The process that the driver takes the opener for.</param>
    /// <param name="token">Whom the process runs as; an administrator by default.</param>
    /// <remarks>Errors: <see cref="DeviceException"/> with the status of the driver or the kernel.</remarks>
    public DriverDevice Open(
        string path, uint access = DriverDevice.ReadWrite, uint processId = DriverDevice.DefaultProcessId,
        AccessToken? token = null) =>
        DriverDevice.Open(this, path, access, processId, token ?? AccessToken.Administrator);

    /// <summary>Runs a body on a thread of the world; other threads of a simulation run meanwhile.</summary>
    /// <remarks>Errors: what the body throws; DeadlockException of a simulation.</remarks>
    public T Run<T>(Func<T> body)
    {
        if (WorldThread.IsInside(this))
            return body();
        return Simulation is { } simulation
            ? simulation.Run(() => WorldThread.Enter(this, body))
            : WorldThread.Enter(this, body);
    }

    /// <summary>Runs a body on a thread of the world.</summary>
    public void Run(Action body) => Run(() =>
    {
        body();
        return true;
    });

    /// <summary>Lets time of the world pass; in a simulation everything else runs meanwhile.</summary>
    public void Wait(TimeSpan time) => Run(() =>
        Executive.Waits.Delay(Executive.Clock.NowNs + (long)time.TotalNanoseconds));

    /// <summary>
    /// Runs a body on a new thread of the world, as Windows calls DriverEntry on a system thread; in a
    /// simulation it runs when the world goes on.
    /// </summary>
    /// <returns>Ends with the body; its exception is the task's.</returns>
    public Task<T> OnThread<T>(string name, Func<T> body)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Executive.Scheduler.StartThread(name, () =>
        {
            try
            {
                Executive.CurrentThread.Name = name;
                var value = WorldThread.Enter(this, body);
                KernelThread.Detach(Executive);
                result.SetResult(value);
            }
            catch (Exception e)
            {
                KernelThread.Detach(Executive);
                result.SetException(e);
            }
        });
        return result.Task;
    }

    /// <summary>Unloads what is loaded, newest first, and ends the world with all its machines.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        foreach (var machine in _machines)
            machine._isDisposed = true;
        try
        {
            if (Simulation is not { HasEnded: true })
                Run(EndAll);
        }
        finally
        {
            Simulation?.Dispose();
            _host?.Dispose();
            foreach (var machine in _machines)
                machine.Executive.Dispose();
        }
    }

    internal void Forget(TestDriver driver) => _drivers.Remove(driver);

    private void EndAll()
    {
        foreach (var machine in _machines)
        {
            machine.Run(() =>
            {
                foreach (var driver in Enumerable.Reverse(machine._drivers).ToList())
                    driver.Dispose();
                machine.Provider.Dispose();
            });
        }
    }

    private void SetParameter(LoadedDriver driver, string name, object value)
    {
        var path = $@"{driver.RegistryPath}\Parameters";
        if (value is string text)
            Executive.Registry.SetString(path, name, text);
        else
            Executive.Registry.SetDword(path, name, Convert.ToUInt32(value));
    }

    // A part that reports to the kernel itself is not counted twice.
    private static void Add(List<Leftover> left, string kind, int count, string detail)
    {
        if (count != 0 && left.All(leftover => leftover.Kind != kind))
            left.Add(new Leftover(kind, count, 0, detail));
    }
}
