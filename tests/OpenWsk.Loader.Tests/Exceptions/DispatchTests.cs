// What handlers are told of an exception and of an unwinding, by the flags that they see, and where a scope
// table's entries end. The driver is Drivers/dispatch.s. What handlers do is in HandlerTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class DispatchTests : IDisposable
{
    private const int Outside = 0;
    private const int Direction = 1;
    private const int Nested = 2;
    private const int Exits = 3;
    private const int Gone = 4;
    private const ulong AllRight = 5;
    private readonly LoaderWorld _world = new();
    private readonly LoadedDriver _driver;

    public DispatchTests()
    {
        _driver = _world.Host.Load(ExceptionDrivers.PathOf("dispatch"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, _driver.CallEntry());
    }

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_instruction_behind_a_try_is_not_in_it() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, Outside));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_except_begins_with_the_direction_flag_clear() =>
        Assert.Equal(AllRight, _world.Call(_driver, 0, Direction));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_fault_in_a_filter_is_shown_as_nested_to_the_frames_below_it()
    {
        Assert.Equal(AllRight, _world.Call(_driver, 0, Nested));
        var flags = Flags();
        Assert.Equal([0, ExceptionFlags.NestedCall], flags[..2]);
        Assert.All(flags[2..], f => Assert.NotEqual(0u, f & ExceptionFlags.Unwinding));
        Assert.Equal(3, flags.Length);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_unwinding_without_a_target_says_so()
    {
        Assert.Throws<GuestStoppedException>(() => _world.Call(_driver, 0, Exits));
        Assert.Equal([ExceptionFlags.Unwinding | ExceptionFlags.ExitUnwind], Flags());
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_unwinding_to_a_frame_that_has_gone_cleans_nothing_up()
    {
        Assert.Throws<GuestStoppedException>(() => _world.Call(_driver, 0, Gone));
        Assert.Empty(Flags());
    }

    private uint[] Flags()
    {
        var noted = _driver.Object.Value.MajorFunction[1];
        return [.. Enumerable.Range(1, GuestMemory.Read<int>(noted))
            .Select(i => GuestMemory.Read<uint>(noted + (nuint)(4 * i)))];
    }
}
