// Every routine that drivers can call, given pointers that lead nowhere: the call returns, or it ends as an
// exception or a bug check; the process lives and the exception names the pointer's use. The driver is
// Drivers/faults.c.
namespace OpenWsk.Loader.Tests;

public sealed class WildPointerTests
{
    private const int CallWith = 1;

    // They wait for what never happens, or end what the test needs.
    private static readonly string[] s_left =
        ["KeDelayExecutionThread", "KeStallExecutionProcessor", "PsTerminateSystemThread"];

    public static TheoryData<ulong> Pointers() =>
    [
        0, 0x10, 0x1234_5678_9ABC_DEF0, 0xFFFF_C000_1234_5678, 0x0000_4000_0000_0000,
    ];

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Pointers))]
    public void No_routine_dies_of_a_wild_pointer(ulong pointer)
    {
        foreach (var routine in KernelExports.All)
        {
            if (s_left.Contains(routine.Name))
                continue;
            using var world = new LoaderWorld();
            using var driver = world.Start("faults");
            var address = world.Executive.Code.AddressOf(routine);
            var ended = Record.Exception(() => world.Call(driver, CallWith, address, pointer));
            Assert.True(ended is null or GuestUnwindException, $"{routine}: {ended}");
            world.Executive.CurrentThread.Irql = Irql.Passive;
        }
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("TestCopyMany")]
    [InlineData("TestClearMany")]
    public void A_large_copy_that_meets_no_memory_is_the_exception_too(string name)
    {
        using var world = new LoaderWorld();
        using var driver = world.Start("faults");
        var address = world.Executive.Code.AddressOf(GeneratedRoutines.All.Single(r => r.Name == name));
        const ulong nowhere = 0x0000_4000_0000_0000;
        Assert.Throws<GuestStoppedException>(() => world.Call(driver, CallWith, address, nowhere));
        var exception = world.Executive.LastBugCheck!.Snapshot!.Exception!.Value;
        Assert.Equal(nowhere, exception.ExceptionInformation[1]);
    }
}
