// The numbers that the program ends with, and what each means. Scripts depend on them: a number never changes
// its meaning. It does not decide which one applies: each verb does.
namespace OpenWsk.Cli;

/// <summary>Exit codes of openwsk.</summary>
internal static class ExitCodes
{
    public const int Clean = 0;
    public const int Findings = 1;
    public const int Usage = 2;
    public const int NotLoadable = 3;
    public const int Stopped = 4;
    public const int Hang = 5;
    public const int OurBug = 70;
    public const int CapabilityMissing = 77;
    public const int TimeLimit = 124;
    public const int Interrupted = 130;

    /// <summary>Every code with its meaning, in the order of `openwsk help exit-codes`.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Clean, "clean: the verb did what it was asked and found nothing to report"),
        (Findings,
            "findings: a rule was broken, something was left behind, or a connection or a request "
                + "failed"),
        (Usage, "usage: the command line is wrong; standard error has one line that says what to do"),
        (NotLoadable,
            "the driver is not loadable: bad image, missing imports (imports), or DriverEntry failed"),
        (Stopped, "the driver was stopped: a bug check, or a call of a routine that is not implemented"),
        (Hang, "hang: DriverUnload, or DriverEntry, did not come back"),
        (OurBug, "a bug of OpenWsk"),
        (CapabilityMissing, "a capability of this machine is missing; see `openwsk doctor`"),
        (TimeLimit, "time limit: the driver's work had not ended within --within"),
        (Interrupted, "interrupted: Ctrl-C twice"),
    ];
}
