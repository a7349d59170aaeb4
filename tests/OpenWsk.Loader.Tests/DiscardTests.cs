// Sections that only DriverEntry needs: gone when it has returned, so what uses them later is a bug check
// that names the section. The driver is Drivers/discarded.c. It knows nothing about images that go as a
// whole.
namespace OpenWsk.Loader.Tests;

public sealed class DiscardTests : IDisposable
{
    private const int Code = 0;
    private const int Data = 1;
    private const int ByRoutine = 2;
    private const int Nothing = 3;
    private const int Write = 4;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(Code, Irql.Passive, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA)]
    [InlineData(Data, Irql.Passive, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA)]
    [InlineData(ByRoutine, Irql.Passive, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA)]
    [InlineData(Write, Irql.Passive, BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA)]
    [InlineData(Data, Irql.Dispatch, BugCheckCode.DRIVER_IRQL_NOT_LESS_OR_EQUAL)]
    public void What_is_used_after_driver_entry_faults_and_is_named(
        int what, byte irql, BugCheckCode code)
    {
        var driver = Load();
        Assert.Equal(7ul, _world.Call(driver, 0, Nothing, Irql.Passive));
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, 0, (ulong)what, irql));
        AssertNamed(code, driver);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_routine_that_the_kernel_calls_too_late_faults_and_is_named()
    {
        var driver = Load();
        Assert.False(_world.Executive.Code.IsCode(driver.Object.Value.MajorFunction[1]));
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, 1, 1));
        AssertNamed(BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA, driver);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_section_that_is_gone_stays_gone_when_the_driver_is_unloaded()
    {
        var driver = Load();
        driver.Retire();
        Assert.Equal(0, _world.Native.ReadSafely(Start(driver), new byte[8]));
    }

    private static nuint Start(LoadedDriver driver) =>
        driver.ImageStart + driver.Image.Sections.Single(s => s.IsDiscardable && s.Name == "INIT").Rva;

    private void AssertNamed(BugCheckCode code, LoadedDriver driver)
    {
        var check = _world.Executive.LastBugCheck!;
        Assert.Equal((uint)code, check.Code);
        Assert.InRange(check.Parameter1 - Start(driver), 0ul, 0x1000ul);
        Assert.Contains("in INIT, which is discarded when DriverEntry has returned", check.Detail);
    }

    private LoadedDriver Load()
    {
        var driver = _world.Host.Load(TestDrivers.PathOf("discarded", "/section:INIT,ERD"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return driver;
    }
}
