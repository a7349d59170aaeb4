// A world without observers in which bench.sys is loaded: what a driver runs in when nobody traces.
// It knows nothing about measuring; see HostingBench.cs.
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Loader;

namespace OpenWsk.Bench.Hosting;

/// <summary>One world with the driver in it.</summary>
internal sealed class BenchWorld : IDisposable
{
    private readonly HostScheduler _scheduler;
    private readonly LoadedDriver _driver;

    public BenchWorld(string driverPath, PoolMode poolMode = PoolMode.Default)
    {
        var clock = new HostClock();
        _scheduler = new HostScheduler(clock);
        var ports = new WorldPorts(clock, _scheduler, new HostEntropy()) { PoolMode = poolMode };
        Executive = new Executive(ports, x => new NativeCode(x));
        Executive.Routines.Add(GeneratedRoutines.All);
        Drivers = new DriverHost(Executive);
        _driver = Drivers.Load(driverPath);
        if (_driver.CallEntry() != NTSTATUS.STATUS_SUCCESS)
            throw new InvalidOperationException($"{driverPath} did not start");
    }

    public Executive Executive { get; }

    public DriverHost Drivers { get; }

    /// <summary>Address of one of the driver's routines, by its place in bench.c.</summary>
    public nuint Routine(int index) => _driver.Object.Value.MajorFunction[index];

    public void Dispose()
    {
        _driver.Dispose();
        _scheduler.Dispose();
        Executive.Dispose();
    }
}
