// Where blocks lie in the modes of the pool, what is guarded when, and what happens when the host has no more
// guards to give. The guards are fake ones that remember; real ones are tested with the loader.
using OpenWsk.Ports;

namespace OpenWsk.Kernel.Tests;

public sealed class PoolGuardTests : IDisposable
{
    private const ulong NonPaged = WdmConstants.POOL_FLAG_NON_PAGED;
    private const uint Tag = 0x6B736954; // 'Tisk'
    private const nuint PageBytes = 4096;
    private readonly FakeGuardPages _pages = new();

    public void Dispose() => _pages.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(4080)]
    [InlineData(4081)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(70_000)]
    public void In_special_pool_a_block_ends_at_a_guard_as_its_alignment_lets_it(int size) =>
        Run(PoolMode.Special, world =>
        {
            var block = Allocate(world, size);
            var alignment = size < 4096 ? 16u : 4096u;
            Assert.Equal(0u, block % alignment);
            var end = block + (nuint)size;
            var guard = (end + (alignment - 1)) & ~((nuint)alignment - 1);
            guard = guard == block ? block + 16 : guard;
            Assert.Equal(0u, guard % PageBytes);
            Assert.False(_pages.IsOpen(guard));
            Assert.True(_pages.IsOpen(guard - 1));
            Assert.True(_pages.IsOpen(block));
            Assert.False(_pages.IsOpen((block & ~(PageBytes - 1)) - 1));
            GuestMemory.Span(block, size).Clear();
            world.Call("ExFreePoolWithTag", block, Tag);
        });

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5000)]
    public void In_the_underrun_variant_a_block_begins_at_a_guard(int size) =>
        Run(PoolMode.SpecialUnderrun, world =>
        {
            var block = Allocate(world, size);
            Assert.Equal(0u, block % PageBytes);
            Assert.True(_pages.IsOpen(block));
            Assert.False(_pages.IsOpen(block - 1));
        });

    [Fact]
    public void What_is_freed_in_special_pool_is_guarded_and_not_given_again_soon() =>
        Run(PoolMode.Special, world =>
        {
            var block = Allocate(world, 100);
            world.Call("ExFreePoolWithTag", block, Tag);
            Assert.False(_pages.IsOpen(block));
            for (var i = 0; i < 100; i++)
            {
                var next = Allocate(world, 100);
                Assert.NotEqual(block, next);
                world.Call("ExFreePoolWithTag", next, Tag);
            }
            Assert.Equal(BlockState.Freed, world.Executive.Pool.Describe(block)!.Block.State);
        });

    [Theory]
    [InlineData(PoolMode.Default)]
    [InlineData(PoolMode.Special)]
    [InlineData(PoolMode.SpecialUnderrun)]
    public void IRPs_and_MDLs_lie_before_a_guard_too(PoolMode mode) => Run(mode, world =>
    {
        var irp = (nuint)world.Call("IoAllocateIrp", 2, 0);
        var mdl = (nuint)world.Call("IoAllocateMdl", irp, 100, 0, 0, 0);
        foreach (var block in new[] { irp, mdl })
        {
            Assert.True(_pages.IsOpen(block));
            Assert.False(_pages.IsOpen(block + PageBytes));
        }
        Assert.Equal("IRP", world.Executive.Pool.Describe(irp)!.KindText);
        Assert.Equal("MDL", world.Executive.Pool.Describe(mdl)!.KindText);
        world.Call("IoFreeMdl", mdl);
        world.Call("IoFreeIrp", irp);
        var isSpecial = mode != PoolMode.Default;
        Assert.Equal(!isSpecial, _pages.IsOpen(irp));
        if (!isSpecial)
            Assert.Equal(0xDDDD, GuestMemory.Read<ushort>(irp));
    });

    [Theory]
    [InlineData(PoolMode.Default)]
    [InlineData(PoolMode.Special)]
    public void Sixty_thousand_blocks_are_given_whatever_the_host_allows(PoolMode mode)
    {
        _pages.OpensMax = 1000;
        Run(mode, world =>
        {
            var blocks = Enumerable.Range(0, 60_000).Select(_ => Allocate(world, 32)).ToHashSet();
            Assert.Equal(60_000, blocks.Count);
            Assert.DoesNotContain((nuint)0, blocks);
            Assert.Equal(60_000, world.Executive.Pool.Count);
            foreach (var block in blocks)
                world.Call("ExFreePoolWithTag", block, Tag);
            Assert.Equal(0, world.Executive.Pool.Count);
        });
    }

    [Fact]
    public void Without_address_space_there_are_patterns_still()
    {
        _pages.HasAddresses = false;
        Run(PoolMode.Special, world =>
        {
            var block = Allocate(world, 32);
            Assert.NotEqual((nuint)0, block);
            GuestMemory.Write(block + 32, (byte)1);
            Assert.Throws<GuestStoppedException>(() => world.Call("ExFreePool", block));
        });
    }

    [Theory]
    [InlineData(10, 10, 0x24)]
    [InlineData(10, 15, 0x24)]
    [InlineData(5000, 5000, 0x24)]
    [InlineData(10, -1, 0x23)]
    [InlineData(10, -4000, 0x23)]
    public void Damage_beside_a_block_of_special_pool_is_bug_check_c1(int size, int at, ulong kind) =>
        Run(PoolMode.Special, world =>
        {
            var block = Allocate(world, size);
            GuestMemory.Write(block + (nuint)(nint)at, (byte)7);
            Assert.Throws<GuestStoppedException>(() => world.Call("ExFreePoolWithTag", block, Tag));
            var check = world.Executive.LastBugCheck!;
            Assert.Equal((uint)BugCheckCode.SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION, check.Code);
            Assert.Equal(block, check.Parameter1);
            Assert.Equal(block + (nuint)(nint)at, check.Parameter2);
            Assert.Equal(kind, check.Parameter4);
        });

    [Fact]
    public void In_the_default_mode_what_is_written_after_free_is_found_when_the_slot_is_used_again() =>
        Run(PoolMode.Default, WriteAfterFreeAndExpectTheFinding);

    [Fact]
    public void Special_pool_that_found_no_guard_is_looked_at_for_writes_when_its_memory_is_given_back()
    {
        _pages.HasAddresses = false;
        Run(PoolMode.Special, WriteAfterFreeAndExpectTheFinding);
    }

    // In a slot, and in memory without one.
    [Theory]
    [InlineData(100)]
    [InlineData(5000)]
    public void A_block_that_two_free_at_once_is_told_although_somebody_has_got_it_between(int size) =>
        Run(PoolMode.Default, world =>
        {
            var block = Allocate(world, size);
            world.Executive.AddEndingWatch(new Meanwhile(() =>
            {
                world.Call("ExFreePool", block);
                for (nuint next; (next = Allocate(world, size)) != block;)
                    world.Call("ExFreePool", next);
            }));
            Assert.Throws<GuestStoppedException>(() => world.Call("ExFreePool", block));
            var check = world.Executive.LastBugCheck!;
            Assert.Equal((uint)BugCheckCode.BAD_POOL_CALLER, check.Code);
            Assert.Equal((7ul, (ulong)block), (check.Parameter1, check.Parameter4));
            Assert.True(world.Executive.Pool.TryGet(block, out _));
        });

    [Fact]
    public void Only_what_is_asked_for_may_be_executed() => Run(PoolMode.Default, world =>
    {
        const ulong execute = WdmConstants.POOL_FLAG_NON_PAGED_EXECUTE;
        var plain = (nuint)world.Call("ExAllocatePool2", NonPaged, 5000, Tag);
        var code = (nuint)world.Call("ExAllocatePool2", execute, 5000, Tag);
        Assert.True(_pages.IsExecutable(code));
        Assert.False(_pages.IsExecutable(plain));
    });

    [Fact]
    public void Paged_special_pool_freed_at_dispatch_level_is_bug_check_c1() =>
        Run(PoolMode.Special, world =>
        {
            var block = world.Call("ExAllocatePoolWithTag", 1, 8, Tag);
            world.Call("KfRaiseIrql", Irql.Dispatch);
            Assert.Throws<GuestStoppedException>(() => world.Call("ExFreePool", block));
            Assert.Equal((Irql.Dispatch, 1ul, block, 0x31ul),
                (world.Executive.LastBugCheck!.Parameter1, world.Executive.LastBugCheck.Parameter2,
                world.Executive.LastBugCheck.Parameter3, world.Executive.LastBugCheck.Parameter4));
        });

    private static void WriteAfterFreeAndExpectTheFinding(KernelWorld world)
    {
        var block = Allocate(world, 100);
        world.Call("ExFreePool", block);
        GuestMemory.Write(block + 50, (byte)7);
        for (var i = 0; i < 5000 && world.Breaches.Count == 0; i++)
            world.Call("ExFreePool", Allocate(world, 100));
        Assert.Equal(["POOL"], world.Breaches);
        Assert.Contains("50 bytes into a freed 100-byte block 'Tisk'",
            world.Events.Single(e => e.Kind == KernelEventKind.Breach).Detail, StringComparison.Ordinal);
    }

    private static nuint Allocate(KernelWorld world, int size) =>
        (nuint)world.Call("ExAllocatePoolWithTag", 512, (ulong)size, Tag);

    private void Run(PoolMode mode, Action<KernelWorld> body) => KernelWorld.Simulate(mode, _pages, body);

    // What another thread does while the first free is under way.
    private sealed class Meanwhile(Action work) : IEndingWatch
    {
        private bool _isDone;

        public void OnFreeing(GuestRange memory)
        {
            if (_isDone)
                return;
            _isDone = true;
            work();
        }
    }
}
