// One assertion for lists of findings: all of them in one message, so that one run shows everything there is
// to mend.
using Xunit;

namespace OpenWsk.TestSupport;

/// <summary>Assertions over findings.</summary>
public static class Expect
{
    /// <summary>Fails with every finding on a line of its own.</summary>
    public static void None(IEnumerable<string> findings)
    {
        var lines = findings.Distinct().ToList();
        Assert.True(lines.Count == 0, string.Join('\n', lines));
    }
}
