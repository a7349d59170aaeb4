// [CapabilityFact("nginx", "curl")] and [CapabilityTheory("netns")]: tests that are skipped with a reason
// where the machine lacks what they need. The names are those of Capability, or a program's.
using Xunit;

namespace OpenWsk.TestSupport;

/// <summary>A fact that needs something of the machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CapabilityFactAttribute : FactAttribute
{
    /// <summary>Asks the machine; a missing capability skips the test.</summary>
    public CapabilityFactAttribute(params string[] needs)
    {
        Needs = needs;
        Skip = Capability.WhyMissing(needs);
    }

    /// <summary>What the test needs.</summary>
    public IReadOnlyList<string> Needs { get; }
}

/// <summary>A theory that needs something of the machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CapabilityTheoryAttribute : TheoryAttribute
{
    /// <summary>Asks the machine; a missing capability skips the test.</summary>
    public CapabilityTheoryAttribute(params string[] needs)
    {
        Needs = needs;
        Skip = Capability.WhyMissing(needs);
    }

    /// <summary>What the test needs.</summary>
    public IReadOnlyList<string> Needs { get; }
}
