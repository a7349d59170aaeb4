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
    [InlineData("crypto", "-O0")]
    [InlineData("crypto", "-O2")]
    [InlineData("security", "-O0")]
    [InlineData("security", "-O2")]
    [InlineData("executive", "-O0")]
    [InlineData("executive", "-O2")]
    [InlineData("notify", "-O0")]
    [InlineData("notify", "-O2")]
    [InlineData("registry", "-O0")]
    [InlineData("registry", "-O2")]
    public void A_driver_of_clang_finds_every_service(string driver, string optimisation) =>
        Check(Capability.Clang, driver, optimisation);

    [CapabilityTheory(Capability.Mingw)]
    [InlineData("locks", "-O0")]
    [InlineData("locks", "-O2")]
    [InlineData("tables", "-O0")]
    [InlineData("tables", "-O2")]
    [InlineData("runtime", "-O0")]
    [InlineData("runtime", "-O2")]
    [InlineData("security", "-O0")]
    [InlineData("security", "-O2")]
    [InlineData("registry", "-O0")]
    [InlineData("registry", "-O2")]
    public void A_driver_of_gcc_finds_every_service(string driver, string optimisation) =>
        Check(Capability.Mingw, driver, optimisation);

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("-O0")]
    [InlineData("-O2")]
    public void A_driver_that_traces_is_heard(string optimisation)
    {
        _world.Executive.Etw.Enable(new EtwEnabling("3f1b9a52-0c5e-4b1d-9e11-223344556677", 3, 6));
        Check(Capability.Clang, "etw", optimisation);
        const string connected = "Connected(port=51820, peer=\"10.0.0.7\")";
        var events = _world.Events.Where(e => e.Kind == Ports.KernelEventKind.Trace).Select(e => e.Detail!);
        Assert.Collection(
            events,
            text => Assert.Contains("101", text, StringComparison.Ordinal),
            text => Assert.Contains("it works", text, StringComparison.Ordinal),
            text => Assert.Contains(connected, text, StringComparison.Ordinal),
            text => Assert.Contains("message 10 level=0 (99)", text, StringComparison.Ordinal));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("-O0")]
    [InlineData("-O2")]
    public void A_driver_reads_the_network_of_its_machine(string optimisation) =>
        SampleWorld.Simulate("", (world, _) =>
        {
            var path = TestDrivers.VariantOf(Capability.Clang, optimisation, "netio");
            using var driver = world.Host.Load(path);
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
            var line = world.Executive.Code.Call(driver.Object.Value.MajorFunction[0], []);
            Assert.True(line == 0, $"netio.c:{line}");
            Assert.Null(world.Executive.StopReason);
            Assert.Empty(world.Executive.Pool.UseByTag());
        });

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
