// The page that Windows shares at a fixed address, as drivers read it: constants, times that follow the
// world's clock, one page for each world. The driver is Drivers/fixed.c.
using OpenWsk.Simulation;
using OpenWsk.TestSupport;

namespace OpenWsk.Loader.Tests;

public sealed class SharedPageTests
{
    private const int ReadPage = 3;
    private const int ReadHalves = 4;
    private const int RootCharacter = 5;
    private const int AddressOfPage = 6;

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_page_names_the_version_and_the_system_that_the_routines_name()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("fixed");
        Assert.Equal(26100ul, world.Call(driver, ReadPage, 3));
        Assert.Equal(10ul, world.Call(driver, ReadPage, 4));
        Assert.Equal(0x0FA0_0000ul, world.Call(driver, ReadPage, 5));
        Assert.Equal(1ul, world.Call(driver, ReadPage, 6));
        Assert.Equal(10_000_000ul, world.Call(driver, ReadPage, 7));
        Assert.Equal(1ul, world.Call(driver, ReadPage, 8));
        var root = new string([.. Enumerable.Range(0, 10)
            .Select(i => (char)world.Call(driver, RootCharacter, (ulong)i))]);
        Assert.Equal("C:\\Windows", root);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Each_world_has_a_page_of_its_own()
    {
        using var one = new LoaderWorld();
        using var other = new LoaderWorld();
        var first = one.Call(one.Start("fixed"), AddressOfPage);
        var second = other.Call(other.Start("fixed"), AddressOfPage);
        Assert.Equal((ulong)one.Native.Page.Address, first);
        Assert.Equal((ulong)other.Native.Page.Address, second);
        Assert.NotEqual(first, second);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_free_running_clock_reaches_the_page()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("fixed");
        var interruptTime = world.Call(driver, ReadPage, 0);
        var systemTime = world.Call(driver, ReadHalves);
        // Ends when the timer has written once more; a test host's own limit ends it otherwise.
        while (world.Call(driver, ReadPage, 0) == interruptTime)
            Thread.Yield();
        Assert.True(world.Call(driver, ReadPage, 0) > interruptTime);
        Assert.True(world.Call(driver, ReadHalves) > systemTime);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_virtual_clock_is_on_the_page_exactly()
    {
        using var sim = new SimWorld(seed: 1);
        sim.Run(() =>
        {
            using var executive =
                new Executive(new WorldPorts(sim.Clock, sim.Scheduler, sim.Entropy), x => new NativeCode(x));
            var driver = new DriverHost(executive).Load(TestDrivers.PathOf("fixed"));
            Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
            foreach (var stepNs in new long[] { 0, 100, 15_624_900, 15_625_000, 900_000_000_000 })
            {
                sim.Scheduler.CurrentParker.Park(sim.Clock.NowNs + stepNs);
                var read = driver.Object.Value.MajorFunction[ReadPage];
                var now = (ulong)sim.Clock.NowNs / 100;
                Assert.Equal(now, executive.Code.Call(read, [0]));
                Assert.Equal((ulong)sim.Clock.SystemTime100Ns, executive.Code.Call(read, [1]));
                Assert.Equal(now / 156_250, executive.Code.Call(read, [2]));
            }
        });
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_threads_block_tells_the_trap_where_the_page_is()
    {
        using var world = new LoaderWorld();
        world.Start("fixed");
        var kpcr = world.Executive.CurrentThread.Kpcr;
        Assert.Equal(
            world.Native.Page.Address, GuestMemory.Read<nuint>(kpcr - 0x30));
    }
}
