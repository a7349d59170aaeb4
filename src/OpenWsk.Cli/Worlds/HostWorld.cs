// The composition root: the one place where a world for driver binaries is put together, by hand, over the
// operating system's sockets. Everything else takes its parts from here. It knows nothing about runs: see
// Running/.
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Net.Host;
using OpenWsk.Provider;
using OpenWsk.Verifier;

namespace OpenWsk.Cli.Worlds;

/// <summary>A world in which drivers run.</summary>
internal sealed class HostWorld : IDisposable
{
    private readonly HostScheduler _scheduler;

    private HostWorld(PoolMode poolMode)
    {
        var clock = new HostClock();
        _scheduler = new HostScheduler(clock);
        Executive = new Executive(
            new WorldPorts(clock, _scheduler, new HostEntropy()) { PoolMode = poolMode },
            executive => new NativeCode(executive));
        Provider = new WskProvider(
            Executive, new HostTransport(_scheduler, clock), names: new HostResolver(_scheduler));
        Drivers = new DriverHost(Executive);
        Findings = new FindingLog();
        Executive.AddSink(Findings);
    }

    public Executive Executive { get; }

    public WskProvider Provider { get; }

    public DriverHost Drivers { get; }

    public FindingLog Findings { get; }

    /// <summary>Makes a world; a machine that cannot run drivers is a failure with exit code 77.</summary>
    public static HostWorld Create(PoolMode poolMode = PoolMode.Default)
    {
        try
        {
            return new HostWorld(poolMode);
        }
        catch (PlatformNotSupportedException e)
        {
            throw new FailureException(ExitCodes.CapabilityMissing, $"{e.Message}; see `openwsk doctor`");
        }
    }

    /// <summary>
    /// Runs a body on a thread of the world, as Windows calls DriverEntry on a system thread.
    /// </summary>
    /// <returns>Ends with the body; its exception is the task's.</returns>
    public Task<T> OnThread<T>(string name, Func<T> body)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _scheduler.StartThread(name, () =>
        {
            try
            {
                Executive.CurrentThread.Name = name;
                var value = body();
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

    public void Dispose()
    {
        Provider.Dispose();
        _scheduler.Dispose();
        Executive.Dispose();
    }
}
