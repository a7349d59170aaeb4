// How much a driver can have of the pool: a block of a gigabyte at most, and all blocks together no more than
// the limit. What is refused costs nothing. It knows nothing about guards: see SpecialPoolTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class PoolLimitTests
{
    private const uint Tag = 0x6B736954; // 'Tisk'
    private const nuint LargestBytes = 1u << 30;

    [Theory]
    [InlineData(PoolMode.Default)]
    [InlineData(PoolMode.Special)]
    [InlineData(PoolMode.SpecialUnderrun)]
    public void A_block_above_a_gigabyte_is_refused_and_costs_nothing(PoolMode mode)
    {
        using var world = new LoaderWorld(mode);
        foreach (var size in (nuint[])[LargestBytes + 1, 2 * LargestBytes, nuint.MaxValue])
            Assert.Equal(0u, world.Executive.Pool.Allocate(size, Tag, isPaged: false, isZeroed: false));
        Assert.Equal(0, world.Executive.Pool.UsedBytes);
        Assert.Empty(world.Executive.CollectLeftovers());
        // There is room for others all the same.
        var block = world.Executive.Pool.Allocate(100, Tag, isPaged: false, isZeroed: true);
        Assert.NotEqual(0u, block);
        world.Executive.Pool.Free(block, Tag);
    }

    [Fact]
    public void All_blocks_together_are_no_more_than_the_limit()
    {
        using var world = new LoaderWorld();
        var pool = world.Executive.Pool;
        pool.LimitBytes = 10_000;
        var first = pool.Allocate(6_000, Tag, isPaged: false, isZeroed: false);
        Assert.NotEqual(0u, first);
        Assert.Equal(0u, pool.Allocate(4_001, Tag, isPaged: true, isZeroed: false));
        var second = pool.Allocate(4_000, Tag, isPaged: true, isZeroed: false);
        Assert.NotEqual(0u, second);
        pool.Free(first, Tag);
        pool.Free(second, Tag);
        Assert.Equal(0, pool.UsedBytes);
    }
}
