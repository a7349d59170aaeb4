// C++ exceptions of a driver that g++ has built, with its runtime in it: everything that another language
// needs of the kernel's unwinding. The driver is Drivers/cxx.cpp. It knows nothing about the runtime.
namespace OpenWsk.Loader.Tests;

public sealed class CxxTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    // Digits: destructors on the way (2, 3, 5), a handler that rethrows (4), the handler (6 and 7).
    [CapabilityTheory(DriverTools.Gxx, Capability.Mingw)]
    [InlineData(0, 12436ul)]
    [InlineData(1, 1237ul)]
    [InlineData(2, 12357ul)]
    [InlineData(3, 12357ul)]
    public void Exceptions_destroy_what_is_on_their_way_and_are_caught_by_type(int which, ulong trace)
    {
        var driver = _world.Host.Load(ExceptionDrivers.CxxPathOf("cxx"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        Assert.Equal(trace, _world.Call(driver, 0, (ulong)which));
        Assert.Equal(which == 3 ? 1 : 0, ExceptionTestRoutines.Finallys(_world.Executive).Value);
    }
}
