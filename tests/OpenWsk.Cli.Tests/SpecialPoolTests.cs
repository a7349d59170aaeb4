// `openwsk run --special-pool`: a driver's wrong use of memory ends at the instruction, with the bug check of
// Windows and the name of the block. The drivers are built by the tests; without clang and lld they are
// skipped.
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class SpecialPoolTests : IDisposable
{
    private const string Toolchain = "clang";
    private const string Freed = "DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL (0xD5)";
    private const string Beyond = "DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION (0xD6)";
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [CapabilityTheory(Toolchain, "lld", "llvm")]
    [InlineData("OVERRUN", "", Beyond, "0 bytes past the end of a live 96-byte block 'Fult'")]
    [InlineData("UNDERRUN", "=underrun", Beyond, "1 bytes before the start of a live 96-byte block 'Fult'")]
    [InlineData("USE_AFTER_FREE", "", Freed, "8 bytes into a freed 96-byte block 'Fult'")]
    [InlineData("WRITE_AFTER_FREE", "", Freed, "8 bytes into a freed 96-byte block 'Fult'")]
    [InlineData("IRP_AFTER_FREE", "", Freed, "bytes into a freed 280-byte block 'Irp ' (IRP)")]
    [InlineData("MDL_AFTER_FREE", "", Freed, "bytes into a freed 56-byte block 'Mdl ' (MDL)")]
    [InlineData("DEVICE_AFTER_DELETE", "", Freed, "bytes into a freed")]
    public void Wrong_use_stops_at_the_instruction(string fault, string variant, string check, string block)
    {
        var run = Openwsk.Run("run", $"--special-pool{variant}", _drivers.Build("poolfaults", fault));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains(check.Split(' ')[0], run.Error);
        Assert.Contains(block, run.Error);
        Assert.Contains($"made by T", run.Error);
        Assert.Contains($"{fault}.sys+0x", run.Error);
        if (check == Freed)
            Assert.Contains("freed by T", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void Who_made_and_who_freed_the_block_is_told_with_the_callers()
    {
        var driver = _drivers.Build("poolfaults", "USE_AFTER_FREE", hasPdb: true);
        var run = Openwsk.Run("run", "--special-pool", driver);
        Assert.Matches(
            @"the block was freed at\n   0  Give\+0x\w+ \(.*\), poolfaults\.c:\d+\n   1  DriverEntry\+0x",
            run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void The_default_mode_stops_a_small_overrun_too()
    {
        var run = Openwsk.Run("run", _drivers.Build("poolfaults", "OVERRUN"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("0 bytes past the end of a live 96-byte block 'Fult'", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void What_no_guard_sees_is_found_when_the_block_is_freed()
    {
        var run = Openwsk.Run("run", "--special-pool", _drivers.Build("poolfaults", "SLACK"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION", run.Error);
        Assert.Contains("was written 100 bytes before its begin", run.Error);
    }

    [CapabilityFact(Toolchain, "lld", "llvm")]
    public void Pool_is_not_executed()
    {
        var run = Openwsk.Run("run", _drivers.Build("poolfaults", "EXECUTE"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY", run.Error);
    }

    [CapabilityTheory(Toolchain, "lld", "llvm")]
    [InlineData("--special-pool")]
    [InlineData("--special-pool=underrun")]
    public void A_driver_without_fault_ends_clean(string option) =>
        Assert.Equal(0, Openwsk.Run("run", option, _drivers.Build("poolfaults", "CLEAN")).ExitCode);

    [Fact]
    public void An_unknown_variant_is_a_mistake_of_usage()
    {
        var run = Openwsk.Run("run", "--special-pool=all", "x.sys");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--special-pool=underrun", run.ErrorLine());
    }
}
