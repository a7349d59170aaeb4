// Makes the test cases of [ArmTheory]: arms times data rows, each a case of its own in the results.
// It knows xunit 2's discovery and nothing of the tests.
using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace OpenWsk.TestSupport;

/// <summary>Found by xunit through <see cref="ArmTheoryAttribute"/>.</summary>
public sealed class ArmTheoryDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        var display = discoveryOptions.MethodDisplayOrDefault();
        var displayOptions = discoveryOptions.MethodDisplayOptionsOrDefault();
        var arms = factAttribute.GetNamedArgument<IReadOnlyList<Arm>>(nameof(ArmTheoryAttribute.On));
        var needs = factAttribute.GetNamedArgument<string>(nameof(ArmTheoryAttribute.Needs));
        var missing = Capability.WhyMissing(needs.Split(',', StringSplitOptions.RemoveEmptyEntries));
        foreach (var arm in arms)
        {
            var skip = factAttribute.GetNamedArgument<string?>("Skip") ?? Arms.WhyMissing(arm) ?? missing;
            foreach (var row in Rows(testMethod))
            {
                object[] arguments = [arm, .. row];
                yield return skip is null
                    ? new XunitTestCase(diagnostics, display, displayOptions, testMethod, arguments)
                    : new XunitSkippedDataRowTestCase(
                        diagnostics, display, displayOptions, testMethod, skip, arguments);
            }
        }
    }

    private static IEnumerable<object[]> Rows(ITestMethod testMethod)
    {
        var method = testMethod.Method.ToRuntimeMethod();
        var sources = method.GetCustomAttributes<DataAttribute>().ToList();
        return sources.Count == 0 ? [[]] : sources.SelectMany(source => source.GetData(method));
    }
}
