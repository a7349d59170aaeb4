// Routines of the kernel that raise: probes by Windows' rules, and releases that may not be. The driver is
// Drivers/exceptions.c. It knows nothing about handlers.
namespace OpenWsk.Loader.Tests;

public sealed class RaiseRoutineTests : IDisposable
{
    private const ulong Fine = 0;
    private const ulong Violation = 0xC000_0005;
    private const ulong Misaligned = 0x8000_0002;
    private readonly LoaderWorld _world = new();
    private readonly LoadedDriver _driver;

    public RaiseRoutineTests()
    {
        _driver = _world.Host.Load(ExceptionDrivers.PathOf("exceptions", "-O1"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, _driver.CallEntry());
    }

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(0, Fine)]
    [InlineData(1, Fine)]
    [InlineData(2, Misaligned)]
    [InlineData(3, Violation)]
    [InlineData(4, Violation)]
    [InlineData(5, Violation)]
    [InlineData(6, Fine)]
    [InlineData(7, Violation)]
    [InlineData(8, Misaligned)]
    [InlineData(9, Fine)]
    public void Probes_raise_what_the_range_the_alignment_and_the_memory_say(int which, ulong code) =>
        Assert.Equal(code, _world.Call(_driver, 0, (ulong)Case.Probe, (ulong)which));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Locking_pages_that_are_not_there_raises_an_access_violation()
    {
        Assert.Equal(Violation, _world.Call(_driver, 0, (ulong)Case.LockPages, 16));
        Assert.Equal(Fine, _world.Call(_driver, 0, (ulong)Case.LockPages, _driver.Object.Address));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Locking_pages_of_which_only_the_last_is_not_there_raises_it_too()
    {
        const int pageBytes = 4096;
        var page = PoolRoutines.ExAllocatePool2(
            _world.Executive, WdmConstants.POOL_FLAG_NON_PAGED, pageBytes, 0x6B736954);
        Assert.Equal(Fine, _world.Call(_driver, 0, (ulong)Case.LockPages, page + pageBytes - 64));
        Assert.Equal(Violation, _world.Call(_driver, 0, (ulong)Case.LockPages, page + pageBytes - 63));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Releases_that_may_not_be_raise_and_change_nothing()
    {
        Assert.Equal(0xC000_0046ul, _world.Call(_driver, 0, (ulong)Case.ReleaseMutex, 0));
        Assert.Equal(0xC000_0047ul, _world.Call(_driver, 0, (ulong)Case.ReleaseSemaphore, 0));
    }
}
