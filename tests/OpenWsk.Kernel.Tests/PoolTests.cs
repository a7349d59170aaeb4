// The pool: alignment, fill, tags, what is left, and what a driver gets for freeing wrongly or writing
// outside. It knows nothing about MDLs.
namespace OpenWsk.Kernel.Tests;

public sealed class PoolTests
{
    private const ulong NonPaged = WdmConstants.POOL_FLAG_NON_PAGED;
    private const ulong Paged = WdmConstants.POOL_FLAG_PAGED;
    private const uint Tag = 0x6B736954; // 'Tisk'

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 16)]
    [InlineData(100, 16)]
    [InlineData(4095, 16)]
    [InlineData(4096, 4096)]
    [InlineData(100_000, 4096)]
    public void Blocks_are_aligned_and_full_of_the_fresh_pattern(int size, int alignment) =>
        KernelWorld.Simulate(world =>
        {
            var block = (nuint)world.Call("ExAllocatePoolWithTag", 512, (ulong)size, Tag);
            Assert.Equal(0u, block % (nuint)alignment);
            Assert.Equal(-1, GuestMemory.Span(block, size).IndexOfAnyExcept((byte)0xA5));
            GuestMemory.Span(block, size).Clear();
            world.Call("ExFreePoolWithTag", block, Tag);
            Assert.Equal(0, world.Executive.Pool.Count);
            Assert.Equal(0, world.Executive.Pool.UsedBytes);
        });

    [Theory]
    [InlineData(NonPaged, 64, true, true)]
    [InlineData(Paged, 64, true, true)]
    [InlineData(NonPaged | WdmConstants.POOL_FLAG_UNINITIALIZED, 64, true, false)]
    [InlineData(NonPaged | WdmConstants.POOL_FLAG_OPTIONAL_START, 64, true, true)]
    [InlineData(NonPaged, 0, false, false)]
    [InlineData(0ul, 64, false, false)]
    [InlineData(NonPaged | Paged, 64, false, false)]
    [InlineData(NonPaged | 0x10, 64, false, false)]
    public void ExAllocatePool2_follows_its_flags(ulong flags, int size, bool isGiven, bool isZero) =>
        KernelWorld.Simulate(world =>
        {
            var block = (nuint)world.Call("ExAllocatePool2", flags, (ulong)size, Tag);
            Assert.Equal(isGiven, block != 0);
            if (isGiven)
                Assert.Equal(isZero, GuestMemory.Span(block, size).IndexOfAnyExcept((byte)0) < 0);
        });

    [Fact]
    public void ExAllocatePool3_takes_priorities_and_refuses_a_required_secure_pool() =>
        KernelWorld.Simulate(world =>
        {
            var parameter = world.New<POOL_EXTENDED_PARAMETER>();
            ulong Allocate(ulong typeAndFlags)
            {
                parameter.Value.TypeAndFlags = typeAndFlags;
                return world.Call("ExAllocatePool3", NonPaged, 8, Tag, parameter.Address, 1);
            }

            Assert.NotEqual(0ul, Allocate(1));
            Assert.Equal(0ul, Allocate(2));
            Assert.NotEqual(0ul, Allocate(2 | 0x100));
            Assert.NotEqual(0ul, world.Call("ExAllocatePool3", NonPaged, 8, Tag, 0, 0));
        });

    [Theory]
    [InlineData(0x6B73_6954, "'Tisk'")]
    [InlineData(0xEB73_6954, "'Tisk'")]
    [InlineData(0x0063_6261, "'abc.'")]
    [InlineData(0xDEAD_BEEF, "0xdeadbeef")]
    [InlineData(0x6B73_6909, "0x6b736909")]
    public void A_tag_is_named_by_its_characters_or_as_a_number(uint tag, string name) =>
        Assert.Equal(name, PoolService.TagName(tag));

    [Fact]
    public void What_is_held_is_counted_by_tag() => KernelWorld.Simulate(world =>
    {
        world.Call("ExAllocatePoolWithTag", 0, 10, Tag);
        world.Call("ExAllocatePool2", NonPaged, 20, Tag);
        world.Call("ExAllocatePool", 0, 5);
        var use = world.Executive.Pool.UseByTag();
        Assert.Equal(["'None'", "'Tisk'"], use.Select(u => u.TagText));
        Assert.Equal(new PoolUse(Tag, 2, 30), use[1]);
        Assert.Equal(35, world.Executive.Pool.UsedBytes);
    });

    [Fact]
    public void Freeing_twice_is_bug_check_c2() => KernelWorld.Simulate(world =>
    {
        var block = world.Call("ExAllocatePoolWithTag", 0, 10, Tag);
        world.Call("ExFreePool", block);
        ExpectStop("BAD_POOL_CALLER (0xC2)", () => world.Call("ExFreePool", block));
    });

    [Theory]
    [InlineData(0ul)]
    [InlineData(0x1234ul)]
    public void Freeing_what_is_no_block_is_bug_check_c2(ulong address) => KernelWorld.Simulate(world =>
        ExpectStop("BAD_POOL_CALLER (0xC2)", () => world.Call("ExFreePoolWithTag", address, Tag)));

    [Fact]
    public void The_protected_bit_is_no_part_of_a_tag() => KernelWorld.Simulate(world =>
    {
        const uint isProtected = 0x8000_0000;
        world.Call("ExFreePoolWithTag", world.Call("ExAllocatePoolWithTag", 0, 10, Tag | isProtected), Tag);
        world.Call("ExFreePoolWithTag", world.Call("ExAllocatePoolWithTag", 0, 10, Tag), Tag | isProtected);
        Assert.Equal(0, world.Executive.Pool.Count);
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(280)]
    public void An_irp_that_was_written_beside_is_bug_check_19(int offset) => KernelWorld.Simulate(world =>
    {
        var irp = (nuint)world.Call("IoAllocateIrp", 1, 0);
        GuestMemory.Write((nuint)((nint)irp + offset), (byte)1);
        ExpectStop("BAD_POOL_HEADER (0x19)", () => world.Call("IoFreeIrp", irp));
    });

    [Fact]
    public void An_irp_is_no_pool_to_free() => KernelWorld.Simulate(world =>
    {
        var irp = world.Call("IoAllocateIrp", 1, 0);
        ExpectStop("BAD_POOL_CALLER (0xC2)", () => world.Call("ExFreePoolWithTag", irp, 0));
    });

    [Fact]
    public void Freeing_with_another_tag_is_bug_check_c2() => KernelWorld.Simulate(world =>
    {
        var block = world.Call("ExAllocatePoolWithTag", 0, 10, Tag);
        ExpectStop("BAD_POOL_CALLER (0xC2)", () => world.Call("ExFreePoolWithTag", block, Tag + 1));
    });

    [Theory]
    [InlineData(10, 10, "0 bytes past its end")]
    [InlineData(10, 15, "5 bytes past its end")]
    [InlineData(16, 31, "15 bytes past its end")]
    [InlineData(5000, 5000, "0 bytes past its end")]
    [InlineData(10, -1, "1 bytes before its begin")]
    [InlineData(5000, -16, "16 bytes before its begin")]
    public void Writing_outside_a_block_is_found_when_it_is_freed(int size, int at, string where) =>
        KernelWorld.Simulate(world =>
        {
            var block = (nuint)world.Call("ExAllocatePoolWithTag", 0, (ulong)size, Tag);
            GuestMemory.Write(block + (nuint)(nint)at, (byte)7);
            var stop = ExpectStop("BAD_POOL_HEADER (0x19)", () =>
                world.Call("ExFreePoolWithTag", block, Tag));
            Assert.Contains(where, stop, StringComparison.Ordinal);
        });

    [Fact]
    public void Beyond_the_limit_there_is_no_room() => KernelWorld.Simulate(world =>
    {
        world.Executive.Pool.LimitBytes = 1000;
        Assert.NotEqual(0ul, world.Call("ExAllocatePoolWithTag", 0, 900, Tag));
        Assert.Equal(0ul, world.Call("ExAllocatePoolWithTag", 0, 200, Tag));
        Assert.Equal(0ul, world.Call("ExAllocatePoolWithTag", 0, ulong.MaxValue, Tag));
        Assert.NotEqual(0ul, world.Call("ExAllocatePoolWithTag", 0, 100, Tag));
        var raise = Assert.Throws<GuestRaiseException>(() =>
            world.Call("ExAllocatePoolWithQuotaTag", 0, 200, Tag));
        Assert.Equal(NTSTATUS.STATUS_INSUFFICIENT_RESOURCES, raise.Code);
        const ulong failInsteadOfRaise = 8;
        Assert.Equal(0ul, world.Call("ExAllocatePoolWithQuotaTag", failInsteadOfRaise, 200, Tag));
    });

    [Fact]
    public void Paged_pool_at_dispatch_level_is_reported() => KernelWorld.Simulate(world =>
    {
        world.Call("KfRaiseIrql", Irql.Dispatch);
        world.Call("ExAllocatePoolWithTag", 0, 8, Tag);
        Assert.Empty(world.Breaches);
        world.Call("ExAllocatePoolWithTag", 1, 8, Tag);
        Assert.Equal(["IRQL"], world.Breaches);
    });

    [Fact]
    public void Allocation_and_freeing_allocate_no_managed_memory()
    {
        using var world = KernelWorld.OnSim();
        world.Run(() => Allocations.AssertNone(() =>
        {
            var block = PoolRoutines.ExAllocatePool2(world.Executive, NonPaged, 256, Tag);
            PoolRoutines.ExFreePoolWithTag(world.Executive, block, Tag);
        }));
    }

    [Fact]
    public void A_lookaside_list_is_what_inlined_code_expects() => KernelWorld.Simulate(world =>
    {
        var list = world.New<GENERAL_LOOKASIDE>();
        world.Call("ExInitializeNPagedLookasideList", list.Address, 0, 0, 512, 48, Tag, 0);
        Assert.Equal(48u, list.Value.Size);
        Assert.Equal(POOL_TYPE.NonPagedPoolNx, list.Value.Type);
        Assert.True(list.Value.Depth > 0);
        var x = world.Executive;
        var entries = Enumerable.Range(0, 3)
            .Select(_ =>
                x.Code.Call(list.Value.Allocate, [(uint)list.Value.Type, list.Value.Size, list.Value.Tag]))
            .ToArray();
        foreach (var entry in entries)
            world.Call("ExpInterlockedPushEntrySList", list.Address, entry);
        Assert.Equal(3ul, world.Call("ExQueryDepthSList", list.Address));
        world.Call("ExDeleteNPagedLookasideList", list.Address);
        Assert.Equal(0, x.Pool.Count);
    });

    private static string ExpectStop(string name, Func<ulong> call)
    {
        var stop = Assert.Throws<GuestStoppedException>(() => call());
        Assert.StartsWith(name, stop.Message, StringComparison.Ordinal);
        return stop.Message;
    }
}
