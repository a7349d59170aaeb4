// What becomes of a run when the driver is at fault: each fault of Drivers/planted.c has its exit code and
// its account. The drivers are built by the tests; without clang and lld they are skipped.
using System.Diagnostics;
using System.Text.Json;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class FaultTests : IDisposable
{
    private const string Toolchain = "clang";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-planted-");

    public void Dispose() => _folder.Delete(recursive: true);

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
        Assert.Contains("  NPI-08: WskReleaseProviderNPI", run.Error);
        using var document = JsonDocument.Parse(Openwsk.Run("run", driver, "--json").Out);
        var finding = Assert.Single(document.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("NPI-08", finding.GetProperty("rule").GetString());
        Assert.NotEqual("", finding.GetProperty("text").GetString());
        Assert.Equal(1, document.RootElement.GetProperty("exitCode").GetInt32());
    }

    private string Build(string fault)
    {
        var driver = Path.Combine(_folder.FullName, $"{fault}.sys");
        var compiled = Path.Combine(_folder.FullName, "planted.obj");
        List<string> libraries = [];
        foreach (var name in new[] { "ntoskrnl", "netio" })
        {
            libraries.Add(Path.Combine(_folder.FullName, $"{name}.lib"));
            var exports = Repository.PathOf("include", "lib", $"{name}.def");
            Tool(Capability.Llvm, "-m", "i386:x86-64", "-d", exports, "-l", libraries[^1]);
        }
        Tool(
            Capability.Clang, "--target=x86_64-pc-windows-msvc", "-O1", "-ffreestanding", "-fms-extensions",
            "-Wno-multichar", "-nostdlibinc", "-nobuiltininc", "-isystem", Repository.PathOf("include"),
            $"-DFAULT=FAULT_{fault}", "-c",
            Repository.PathOf("tests", "OpenWsk.Cli.Tests", "Drivers", "planted.c"), "-o", compiled);
        Tool(
            Capability.Lld,
            [
                "/nologo", "/driver", "/subsystem:native", "/entry:DriverEntry", "/nodefaultlib",
                $"/out:{driver}", compiled, .. libraries,
            ]);
        return driver;
    }

    private static void Tool(string capability, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(
                Capability.Program(capability)!, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{capability}: {error}");
    }
}
