// The worker's side of supervision: where its black box is, which signal means Ctrl-C, and that it ends with
// its supervisor. It knows nothing about runs; the other side is Supervisor.cs.
using System.Globalization;
using OpenWsk.Capture;

namespace OpenWsk.Cli.Supervision;

/// <summary>What a process knows of its supervisor.</summary>
internal static class Worker
{
    /// <summary>Tells the worker where to keep its black box; set by the supervisor.</summary>
    public const string BlackBoxVariable = "OPENWSK_BLACKBOX";

    /// <summary>Tells the worker its supervisor's process id; set by the supervisor.</summary>
    public const string SupervisorVariable = "OPENWSK_SUPERVISOR";

    // SIGUSR1 and SIGKILL on Linux.
    public const int Interrupt = 10;
    private const int Kill = 9;

    /// <summary>The black box's path; null when there is no supervisor.</summary>
    public static string? BlackBoxPath { get; } = Environment.GetEnvironmentVariable(BlackBoxVariable);

    /// <summary>Whether this process is a worker.</summary>
    public static bool IsSupervised => BlackBoxPath is not null;

    /// <summary>Lets this process end when the supervisor does, however that ends.</summary>
    public static void FollowSupervisor()
    {
        if (!IsSupervised)
            return;
        Interop.SetParentDeathSignal(Kill);
        // A supervisor that ended before the line above sends nothing any more.
        var supervisor = Environment.GetEnvironmentVariable(SupervisorVariable);
        if (supervisor != Interop.ParentId.ToString(CultureInfo.InvariantCulture))
            Environment.Exit(ExitCodes.Interrupted);
    }

    /// <summary>The recorder of a run: into the black box, or into memory without a supervisor.</summary>
    /// <remarks>Errors: FailureException when the file cannot be made.</remarks>
    public static FlightRecorder OpenRecorder()
    {
        try
        {
            return new FlightRecorder(BlackBoxPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(
                ExitCodes.CapabilityMissing,
                $"the record of the last events cannot be kept: {e.Message}; set TMPDIR to a folder that "
                + $"can be written, or {Supervisor.SwitchVariable}=0 to go without");
        }
    }
}
