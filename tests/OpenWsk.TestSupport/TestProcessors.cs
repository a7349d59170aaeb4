// How many dispatchers the worlds of tests have that run on the host's threads: one, unless the environment
// asks for more to look for code that assumes one. It knows nothing about worlds.
using System.Globalization;

namespace OpenWsk.TestSupport;

/// <summary>The processors of test worlds.</summary>
public static class TestProcessors
{
    /// <summary>OPENWSK_TEST_PROCESSORS, or 1.</summary>
    public static int Count { get; } = int.TryParse(
        Environment.GetEnvironmentVariable("OPENWSK_TEST_PROCESSORS"), NumberStyles.None,
        CultureInfo.InvariantCulture, out var count) ? count : 1;
}
