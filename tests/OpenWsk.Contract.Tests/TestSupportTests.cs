// The attributes that other test projects rely on do what they say: arms multiply tests, missing things skip them.
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Contract.Tests;

public sealed class TestSupportTests
{
    private static int _runs;

    [ArmTheory]
    public void An_arm_theory_runs_on_every_built_arm(Arm arm) => Assert.Contains(arm, Arms.Built);

    [ArmTheory(Arm.Sim)]
    [InlineData(4)]
    [InlineData(6)]
    public void Data_rows_multiply_with_the_arms(Arm arm, int family)
    {
        Assert.Equal(Arm.Sim, arm);
        Assert.True(family is 4 or 6);
        Assert.True(Interlocked.Increment(ref _runs) <= 2);
    }

    [ArmTheory(Arm.Uring)]
    public void A_missing_arm_is_skipped(Arm arm) => Assert.Fail($"{arm} is not built; this must not run.");

    [CapabilityFact("a-program-that-nobody-has")]
    public void A_missing_program_skips_the_test() => Assert.Fail("This must not run.");

    [Fact]
    public void A_capability_names_what_is_missing()
    {
        Assert.Null(Capability.WhyMissing("sh"));
        Assert.Equal("needs no-such-thing, which is not installed", Capability.WhyMissing("sh", "no-such-thing"));
    }
}
