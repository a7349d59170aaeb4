// A short hunt in each test run: mutants of the samples in worker processes, none of which may hang, die
// without a report, or find an exception of ours. How many seeds: OPENWSK_FUZZ_COUNT, from
// OPENWSK_FUZZ_FIRST. It knows nothing about single mutants.
using System.Globalization;
using OpenWsk.TestSupport;
using Xunit;
using Xunit.Abstractions;

namespace OpenWsk.Fuzz.Tests;

public sealed class HuntTests(ITestOutputHelper output)
{
    private const long UsualCount = 1000;

    // A worker that is not done with one seed after this is hung; a run takes milliseconds.
    private static readonly TimeSpan s_hangGuard = TimeSpan.FromMinutes(1);

    [Fact]
    public void No_mutant_takes_the_host_down_without_a_report()
    {
        var first = Setting("OPENWSK_FUZZ_FIRST", 1);
        var count = Setting("OPENWSK_FUZZ_COUNT", UsualCount);
        var folder = Directory.CreateTempSubdirectory("openwsk-fuzz-");
        var hunter = new Hunter(
            first, count, Repository.PathOf("samples"), folder.FullName, s_hangGuard);
        hunter.Run(jobs: 2);
        foreach (var (outcome, total) in hunter.Totals)
            output.WriteLine($"{outcome}: {total}");
        Assert.Equal(count, hunter.Totals.Values.Sum());
        Assert.All(hunter.Incidents, incident =>
        {
            Assert.True(incident.Kind == Outcome.Died, $"{incident}");
            var report = File.ReadAllText(incident.ReportPath!);
            Assert.Contains($"seed {incident.Seed}:", report, StringComparison.Ordinal);
        });
        Assert.DoesNotContain(Outcome.OurBug, hunter.Totals.Keys);
        foreach (var outcome in new[] { Outcome.Refused, Outcome.Unloaded, Outcome.BugCheck })
            Assert.Contains(outcome, hunter.Totals.Keys);
        folder.Delete(recursive: true);
    }

    private static long Setting(string name, long usual) =>
        Environment.GetEnvironmentVariable(name) is { } text
            ? long.Parse(text, CultureInfo.InvariantCulture) : usual;
}
