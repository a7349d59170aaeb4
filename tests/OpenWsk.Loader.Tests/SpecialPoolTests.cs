// Guards around blocks as this host makes them: what can be read and what cannot, in each mode and by each
// means. Whether a driver's access beside a block becomes a bug check is tested in SpecialPoolFaultTests.cs.
using OpenWsk.Ports;

namespace OpenWsk.Loader.Tests;

public sealed class SpecialPoolTests
{
    private const uint Tag = 0x6B736954; // 'Tisk'
    private const ulong NonPaged = WdmConstants.POOL_FLAG_NON_PAGED;

    public static TheoryData<string, PoolMode> Guards
    {
        get
        {
            var rows = new TheoryData<string, PoolMode>();
            foreach (var method in new[] { "mprotect", "light" })
            {
                rows.Add(method, PoolMode.Default);
                rows.Add(method, PoolMode.Special);
                rows.Add(method, PoolMode.SpecialUnderrun);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Guards))]
    public void Beside_a_small_block_nothing_can_be_read(string method, PoolMode mode)
    {
        using var world = Open(method, mode);
        if (world is null)
            return;
        var block = Allocate(world, 96);
        Assert.True(ProcessMemory.CanRead(block));
        Assert.True(ProcessMemory.CanRead(block + 95));
        var guard = mode == PoolMode.SpecialUnderrun ? block - 1 : block + 96;
        Assert.False(ProcessMemory.CanRead(guard));
        Free(world, block);
        Assert.Equal(mode == PoolMode.Default, ProcessMemory.CanRead(block));
    }

    [Theory]
    [MemberData(nameof(Guards))]
    public void What_is_opened_again_holds_nothing_of_before(string method, PoolMode mode)
    {
        using var world = Open(method, mode);
        if (world is null)
            return;
        for (var i = 0; i < 200; i++)
        {
            var block = Allocate(world, 4096);
            Assert.Equal(-1, GuestMemory.Span(block, 4096).IndexOfAnyExcept((byte)0));
            GuestMemory.Span(block, 4096).Fill(0x77);
            Free(world, block);
        }
    }

    [Fact]
    public void A_large_block_of_special_pool_lies_between_guards()
    {
        using var world = new LoaderWorld(PoolMode.Special);
        var block = Allocate(world, 3 << 20);
        Assert.False(ProcessMemory.CanRead(block - 1));
        Assert.True(ProcessMemory.CanRead(block + (3 << 20) - 1));
        Assert.False(ProcessMemory.CanRead(block + (3 << 20)));
        Free(world, block);
        Assert.False(ProcessMemory.CanRead(block));
    }

    [Fact]
    public void Executable_pool_may_be_executed_and_other_pool_may_not()
    {
        using var world = new LoaderWorld();
        var code = (nuint)world.Executive.Routines.Get(Libraries.Ntoskrnl, "ExAllocatePool2")
            .Invoke(world.Executive, [WdmConstants.POOL_FLAG_NON_PAGED_EXECUTE, 64, Tag]);
        Assert.Contains('x', ProcessMemory.AccessOf(code));
        Assert.DoesNotContain('x', ProcessMemory.AccessOf(Allocate(world, 64)));
        Assert.DoesNotContain('x', ProcessMemory.AccessOf(Allocate(world, 10_000)));
    }

    [Fact]
    public void Mappings_that_are_used_up_give_blocks_without_guards()
    {
        const int OpensMax = 100;
        using var world = new LoaderWorld(PoolMode.Special, new ProtectedGuardPages(OpensMax));
        var blocks = Enumerable.Range(0, 300).Select(_ => Allocate(world, 32)).ToList();
        // The world's own structures have taken some.
        Assert.InRange(blocks.Count(block => !ProcessMemory.CanRead(block + 32)), OpensMax / 2, OpensMax);
        foreach (var block in blocks)
            Free(world, block);
        Assert.False(ProcessMemory.CanRead(Allocate(world, 32) + 32));
    }

    [Fact]
    public void Sixty_thousand_live_blocks_of_special_pool_fit_into_the_process()
    {
        using var world = new LoaderWorld(PoolMode.Special);
        var blocks = Enumerable.Range(0, 60_000).Select(_ => Allocate(world, 32)).ToHashSet();
        Assert.Equal(60_000, blocks.Count);
        Assert.Equal(60_000, world.Executive.Pool.Count);
    }

    private static LoaderWorld? Open(string method, PoolMode mode)
    {
        if (method == "mprotect")
            return new LoaderWorld(mode, new ProtectedGuardPages(2000));
        return LightGuardPages.IsAvailable ? new LoaderWorld(mode, new LightGuardPages()) : null;
    }

    private static nuint Allocate(LoaderWorld world, int size) =>
        PoolRoutines.ExAllocatePool2(world.Executive, NonPaged, (nuint)size, Tag);

    private static void Free(LoaderWorld world, nuint block) =>
        PoolRoutines.ExFreePoolWithTag(world.Executive, block, Tag);
}
