// What a run is asked for, as the verb has read it from the command line. It knows nothing about how it is
// done.
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Net.Uring;
using OpenWsk.Ports;

namespace OpenWsk.Cli.Running;

/// <summary>A run.</summary>
internal sealed record RunRequest
{
    public required IReadOnlyList<DriverImage> Images { get; init; }

    public IReadOnlyList<ParameterValue> Parameters { get; init; } = [];

    public IReadOnlyList<StubAnswer> Stubs { get; init; } = [];

    /// <summary>The drivers' files; null for files in memory.</summary>
    public IFileSystem? Files { get; init; }

    /// <summary>What an application asks of the drivers' devices, in order.</summary>
    public IReadOnlyList<DeviceRequest> Requests { get; init; } = [];

    /// <summary>Called with each answer as it comes.</summary>
    public Action<DeviceAnswer>? OnAnswer { get; init; }

    /// <summary>After this the drivers are unloaded; that is a normal end.</summary>
    public TimeSpan? Length { get; init; }

    /// <summary>
    /// The work has to have ended by then; otherwise the drivers are unloaded and the exit code is 124.
    /// </summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Go on when nothing is under way: an event callback may still come.</summary>
    public bool IsStaying { get; init; }

    /// <summary>How the drivers' memory is guarded.</summary>
    public PoolMode PoolMode { get; init; }

    /// <summary>Number of processors of the world.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>By which of the system's ways bytes move.</summary>
    public NetChoice Net { get; init; }

    /// <summary>The simulated world in place of the system's network and time; null for these.</summary>
    public SimSettings? Simulation { get; init; }

    /// <summary>The event providers that are listened to.</summary>
    public IReadOnlyList<EtwEnabling> Etw { get; init; } = [];

    /// <summary>An unload that takes longer hangs.</summary>
    public TimeSpan HangAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Makes the trace for a world's names of code addresses; null for none.</summary>
    public Func<Func<nuint, string?>, IEventSink>? MakeTrace { get; init; }

    /// <summary>Folders with PDB files, beside those that the drivers lie in.</summary>
    public IReadOnlyList<string> SymbolFolders { get; init; } = [];

    /// <summary>Where prints go as they come; null keeps them for the report.</summary>
    public Stream? Prints { get; init; }
}
