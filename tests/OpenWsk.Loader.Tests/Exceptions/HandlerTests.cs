// Handlers and frames that compilers make, written by hand in Drivers/handlers.s: a language handler that
// wraps the kernel's, registers after an __except, an unwind that the driver asks for. It knows nothing about
// C; see ExceptionTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class HandlerTests : IDisposable
{
    private const ulong AllRight = 5;
    private readonly LoaderWorld _world = new();
    private readonly LoadedDriver _driver;

    public HandlerTests()
    {
        _driver = _world.Host.Load(ExceptionDrivers.PathOf("handlers"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, _driver.CallEntry());
    }

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_handler_that_wraps_the_kernels_is_asked_and_told() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, 0));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_except_block_finds_every_register_that_its_function_kept() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, 1));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_unwind_that_the_driver_asks_for_cleans_up_on_its_way() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, 2));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_unwind_without_a_context_sets_the_result_too() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, 3));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_local_unwind_runs_the_blocks_that_are_left_and_no_others() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, 4));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_jump_out_of_a_finally_ends_the_exception_and_does_not_run_the_block_again() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, 5));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_context_restored_for_a_long_jump_goes_on_at_the_place_in_its_buffer() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, 6));
}
