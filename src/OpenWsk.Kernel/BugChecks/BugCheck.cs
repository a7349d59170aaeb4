// A bug check as data: what Windows would have shown on its blue screen, and what a crash report is made of.
// It knows nothing about reports or about stopping: see Executive.BugCheck.cs.
namespace OpenWsk.Kernel;

/// <summary>One bug check: its code and the four parameters in the order of the Windows reference.</summary>
public sealed record BugCheck(
    uint Code, ulong Parameter1, ulong Parameter2, ulong Parameter3, ulong Parameter4)
{
    public BugCheck(BugCheckCode code, ulong first = 0, ulong second = 0, ulong third = 0, ulong fourth = 0)
        : this((uint)code, first, second, third, fourth)
    {
    }

    /// <summary>The Windows name, or "bug check" for a number of the driver's own.</summary>
    public string Name =>
        Enum.IsDefined((BugCheckCode)Code) ? ((BugCheckCode)Code).ToString() : "bug check";

    /// <summary>What happened, in one line without the name.</summary>
    public string Detail { get; init; } = "";

    /// <summary>
    /// Replaces the line of <see cref="ToString"/> where Windows has no such bug check; null elsewhere.
    /// </summary>
    public string? Line { get; init; }

    /// <summary>Where it happened; null when no guest code was running.</summary>
    public FaultSnapshot? Snapshot { get; init; }

    /// <summary>The line that names it: "NAME (0xCODE): detail".</summary>
    public override string ToString() => Line ?? $"{Name} (0x{Code:X}): {Detail}";
}
