// What becomes of a run when the driver is at fault: each fault of Drivers/planted.c has its exit code and
// its account. The drivers are built by the tests; without clang and lld they are skipped.
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class FaultTests : IDisposable
{
    private const string Toolchain = "clang";
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void An_unload_that_does_not_come_back_is_a_hang()
    {
        var run = Openwsk.Run("run", Build("HANG"), "--hang-after", "300ms");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("DriverUnload of HANG.sys did not come back in 0.3 s", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void An_entry_that_does_not_come_back_is_one_too_once_the_run_has_to_end()
    {
        var run = Openwsk.Run("run", Build("ENTRY_HANG"), "--seconds", "300ms", "--hang-after", "300ms");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("DriverEntry of ENTRY_HANG.sys did not come back in 0.3 s", run.Error);
    }

    [CapabilityTheory(Toolchain, "lld", "llvm")]
    [InlineData("ENTRY_HANG", "DriverEntry\n    ntoskrnl.exe!KeWaitForSingleObject\n    ENTRY_HANG.sys+0x")]
    [InlineData("ENTRY_LOOP", "loops in ENTRY_LOOP.sys+0x")]
    [InlineData("ENTRY_LOOP_RAISED", "loops in ENTRY_LOOP_RAISED.sys+0x")]
    public void A_thread_that_hangs_is_told_of_once(string fault, string what)
    {
        var run = Openwsk.Run("run", Build(fault), "--seconds", "300ms", "--hang-after", "300ms");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains(what, run.Error);
        Assert.Equal(2, run.Error.Split("hang: ").Length);
        // Its stack, or where it looped, and nothing else.
        var account = run.Error[run.Error.IndexOf("hang: ", StringComparison.Ordinal)..];
        account = account[..account.IndexOf("findings", StringComparison.Ordinal)];
        Assert.Single(Regex.Matches(account, @"\bT[0-9]+ "));
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void What_is_left_behind_is_counted()
    {
        var run = Openwsk.Run("run", Build("LEAK"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("pool 'Leak': 1 block (100 bytes)", run.Error);
        Assert.Contains("1 IRP (at 0x", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_bug_check_stops_the_driver()
    {
        var run = Openwsk.Run("run", Build("BUG_CHECK"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("stopped: BAD_POOL_CALLER (0xC2)", run.Error);
        Assert.Contains("stopped in DriverEntry", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_broken_rule_is_a_finding_with_its_text()
    {
        var driver = Build("BREACH");
        var run = Openwsk.Run("run", driver);
        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"  NPI-08: WskReleaseProviderNPI.*\n    at BREACH\.sys\+0x[0-9a-f]+\n", run.Error);
        using var document = JsonDocument.Parse(Openwsk.Run("run", driver, "--json").Out);
        var finding = Assert.Single(document.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("NPI-08", finding.GetProperty("rule").GetString());
        Assert.NotEqual("", finding.GetProperty("text").GetString());
        var place = Assert.Single(finding.GetProperty("stack").EnumerateArray()).GetString();
        Assert.StartsWith("BREACH.sys+0x", place);
        Assert.Equal(1, document.RootElement.GetProperty("exitCode").GetInt32());
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void The_summary_begins_a_line_of_its_own_where_it_follows_what_the_driver_printed()
    {
        var driver = Build("OPEN_LINE");
        const string summary = "OPEN_LINE.sys: DriverEntry returned";
        Assert.Contains($"half a line\n{summary}", Openwsk.RunMerged("run", driver));
        var run = Openwsk.Run("run", driver);
        Assert.Equal("half a line", run.Out);
        Assert.DoesNotContain($"\n\n{summary}", $"\n{run.Error}");
    }

    private string Build(string fault) => _drivers.Build("planted", fault);
}
