// The world of a run: a DriverWorld over the operating system's sockets or over a simulated network, as tests
// have it too. It knows nothing about runs: see Running/. A machine that cannot run drivers is found here.
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Net.Uring;
using OpenWsk.Ports;
using OpenWsk.Provider;
using OpenWsk.Testing;
using OpenWsk.Verifier;

namespace OpenWsk.Cli.Worlds;

/// <summary>A world in which drivers run.</summary>
internal sealed class RunWorld : IDisposable
{
    private RunWorld(DriverWorld world) => World = world;

    /// <summary>The world itself, where devices can be opened.</summary>
    public DriverWorld World { get; }

    public Executive Executive => World.Executive;

    public WskProvider Provider => World.Provider;

    public DriverHost Drivers => World.Drivers;

    public FindingLog Findings => World.FindingLog;

    /// <summary>Makes a world; a machine that cannot run drivers is a failure with exit code 77.</summary>
    public static RunWorld Create(
        PoolMode poolMode = PoolMode.Default,
        IFileSystem? files = null,
        int processors = 1,
        NetChoice net = NetChoice.Auto) =>
        Create(() => DriverWorld.OnHost(poolMode, files, processors, net));

    /// <summary>Makes a simulated world, in which everything follows from the settings.</summary>
    /// <remarks>As <see cref="Create(PoolMode, IFileSystem?, int, NetChoice)"/>.</remarks>
    public static RunWorld Simulate(SimSettings settings, PoolMode poolMode, IFileSystem? files) =>
        Create(() => DriverWorld.Simulate(settings.Seed, settings.MakeStrategy(), poolMode, files));

    /// <summary>
    /// Runs a body on a thread of the world, as Windows calls DriverEntry on a system thread.
    /// </summary>
    /// <returns>Ends with the body; its exception is the task's.</returns>
    public Task<T> OnThread<T>(string name, Func<T> body) => World.OnThread(name, body);

    public void Dispose() => World.Dispose();

    private static RunWorld Create(Func<DriverWorld> make)
    {
        try
        {
            return new RunWorld(make());
        }
        catch (NotSupportedException e)
        {
            throw new FailureException(ExitCodes.CapabilityMissing, $"{e.Message}; see `openwsk doctor`");
        }
    }
}
