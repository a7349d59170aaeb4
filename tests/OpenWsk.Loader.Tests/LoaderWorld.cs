// One world with machine code and the test routines of TestRoutines.cs, over the host's threads.
// It knows nothing about single drivers; TestDrivers.cs builds those.
using OpenWsk.Host;
using OpenWsk.Ports;

namespace OpenWsk.Loader.Tests;

/// <summary>A world that can run driver files.</summary>
public sealed class LoaderWorld : IDisposable, IEventSink
{
    private readonly HostScheduler _scheduler;
    private readonly List<KernelEvent> _events = [];

    public LoaderWorld() : this(PoolMode.Default)
    {
    }

    public LoaderWorld(PoolMode poolMode, IGuardPages? guardPages = null)
    {
        var clock = new HostClock();
        _scheduler = new HostScheduler(clock);
        Executive = new Executive(
            new WorldPorts(clock, _scheduler, new HostEntropy())
            {
                PoolMode = poolMode,
                GuardPages = guardPages,
            },
            x => new NativeCode(x));
        Executive.Routines.Add(GeneratedRoutines.All);
        Executive.Routines.AddVariable(Libraries.Ntoskrnl, "TestVariable", () => Variable);
        Variable = Executive.Heap.Allocate(8);
        GuestMemory.Write(Variable, 22621u);
        Host = new DriverHost(Executive);
    }

    public Executive Executive { get; }

    public DriverHost Host { get; }

    /// <summary>Address of the exported variable TestVariable.</summary>
    public nuint Variable { get; }

    public NativeCode Native => (NativeCode)Executive.Code.Native!;

    public IReadOnlyList<KernelEvent> Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    /// <summary>Loads a test driver and calls its DriverEntry, which must succeed.</summary>
    public LoadedDriver Start(string name)
    {
        var driver = Host.Load(TestDrivers.PathOf(name));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return driver;
    }

    /// <summary>Calls the routine that a test driver has put into its DRIVER_OBJECT.</summary>
    public ulong Call(LoadedDriver driver, int major, params ulong[] arguments) =>
        Executive.Code.Call(driver.Object.Value.MajorFunction[major], arguments);

    public void OnEvent(in KernelEvent e)
    {
        lock (_events)
            _events.Add(e);
    }

    public void Dispose()
    {
        _scheduler.Dispose();
        Executive.Dispose();
    }
}
