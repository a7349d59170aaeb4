// What can become of a mutant, and of the process that ran it. It knows nothing about how that is found out.
// Next: FuzzRun.cs for mutants, Hunter.cs for processes.
namespace OpenWsk.Fuzz;

/// <summary>The end of one run.</summary>
internal enum Outcome
{
    /// <summary>The image was refused with an id.</summary>
    Refused,

    /// <summary>It ran to the end of DriverUnload, or has none.</summary>
    Unloaded,

    /// <summary>DriverEntry returned a failure.</summary>
    EntryFailed,

    /// <summary>A bug check stopped it.</summary>
    BugCheck,

    /// <summary>It was stopped otherwise: a missing import, a wild call out of the host.</summary>
    Stopped,

    /// <summary>Nothing in the closed world could ever run again.</summary>
    Deadlock,

    /// <summary>A routine of the kernel threw: a bug of ours.</summary>
    OurBug,

    /// <summary>Guest code went on without a call until the watchdog took it out.</summary>
    Endless,

    /// <summary>The worker process died; its black box is the report.</summary>
    Died,

    /// <summary>The worker process made no progress and was killed: a defect of ours.</summary>
    Hung,
}
