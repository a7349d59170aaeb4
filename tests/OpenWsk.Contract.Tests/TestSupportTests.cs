// The attributes that other test projects rely on do what they say: arms multiply tests, missing things skip
// them.
using OpenWsk.TestSupport;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

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

    [Fact]
    public void A_missing_arm_is_skipped_with_the_reason()
    {
        var cases = Discover(new ArmTheoryAttribute(Arm.Sim, Arm.Uring)).ToList();
        Assert.Equal([null, Arms.WhyMissing(Arm.Uring)], cases.Select(test => test.SkipReason));
    }

    [Fact]
    public void A_missing_program_skips_the_test_on_every_arm()
    {
        const string reason = "needs no-such-thing, which is not installed";
        Assert.Equal(reason, new CapabilityFactAttribute("no-such-thing").Skip);
        Assert.Equal(reason, new CapabilityTheoryAttribute("no-such-thing").Skip);
        var cases = Discover(new ArmTheoryAttribute { Needs = "sh, no-such-thing" }).ToList();
        Assert.Equal(Arms.Built.Count, cases.Count);
        Assert.All(cases, test => Assert.Equal(reason, test.SkipReason));
    }

    [Fact]
    public void A_capability_names_what_is_missing()
    {
        Assert.Null(Capability.WhyMissing("sh"));
        Assert.Equal(
            "needs no-such-thing, which is not installed", Capability.WhyMissing("sh", "no-such-thing"));
    }

    private static IEnumerable<IXunitTestCase> Discover(ArmTheoryAttribute theory)
    {
        var type = typeof(TestSupportTests);
        var assembly = new TestAssembly(Reflector.Wrap(type.Assembly));
        var testClass = new TestClass(new TestCollection(assembly, null, "none"), Reflector.Wrap(type));
        var method = type.GetMethod(nameof(An_arm_theory_runs_on_every_built_arm))!;
        return new ArmTheoryDiscoverer(new NullMessageSink()).Discover(
            new NoOptions(),
            new TestMethod(testClass, Reflector.Wrap(method)),
            new Wrapped(theory));
    }

    /// <summary>Shows an attribute to the discoverer, which reads properties by name.</summary>
    private sealed class Wrapped(Attribute attribute) : LongLivedMarshalByRefObject, IReflectionAttributeInfo
    {
        public Attribute Attribute => attribute;

        public IEnumerable<object> GetConstructorArguments() => [];

        public IEnumerable<IAttributeInfo> GetCustomAttributes(string assemblyQualifiedAttributeTypeName) =>
            [];

        public TValue GetNamedArgument<TValue>(string argumentName) =>
            (TValue)attribute.GetType().GetProperty(argumentName)!.GetValue(attribute)!;
    }

    /// <summary>Every option at its default.</summary>
    private sealed class NoOptions : LongLivedMarshalByRefObject, ITestFrameworkDiscoveryOptions
    {
        public TValue GetValue<TValue>(string name) => default!;

        public void SetValue<TValue>(string name, TValue value)
        {
        }
    }
}
