// What this build exports to drivers: the routines and variables of a world that runs nothing, for `compat`
// and `imports`. It knows nothing about addresses: a world with drivers binds these when one is loaded.
using OpenWsk.Host;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Net.Host;
using OpenWsk.Provider;

namespace OpenWsk.Cli.Worlds;

/// <summary>The exports of the kernel and the provider.</summary>
internal sealed class Exports : IDisposable
{
    private readonly HostScheduler _scheduler;
    private readonly Executive _executive;
    private readonly WskProvider _provider;

    private Exports()
    {
        var clock = new HostClock();
        _scheduler = new HostScheduler(clock);
        _executive = new Executive(new WorldPorts(clock, _scheduler, new HostEntropy()));
        LoaderExports.AddTo(_executive.Routines);
        _provider = new WskProvider(
            _executive, new HostTransport(_scheduler, clock), names: new HostResolver(_scheduler));
    }

    /// <summary>Everything that a driver can import, and the members of the dispatch tables.</summary>
    public RoutineTable Table => _executive.Routines;

    public static Exports Open() => new();

    public void Dispose()
    {
        _provider.Dispose();
        _executive.Dispose();
        _scheduler.Dispose();
    }
}
