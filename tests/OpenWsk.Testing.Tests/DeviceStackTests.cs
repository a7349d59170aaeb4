// Devices on top of devices and StartIo, as C drivers see them: each works through its part in DriverEntry
// and prints what is not as Windows documents it. Mistakes with device stacks and remove locks are findings.
// It knows nothing about what the drivers do in between.
using OpenWsk.Kernel;

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

    [CapabilityTheory("clang", "lld", "llvm", "mingw")]
    [InlineData("release", true)]
    [InlineData("debug", false)]
    [InlineData("gcc", true)]
    public void Extensions_interfaces_and_reinitialisation_are_as_documented(string build, bool isSimulated)
    {
        using var world = isSimulated ? DriverWorld.Simulate() : DriverWorld.OnHost();
        var driver = world.Load(build == "gcc"
            ? TestDrivers.MingwPathOf("parts")
            : TestDrivers.PathOf("parts", isDebug: build == "debug"));
        Assert.Equal("entered\ncall 1\ncall 2\ncall 3\n", world.Printed);
        Assert.False(driver.Unload());
        Assert.EndsWith("call 3\nshutdown\n", world.Printed, StringComparison.Ordinal);
        Assert.Empty(world.Findings);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void Mistakes_with_remove_locks_and_attached_devices_are_found()
    {
        using var world = DriverWorld.Simulate();
        var driver = world.Load(TestDrivers.PathOf("mistakes"));
        Assert.True(driver.Unload());
        var details = world.Findings.Select(finding => finding.Detail).ToList();
        Assert.Equal(4, details.Count);
        Assert.All(details.Take(2), detail =>
            Assert.EndsWith("is released more often than it was acquired", detail, StringComparison.Ordinal));
        Assert.All(details.Skip(2), detail =>
            Assert.Contains("is still attached to", detail, StringComparison.Ordinal));
        Assert.Empty(world.Leftovers);
    }

    [CapabilityFact("clang", "lld", "llvm")]
    public void A_device_is_opened_by_whom_its_descriptor_allows()
    {
        const uint read = 0x8000_0000;
        var guest = AccessToken.Of("S-1-5-21-1-2-3-501", "S-1-5-32-546");
        var user = AccessToken.Of("S-1-5-21-1-2-3-1001", "S-1-5-32-545");
        using var world = DriverWorld.Simulate();
        var driver = world.Load(TestDrivers.PathOf("secure"));
        Assert.Equal("c000000d\n", world.Printed);
        Assert.False(MayOpen(world, "KernelOnly", read, AccessToken.System));
        Assert.True(MayOpen(world, "Admins", DriverDevice.ReadWrite, AccessToken.Administrator));
        Assert.False(MayOpen(world, "Admins", read, user));
        Assert.True(MayOpen(world, "AllRead", read, user));
        Assert.False(MayOpen(world, "AllRead", DriverDevice.ReadWrite, user));
        Assert.True(MayOpen(world, "NoGuests", DriverDevice.ReadWrite, user));
        Assert.False(MayOpen(world, "NoGuests", read, guest));
        Assert.True(driver.Unload());
        Assert.Empty(world.Leftovers);
    }

    private static bool MayOpen(DriverWorld world, string name, uint access, AccessToken token)
    {
        try
        {
            using var device = world.Open($@"\\.\{name}", access, token: token);
            return true;
        }
        catch (DeviceException e)
        {
            Assert.Equal(NTSTATUS.STATUS_ACCESS_DENIED, e.Status);
            return false;
        }
    }
}
