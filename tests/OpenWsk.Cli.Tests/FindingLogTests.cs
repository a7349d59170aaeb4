// Findings: one for each rule and account, counted, with the rule's text where the catalogue has it.
// Which calls break a rule is the contract tests' subject.
using OpenWsk.Kernel;
using OpenWsk.Ports;
using OpenWsk.Verifier;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class FindingLogTests
{
    private readonly FindingLog _log = new();

    [Fact]
    public void Equal_breaches_are_counted_and_others_listed()
    {
        foreach (var detail in new[] { "a", "b", "a" })
            _log.OnEvent(KernelEvents.Breach("SCONN-13", detail));
        Assert.Equal([("a", 2), ("b", 1)], _log.Findings.Select(f => (f.Detail, f.Count)));
        Assert.Contains("reserved", _log.Findings[0].Rule!.Text);
    }

    [Fact]
    public void Ids_outside_the_catalogue_are_kept_without_a_text()
    {
        _log.OnEvent(KernelEvents.Breach("IRQL", "too high"));
        Assert.Null(Assert.Single(_log.Findings).Rule);
    }

    [Fact]
    public void Other_events_are_no_findings()
    {
        _log.OnEvent(KernelEvents.DebugPrint("SCONN-13"));
        Assert.Empty(_log.Findings);
    }

    [Fact]
    public void The_log_is_bounded()
    {
        for (var i = 0; i < 1001; i++)
            _log.OnEvent(KernelEvents.Breach("SCONN-13", $"{i}"));
        Assert.Equal(1000, _log.Findings.Count);
        Assert.Equal(1, _log.Dropped);
    }
}
