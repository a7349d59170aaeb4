// The report on a bug check, from a driver's source to what the user sees: text, JSON and a minidump that
// lldb opens. The drivers are built by the tests from Drivers/crashing.c; where the tools are missing they
// are skipped.
using System.Diagnostics;
using System.Text.Json;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class CrashTests : IDisposable
{
    private readonly PlantedDrivers _drivers = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-crash-");

    public void Dispose()
    {
        _drivers.Dispose();
        _folder.Delete(recursive: true);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_null_pointer_is_told_with_function_line_operand_and_stack()
    {
        var run = Openwsk.Run("run", _drivers.Build("crashing", "NULL_POINTER", hasPdb: true));
        Assert.Equal(4, run.ExitCode);
        string[] parts =
        [
            "BUG CHECK 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL",
            "the address that was used: a null pointer + 0x10",
            "the IRQL at that time: DISPATCH_LEVEL",
            "exception  STATUS_ACCESS_VIOLATION (0xC0000005), reading 0x10",
            "crashing.c:24",
            "= 0x8 is 0x10: a null pointer + 0x10",
            " 0  SumOfItems+0x",
            " 1  Misbehave+0x",
            " 2  DriverEntry+0x",
            "symbols: PDB NULL_POINTER.pdb",
            "ExAllocatePoolWithTag(PoolType=0, NumberOfBytes=16, Tag='Crsh') -> 0x",
            "openwsk run /",
        ];
        Assert.All(parts, part => Assert.Contains(part, run.Error, StringComparison.Ordinal));
        Assert.Matches(@"=> [0-9a-f]{12}  [0-9a-f]+ +add     \w+, \[\w+\+8\]", run.Error);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void Without_symbols_places_are_offsets_and_everything_else_is_there()
    {
        var run = Openwsk.Run("run", _drivers.Build("crashing", "NULL_POINTER"));
        Assert.Contains(" 0  NULL_POINTER.sys+0x", run.Error, StringComparison.Ordinal);
        Assert.Contains(" 2  NULL_POINTER.sys+0x", run.Error, StringComparison.Ordinal);
        Assert.Contains("symbols: none", run.Error, StringComparison.Ordinal);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void Symbols_are_found_in_a_folder_that_is_named()
    {
        var driver = _drivers.Build("crashing", "DIVISION", hasPdb: true);
        File.Move(Path.ChangeExtension(driver, ".pdb"), Path.Combine(_folder.FullName, "DIVISION.pdb"));
        var without = Openwsk.Run("run", driver);
        Assert.DoesNotContain("Misbehave", without.Error, StringComparison.Ordinal);
        var with = Openwsk.Run("run", driver, "--symbols", _folder.FullName);
        Assert.Contains("BUG CHECK 0x7E  SYSTEM_THREAD_EXCEPTION_NOT_HANDLED", with.Error);
        Assert.Contains("STATUS_INTEGER_DIVIDE_BY_ZERO", with.Error, StringComparison.Ordinal);
        Assert.Contains(" 0  Misbehave+0x", with.Error, StringComparison.Ordinal);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_block_that_is_freed_twice_is_named_with_who_freed_it()
    {
        var run = Openwsk.Run("run", _drivers.Build("crashing", "FREED_TWICE", hasPdb: true));
        Assert.Contains("BUG CHECK 0xC2  BAD_POOL_CALLER", run.Error, StringComparison.Ordinal);
        Assert.Contains(" 0  ntoskrnl.exe!ExFreePoolWithTag  [OpenWsk]", run.Error, StringComparison.Ordinal);
        Assert.Contains(" 1  Misbehave+0x", run.Error, StringComparison.Ordinal);
        Assert.Contains("the block: 0 bytes into a freed 16-byte block 'Crsh'", Unwrapped(run.Error));
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_call_of_no_code_shows_who_called()
    {
        var run = Openwsk.Run("run", _drivers.Build("crashing", "WILD_CALL", hasPdb: true));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains(" 0  0x1234", run.Error, StringComparison.Ordinal);
        Assert.Contains(" 1  Misbehave+0x", run.Error, StringComparison.Ordinal);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void The_document_has_the_bug_check()
    {
        var run = Openwsk.Run("run", _drivers.Build("crashing", "NULL_POINTER", hasPdb: true), "--json");
        using var document = JsonDocument.Parse(run.Out);
        var check = document.RootElement.GetProperty("bugCheck");
        Assert.Equal(1, check.GetProperty("version").GetInt32());
        Assert.Equal("0xd1", check.GetProperty("code").GetString());
        Assert.Equal("0x10", check.GetProperty("faultAddress").GetString());
        var frame = check.GetProperty("stack")[0];
        Assert.Equal("SumOfItems", frame.GetProperty("function").GetString());
        Assert.Equal(24, frame.GetProperty("line").GetInt32());
        Assert.EndsWith("crashing.c", frame.GetProperty("file").GetString());
        Assert.Equal("DISPATCH_LEVEL", check.GetProperty("thread").GetProperty("irql").GetString());
    }

    [CapabilityFact("clang", "lld", "llvm", "lldb")]
    public void A_minidump_shows_the_drivers_functions_in_lldb()
    {
        var driver = _drivers.Build("crashing", "NULL_POINTER", hasPdb: true);
        var run = Openwsk.Run("run", driver, "--dump", Path.Combine(_folder.FullName, "new", "%DRIVER%.dmp"));
        var dump = Path.Combine(_folder.FullName, "new", "NULL_POINTER.dmp");
        Assert.Contains($"dump written to {dump}", run.Error, StringComparison.Ordinal);
        var shown = Lldb(dump, Path.GetDirectoryName(driver)!);
        Assert.Contains("Exception 0xc0000005", shown, StringComparison.Ordinal);
        Assert.Matches("frame #0: .*NULL_POINTER.sys`SumOfItems.* at crashing.c:24", shown);
        Assert.Matches("frame #1: .*NULL_POINTER.sys`Misbehave", shown);
        Assert.Matches("frame #2: .*NULL_POINTER.sys`DriverEntry", shown);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_dump_that_cannot_be_written_is_told_and_changes_nothing_else()
    {
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        var run = Openwsk.Run(
            "run", _drivers.Build("crashing", "NULL_POINTER"), "--dump", Path.Combine(file, "x.dmp"));
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("openwsk: run: the dump cannot be written to", run.Error, StringComparison.Ordinal);
        Assert.Contains("BUG CHECK 0xD1", run.Error, StringComparison.Ordinal);
    }

    private static string Unwrapped(string text) =>
        string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries));

    private static string Lldb(string dump, string driverFolder)
    {
        var start = new ProcessStartInfo(
            Capability.Program(Capability.Lldb)!,
            [
                "--no-lldbinit", "--batch", "-O", $"settings set target.exec-search-paths {driverFolder}",
                "--core", dump, "-o", "bt",
            ]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text + error.Result;
    }
}
