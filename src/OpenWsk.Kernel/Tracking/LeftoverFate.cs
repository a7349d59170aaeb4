// What Windows does with what a driver leaves behind when it is unloaded: most leaks last until the next
// boot, and whatever can call the driver's code again stops the machine. It knows nothing about who is left.
namespace OpenWsk.Kernel;

/// <summary>The consequences of leaving something behind.</summary>
public static class LeftoverFate
{
    private const string UntilBoot = "stays until the next boot";

    private const string CallsUnloaded =
        "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS (0xCE) when it runs in the unloaded driver";

    /// <summary>What becomes of a kind of thing; empty when that is not known.</summary>
    public static string Of(string kind) => kind switch
    {
        _ when kind.StartsWith("pool ", StringComparison.Ordinal) =>
            UntilBoot + "; Driver Verifier stops with DRIVER_VERIFIER_DETECTED_VIOLATION (0xC4, 0x62)",
        "IRP" or "MDL" => UntilBoot,
        "pending IRP" => "its completion routine is called after the unload: " + CallsUnloaded,
        "locked pages" => UntilBoot + "; for a process's pages DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS (0xCB)",
        "thread" or "armed timer" or "queued DPC" or "work item" or "running work item" => CallsUnloaded,
        "work item object" => UntilBoot + ", and so does the driver object that it refers to",
        "handle" => UntilBoot,
        "device" => UntilBoot + "; a request to it calls the unloaded driver: "
            + "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS (0xCE)",
        "symbolic link" => UntilBoot + "; the next load cannot make it (STATUS_OBJECT_NAME_COLLISION)",
        "lookaside list" => "the list of all lookaside lists leads into freed memory; Driver Verifier stops "
            + "with DRIVER_VERIFIER_DETECTED_VIOLATION (0xC4)",
        "resource" => "the list of all resources leads into freed memory; Driver Verifier stops with "
            + "DRIVER_VERIFIER_DETECTED_VIOLATION (0xC4, 0xD2)",
        "socket" => "WskDeregister waits for it, so a driver that leaves it has not deregistered; its event "
            + "callbacks call the unloaded driver",
        "provider capture" => "WskDeregister waits for it for ever",
        "registration" => "its callbacks call the unloaded driver",
        "NMR registration" => "its callbacks call the unloaded driver",
        _ => "",
    };
}
