// [ArmTheory]: a test method whose first parameter is an Arm runs once per arm; an arm that cannot run here
// is reported as skipped with the reason, never as green. Rows of [InlineData] and the like multiply with the
// arms. The work is in ArmTheoryDiscoverer, which xunit finds by the name below.
using Xunit;
using Xunit.Sdk;

namespace OpenWsk.TestSupport;

/// <summary>Runs a test on each arm; without arguments, on every arm that is built.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("OpenWsk.TestSupport.ArmTheoryDiscoverer", "OpenWsk.TestSupport")]
public sealed class ArmTheoryAttribute(params Arm[] arms) : FactAttribute
{
    /// <summary>The arms to run on.</summary>
    public IReadOnlyList<Arm> On { get; } = arms.Length > 0 ? arms : Arms.Built;

    /// <summary>
    /// Capabilities of the machine that the test needs on top, separated by commas; see Capability.
    /// </summary>
    public string Needs { get; set; } = "";
}
