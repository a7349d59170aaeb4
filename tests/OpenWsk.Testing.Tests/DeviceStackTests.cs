// Devices on top of devices and StartIo, as C drivers see them: each driver works through its part in
// DriverEntry and prints what is not as Windows documents it. Mistakes with device stacks and remove locks are
// findings. It knows nothing about what the drivers do in between.
namespace OpenWsk.Testing.Tests;

public sealed class DeviceStackTests
{
    [CapabilityTheory("clang", "lld", "llvm", "mingw")]
    [InlineData("stack", "release", true)]
    [InlineData("stack", "debug", false)]
    [InlineData("stack", "gcc", true)]
    [InlineData("startio", "release", true)]
    [InlineData("startio", "debug", false)]
    [InlineData("startio", "gcc", true)]
    public void A_driver_finds_what_Windows_documents(string driver, string build, bool isSimulated)
    {
        using var world = isSimulated ? DriverWorld.Simulate() : DriverWorld.OnHost();
        var loaded = world.Load(build == "gcc"
            ? TestDrivers.MingwPathOf(driver)
            : TestDrivers.PathOf(driver, isDebug: build == "debug"));
        Assert.Equal("done\n", world.Printed);
        Assert.True(loaded.Unload());
        Assert.Empty(world.Findings);
        Assert.Empty(world.Leftovers);
    }
}
