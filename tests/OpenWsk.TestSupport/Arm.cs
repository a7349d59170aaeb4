// The transports that one contract test runs on, and whether each is there on this machine.
// It does not make worlds: a test project turns an Arm into one.
using OpenWsk.Net.Uring;

namespace OpenWsk.TestSupport;

/// <summary>A transport that the same test runs on.</summary>
public enum Arm
{
    /// <summary>The simulated network with its virtual clock.</summary>
    Sim,

    /// <summary>The operating system's sockets.</summary>
    Host,

    /// <summary>io_uring, on Linux.</summary>
    Uring,
}

/// <summary>Which arms exist here.</summary>
public static class Arms
{
    /// <summary>Every arm that is built, whether or not this machine can run it.</summary>
    public static IReadOnlyList<Arm> Built { get; } = [Arm.Sim, Arm.Host, Arm.Uring];

    /// <summary>Why an arm cannot run here, or null when it can.</summary>
    public static string? WhyMissing(Arm arm) => arm == Arm.Uring && !UringFeatures.Current.IsUsable
        ? $"arm {arm}: {UringFeatures.Current.Refusal}"
        : null;
}
