// What `openwsk run` tells of a driver that leaves things behind: each kind with the stack that made it, and
// what its code does after the unload. The drivers are built by the tests; without clang and lld they are
// skipped.
using System.Text.Json;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class LeftoverTests : IDisposable
{
    private const string Toolchain = "clang";
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [CapabilityTheory(Toolchain, "lld", "llvm")]
    [InlineData("POOL", "pool 'Left'", 2)]
    [InlineData("THREAD", "thread", 1)]
    [InlineData("TIMER", "armed timer", 1)]
    [InlineData("WORK_ITEM", "work item object", 1)]
    [InlineData("DEVICE", "device", 1)]
    [InlineData("LOOKASIDE", "lookaside list", 1)]
    [InlineData("RESOURCE", "resource", 1)]
    [InlineData("LOCKED_PAGES", "locked pages", 1)]
    [InlineData("MDL", "MDL", 1)]
    [InlineData("HANDLE", "handle", 1)]
    [InlineData("REGISTRATION", "registration", 1)]
    [InlineData("RUNNING_WORK", "running work item", 1)]
    [InlineData("WAITING_WORK", "work item", 1)]
    [InlineData("WAITING_WORK", "running work item", 8)]
    [InlineData("PENDING_IRP", "pending IRP", 1)]
    [InlineData("IRP", "IRP", 1)]
    [InlineData("SYMBOLIC_LINK", "symbolic link", 1)]
    [InlineData("CAPTURE", "provider capture", 1)]
    [InlineData("SOCKET", "socket", 1)]
    [InlineData("NMR", "NMR registration", 1)]
    public void What_is_left_is_told_by_kind_with_the_stack_that_made_it(string fault, string kind, int count)
    {
        var driver = _drivers.Build("leftovers", fault);
        using var document = JsonDocument.Parse(Openwsk.Run("run", "--json", driver).Out);
        Assert.Equal(1, document.RootElement.GetProperty("exitCode").GetInt32());
        var left = document.RootElement.GetProperty("leftBehind").EnumerateArray()
            .Single(line => line.GetProperty("kind").GetString() == kind);
        Assert.Equal(count, left.GetProperty("count").GetInt32());
        Assert.NotEqual("", left.GetProperty("onWindows").GetString());
        var origins = left.GetProperty("origins").EnumerateArray().ToList();
        Assert.Equal(count, origins.Sum(origin => origin.GetProperty("count").GetInt32()));
        Assert.All(origins, origin => Assert.Contains(
            $"{fault}.sys+0x", origin.GetProperty("stack")[0].GetString()));
    }

    // On a processor where one that acquires a spin lock which nobody releases is under way for ever.
    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_queued_dpc_is_left_and_the_one_before_it_is_a_hang()
    {
        var driver = _drivers.Build("leftovers", "QUEUED_DPC");
        using var document = JsonDocument.Parse(
            Openwsk.Run("run", "--json", "--hang-after", "1s", driver).Out);
        var root = document.RootElement;
        Assert.Equal(5, root.GetProperty("exitCode").GetInt32());
        Assert.StartsWith(
            "a DPC or a completion routine did not come back", root.GetProperty("hang").GetString());
        var left = Assert.Single(
            root.GetProperty("leftBehind").EnumerateArray(),
            line => line.GetProperty("kind").GetString() == "queued DPC");
        Assert.Equal(1, left.GetProperty("count").GetInt32());
        var origin = Assert.Single(left.GetProperty("origins").EnumerateArray());
        Assert.Contains("QUEUED_DPC.sys+0x", origin.GetProperty("stack")[0].GetString());
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void In_text_the_place_stands_under_the_kind()
    {
        var run = Openwsk.Run("run", _drivers.Build("leftovers", "RESOURCE"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("1 resource (at 0x", run.Error);
        Assert.Contains("    1 made at ", run.Error);
        Assert.Contains("RESOURCE.sys+0x", run.Error);
        Assert.Contains("on Windows: ", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void Special_pool_knows_the_whole_stack()
    {
        var driver = _drivers.Build("leftovers", "POOL");
        using var document = JsonDocument.Parse(Openwsk.Run("run", "--json", "--special-pool", driver).Out);
        var left = Assert.Single(document.RootElement.GetProperty("leftBehind").EnumerateArray());
        foreach (var origin in left.GetProperty("origins").EnumerateArray())
            Assert.True(origin.GetProperty("stack").GetArrayLength() > 1);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_timer_that_fires_after_the_unload_is_bug_check_ce()
    {
        var run = Openwsk.Run("run", _drivers.Build("leftovers", "TIMER_FIRES"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS (0xCE)", run.Error);
        Assert.Contains("TIMER_FIRES.sys+0x", run.Error);
    }

    [CapabilityTheory(Toolchain, "lld", "llvm")]
    [InlineData("THREAD_RUNS")]
    [InlineData("WORK_RUNS")]
    public void What_runs_on_after_the_unload_is_bug_check_ce(string fault)
    {
        var run = Openwsk.Run("run", _drivers.Build("leftovers", fault));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS (0xCE)", run.Error);
        Assert.Contains($"{fault}.sys+0x", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_failed_entry_that_leaves_things_is_told_what_it_left()
    {
        var run = Openwsk.Run("run", _drivers.Build("leftovers", "ENTRY_FAILS"));
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("pool 'Left': 2 blocks (150 bytes)", run.Error);
        Assert.Contains("ENTRY_FAILS.sys+0x", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_failed_entry_that_leaves_a_thread_is_told_who_started_it()
    {
        var run = Openwsk.Run("run", _drivers.Build("leftovers", "ENTRY_THREAD"));
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("1 thread (guest thread", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void A_driver_without_unload_is_named()
    {
        var run = Openwsk.Run("run", _drivers.Build("leftovers", "NO_UNLOAD"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("has no DriverUnload", run.Error);
    }
}
