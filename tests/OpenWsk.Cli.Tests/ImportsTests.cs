// `openwsk imports -v`: what loading would do to a driver's privileged instructions and fixed addresses, told
// without running it; and files that are no drivers. The drivers are Drivers/privileged.c. It knows nothing
// about how instructions are found: see OpenWsk.Loader.Tests.
using System.Text.Json;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Cli.Tests;

public sealed class ImportsTests : IDisposable
{
    private readonly PlantedDrivers _drivers = new();

    public void Dispose() => _drivers.Dispose();

    [CapabilityTheory("clang", "lld", "llvm")]
    [InlineData("NOTHING", "no privileged instruction and no fixed address")]
    [InlineData("CR8", "2 accesses of cr8 are replaced")]
    [InlineData("PAGE", "1 address of the shared page is replaced")]
    [InlineData("BYTES", "is perhaps")]
    [InlineData("SYSCALL", "it is not loaded (OW3019)")]
    public void Verbose_tells_what_is_rewritten_and_what_stays(string what, string line)
    {
        var driver = _drivers.Build("privileged", what);
        var run = Openwsk.Run("imports", "-v", driver);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.StartsWith("ntoskrnl.exe  1 full", lines[0]);
        Assert.Contains(line, Assert.Single(lines[1..]));
        Assert.Single(Openwsk.Run("imports", driver).Out.TrimEnd('\n').Split('\n'));
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void All_lists_every_import()
    {
        var driver = _drivers.Build("privileged", "NOTHING");
        var run = Openwsk.Run("imports", "--all", driver);
        Assert.Contains("  full     DbgPrint", run.Out);
        using var document = JsonDocument.Parse(Openwsk.Run("imports", "--json", "-v", driver).Out);
        Assert.True(document.RootElement.GetProperty("isComplete").GetBoolean());
    }

    [Theory]
    [InlineData("LICENSE", "OW3001")]
    [InlineData("samples", "")]
    [InlineData("no-such-file.sys", "")]
    public void What_is_no_driver_gives_one_line(string file, string id)
    {
        var run = Openwsk.Run("imports", "-v", Repository.PathOf(file));
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(id, run.ErrorLine());
        Assert.Equal("", run.Out);
    }
}
