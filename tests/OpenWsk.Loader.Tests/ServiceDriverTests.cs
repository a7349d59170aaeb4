// The kernel's services as drivers meet them: headers' inlines and macros, imports, callbacks, in debug and
// release builds of clang with this project's headers and of gcc with mingw-w64's. Each driver checks
// itself and tells the line of the first check that failed. It knows nothing about single services: see the
// kernel's tests.
namespace OpenWsk.Loader.Tests;

public sealed class ServiceDriverTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("locks", "-O0")]
    [InlineData("locks", "-O2")]
    [InlineData("tables", "-O0")]
    [InlineData("tables", "-O2")]
    [InlineData("runtime", "-O0")]
    [InlineData("runtime", "-O2")]
    public void A_driver_of_clang_finds_every_service(string driver, string optimisation) =>
        Check(Capability.Clang, driver, optimisation);

    [CapabilityTheory(Capability.Mingw)]
    [InlineData("locks", "-O0")]
    [InlineData("locks", "-O2")]
    [InlineData("tables", "-O0")]
    [InlineData("tables", "-O2")]
    [InlineData("runtime", "-O0")]
    [InlineData("runtime", "-O2")]
    public void A_driver_of_gcc_finds_every_service(string driver, string optimisation) =>
        Check(Capability.Mingw, driver, optimisation);

    private void Check(string compiler, string name, string optimisation)
    {
        _world.Executive.AddSink(_world);
        using var driver = _world.Host.Load(TestDrivers.VariantOf(compiler, optimisation, name));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        var line = _world.Call(driver, 0);
        Assert.True(line == 0, $"{name}.c:{line}");
        Assert.DoesNotContain(_world.Events, e => e.Kind == Ports.KernelEventKind.Breach);
        Assert.Null(_world.Executive.StopReason);
        Assert.DoesNotContain(driver.Missing, missing => missing.Calls != 0);
        Assert.Empty(_world.Executive.Pool.UseByTag());
    }
}
