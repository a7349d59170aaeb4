// Copies of every length that run off the end of a block, as overruns of drivers do: in the middle of the
// copy, not at its first byte. Whatever moves the bytes, the fault is the driver's, with the address where
// memory ends. The driver is Drivers/copies.c.
namespace OpenWsk.Loader.Tests;

public sealed class CopyTests
{
    private const int Move = 0;
    private const int Set = 1;
    private const int Compare = 2;
    private const uint Tag = 0x79706F43;
    private const int BlockBytes = 4096;
    private const ulong NonPaged = 0x40;

    // Either side of where the runtime changes its way of copying, and far beyond.
    public static TheoryData<int, int> Lengths()
    {
        var data = new TheoryData<int, int>();
        foreach (var which in new[] { Move, Set, Compare })
        {
            foreach (var length in new[] { 100, 700, 1000, 1500, 2100, 4000, 9000, 100_000, 3_000_000 })
                data.Add(which, length);
        }
        return data;
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Lengths))]
    public void A_copy_that_runs_off_a_block_is_the_drivers_fault(int which, int length)
    {
        using var world = new LoaderWorld(PoolMode.Special);
        using var driver = world.Start("copies");
        var block = PoolRoutines.ExAllocatePool2(world.Executive, NonPaged, BlockBytes, Tag);
        // The last 50 bytes are there.
        var start = block + BlockBytes - 50;
        ulong second = which == Set ? 7u : world.Executive.Heap.Allocate(length);
        Assert.Throws<GuestStoppedException>(() => world.Call(driver, which, start, second, (ulong)length));
        var check = world.Executive.LastBugCheck!;
        Assert.Equal(block + BlockBytes, (nuint)check.Parameter1);
        Assert.Contains("past the end of a live 4096-byte block", check.Detail, StringComparison.Ordinal);
    }

    // The copy is the C library's, which goes on; what it has not copied is not the guest's to see.
    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_routine_whose_copy_has_run_off_a_block_does_not_call_the_guest()
    {
        using var world = new LoaderWorld(PoolMode.Special);
        using var driver = world.Start("faults");
        const int callWith = 1;
        var visit = world.Executive.Code.AddressOf(GeneratedRoutines.All.Single(r => r.Name == "TestVisit"));
        var block = PoolRoutines.ExAllocatePool2(world.Executive, NonPaged, BlockBytes, Tag);
        var visits = 0;
        var wentOn = false;
        TestRoutines.OnVisit(world.Executive, () =>
        {
            if (++visits > 1)
                return;
            GuestMemory.Span(block + BlockBytes - 50, 1_000_000).ToArray();
            wentOn = true;
            world.Call(driver, callWith, visit, 0);
        });
        Assert.Throws<GuestStoppedException>(() => world.Call(driver, callWith, visit, 0));
        Assert.Equal((true, 1), (wentOn, visits));
        Assert.Equal(block + BlockBytes, (nuint)world.Executive.LastBugCheck!.Parameter1);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Ranges_that_overlap_move_as_a_whole()
    {
        using var world = new LoaderWorld();
        using var driver = world.Start("copies");
        const int length = 5000;
        var block = world.Executive.Heap.Allocate(3 * length);
        foreach (var distance in new[] { 1, 511, 512, 513, 2000, -1, -511, -512, -513, -2000 })
        {
            var bytes = GuestMemory.Span(block, 3 * length);
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)(i * 7 + i / 256);
            var expected = bytes.ToArray();
            Array.Copy(expected, length, expected, length + distance, length);
            var target = (ulong)((long)block + length + distance);
            Assert.Equal(target, world.Call(driver, Move, target, block + length, length));
            Assert.Equal(expected, GuestMemory.Span(block, 3 * length).ToArray());
        }
    }
}
