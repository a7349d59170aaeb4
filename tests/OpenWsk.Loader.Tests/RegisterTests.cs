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
    public void A_thread_that_ran_a_driver_without_vectors_preserves_them_for_the_next_driver()
    {
        using var world = new LoaderWorld();
        world.Start("calls");
        var driver = world.Start("registers");
        Assert.Equal(0ul, world.Call(driver, 0));
        Assert.Equal(0ul, world.Call(driver, 1));
    }

    [Theory]
    [InlineData("0F 29 74 24 20", true)] // movaps [rsp+20h], xmm6
    [InlineData("44 0F 11 3C 24", true)] // movups [rsp], xmm15
    [InlineData("66 44 0F 7F 04 24", true)] // movdqa [rsp], xmm8
    [InlineData("C5 78 11 04 24", true)] // vmovups [rsp], xmm8
    [InlineData("C5 F8 29 34 24", true)] // vmovaps [rsp], xmm6
    [InlineData("C4 41 78 29 04 24", true)] // vmovaps [r12], xmm8
    [InlineData("0F 29 2C 24", false)] // movaps [rsp], xmm5
    [InlineData("0F 29 F7", false)] // movaps xmm7, xmm6
    [InlineData("C5 F8 11 04 24", false)] // vmovups [rsp], xmm0
    [InlineData("48 89 5C 24 08 0F 29", false)] // cut off
    public void A_store_of_a_preserved_vector_register_is_recognised(string code, bool isStore) =>
        Assert.Equal(isStore, VectorStores.MayBeIn(Convert.FromHexString(code.Replace(" ", ""))));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_callback_inside_an_import_preserves_every_nonvolatile_register()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("registers");
        for (var round = 0; round < 50; round++)
            Assert.Equal(0ul, world.Call(driver, 1));
    }

    // 0: a filter repairs a fault, with another fault repaired in it. 1: an instruction that the host does.
    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm, Capability.Avx2)]
    [InlineData(0)]
    [InlineData(1)]
    public void An_instruction_that_goes_on_after_a_fault_finds_its_vector_registers_in_full(ulong number)
    {
        using var world = new LoaderWorld();
        var driver = world.Host.Load(ExceptionDrivers.PathOf("vectors"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        for (var round = 0; round < 50; round++)
            Assert.Equal(0ul, world.Call(driver, 0, number));
    }
}
