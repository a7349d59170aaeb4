// The account of a run: what became of each driver, how the run ended, what was found and what was left
// behind; and the exit code that follows. It knows nothing about text or JSON: see RunText and RunDocument.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Loader;
using OpenWsk.Verifier;

namespace OpenWsk.Cli.Running;

/// <summary>How a run came to its end.</summary>
internal enum RunEnd
{
    /// <summary>No thread of a driver ran and no IRP of one was pending.</summary>
    WorkEnded,

    /// <summary>The time of --seconds was over.</summary>
    TimeOver,

    /// <summary>The time of --within was over and the work was not.</summary>
    TimeLimit,

    /// <summary>Nothing could happen any more in a simulated world.</summary>
    Standstill,

    /// <summary>Ctrl-C or SIGTERM.</summary>
    Interrupted,

    /// <summary>A DriverEntry failed.</summary>
    EntryFailed,

    /// <summary>A bug check, or a call of something that is not implemented.</summary>
    Stopped,
}

/// <summary>One driver of the run.</summary>
internal sealed record DriverReport(string Name)
{
    /// <summary>What DriverEntry returned; null when it never returned.</summary>
    public NTSTATUS? EntryStatus { get; set; }

    /// <summary>What became of it in the end, in a few words.</summary>
    public string Fate { get; set; } = "not started";

    /// <summary>Imports that nobody implements and that were called.</summary>
    public IReadOnlyList<MissingImport> MissingCalled { get; set; } = [];
}

/// <summary>The world of a simulated run.</summary>
/// <param name="Seed">What order and randomness followed from; null when threads ran in turns.</param>
/// <param name="Seconds">How much of its time has passed.</param>
internal sealed record SimulationReport(ulong? Seed, double Seconds);

/// <summary>A finished run.</summary>
internal sealed record RunReport
{
    public required IReadOnlyList<DriverReport> Drivers { get; init; }

    public RunEnd End { get; set; }

    /// <summary>Who waited for ever when the run ended by a standstill; null when it did not.</summary>
    public string? Standstill { get; set; }

    /// <summary>The simulation that the drivers ran in; null over the host's network.</summary>
    public SimulationReport? Simulation { get; set; }

    public string? StopReason { get; set; }

    /// <summary>Why DriverUnload or DriverEntry did not come back; null when it did.</summary>
    public string? Hang { get; set; }

    /// <summary>Where the threads were when it was clear that the run hangs.</summary>
    public IReadOnlyList<ThreadStack> HangingThreads { get; set; } = [];

    /// <summary>The account of a bug check; null when there was none.</summary>
    public CrashReport? Crash { get; set; }

    /// <summary>Where the minidump is; null when none was written.</summary>
    public string? Dump { get; set; }

    public IReadOnlyList<Finding> Findings { get; set; } = [];

    public IReadOnlyList<Leftover> LeftBehind { get; set; } = [];

    public string Prints { get; set; } = "";

    /// <summary>Whether the drivers' last print left standard output within a line.</summary>
    public bool IsLineOpen { get; set; }

    /// <summary>What the drivers answered to --ioctl, --read and --write.</summary>
    public IReadOnlyList<DeviceAnswer> Answers { get; set; } = [];

    /// <summary>The number that the process ends with.</summary>
    public int ExitCode =>
        StopReason is not null ? ExitCodes.Stopped
        : Hang is not null ? ExitCodes.Hang
        : End == RunEnd.EntryFailed ? ExitCodes.NotLoadable
        : End == RunEnd.TimeLimit ? ExitCodes.TimeLimit
        : Findings.Count != 0 || LeftBehind.Count != 0 || Answers.Any(a => a.Status.IsError())
            ? ExitCodes.Findings
        : ExitCodes.Clean;
}
