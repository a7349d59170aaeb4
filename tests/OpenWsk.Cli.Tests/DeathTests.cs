// What the user sees when a driver takes down the very process that it runs in: a report, from the process
// that survives. It knows nothing about how the report is made; see src/OpenWsk.Cli/Supervision.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class DeathTests : IDisposable
{
    private const string Toolchain = "clang";
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_killed_worker_is_reported_with_what_it_did_last()
    {
        var run = Openwsk.Run("run", _drivers.Build("deadly", "SIGNAL"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("stopped: the worker process died of SIGKILL (9) while SIGNAL.sys ran", run.Error);
        Assert.Contains("was in guest code that began at SIGNAL.sys+0x", run.Error);
        Assert.Contains("DbgPrint \"about to end the world\\n\"", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void An_exit_from_inside_is_no_success()
    {
        var run = Openwsk.Run("run", "--json", _drivers.Build("deadly", "EXIT"));
        Assert.Equal(4, run.ExitCode);
        using var document = JsonDocument.Parse(run.Out);
        Assert.Equal("died", document.RootElement.GetProperty("end").GetString());
        var death = document.RootElement.GetProperty("death");
        Assert.Contains("with exit code 0", death.GetProperty("cause").GetString());
        Assert.Equal("EXIT.sys", death.GetProperty("drivers")[0].GetProperty("name").GetString());
        Assert.Contains(
            death.GetProperty("lastEvents").EnumerateArray(),
            line => line.GetString()!.Contains("about to end the world", StringComparison.Ordinal));
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void No_black_box_stays_behind()
    {
        var folder = Directory.CreateTempSubdirectory("openwsk-death-");
        var driver = _drivers.Build("deadly", "EXIT");
        using (var run = Openwsk.StartWith("TMPDIR", folder.FullName, "run", driver))
        {
            Assert.Contains("ended from inside", run.StandardError.ReadToEnd());
            run.WaitForExit();
            Assert.Equal(4, run.ExitCode);
        }
        Assert.Empty(folder.GetFiles("openwsk-*"));
        folder.Delete(recursive: true);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void The_worker_ends_with_its_supervisor()
    {
        using var supervisor = Openwsk.Start("run", "--stay", Repository.PathOf("samples", "nmr", "nmr.sys"));
        // Before the end, because nobody finds a process that has ended.
        using var worker = Process.GetProcessById(WaitForChild(supervisor.Id));
        supervisor.Kill();
        supervisor.WaitForExit();
        Assert.True(worker.WaitForExit(TimeSpan.FromMinutes(3)));
    }

    private static int WaitForChild(int process)
    {
        var children = $"/proc/{process}/task/{process}/children";
        while (true)
        {
            var first = File.ReadAllText(children).Split(' ')[0];
            if (int.TryParse(first, CultureInfo.InvariantCulture, out var child))
                return child;
            Thread.Yield();
        }
    }
}
