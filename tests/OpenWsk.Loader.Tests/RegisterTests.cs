// What calls must leave alone in the processor: the registers that the Microsoft convention preserves.
// The driver is Drivers/registers.s, which returns the number of the first register that was lost.
namespace OpenWsk.Loader.Tests;

public sealed class RegisterTests
{
    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_import_that_collects_garbage_preserves_every_nonvolatile_register()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("registers");
        for (var round = 0; round < 50; round++)
            Assert.Equal(0ul, world.Call(driver, 0));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_callback_inside_an_import_preserves_every_nonvolatile_register()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("registers");
        for (var round = 0; round < 50; round++)
            Assert.Equal(0ul, world.Call(driver, 1));
    }
}
