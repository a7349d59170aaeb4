// Which block an address belongs to, as reports say it. The stacks of who made and freed it are tested with
// the loader, because only machine code has them.
namespace OpenWsk.Kernel.Tests;

public sealed class PoolDescriptionTests : IDisposable
{
    private const uint Tag = 0x6B736954; // 'Tisk'
    private readonly FakeGuardPages _pages = new();

    public void Dispose() => _pages.Dispose();

    [Theory]
    [InlineData(PoolMode.Patterns, 116, PoolPlace.PastEnd, 16, "16 bytes past the end of a live 100-byte")]
    [InlineData(PoolMode.Default, 116, PoolPlace.PastEnd, 16, "16 bytes past the end of a live 100-byte")]
    [InlineData(PoolMode.Special, 100, PoolPlace.PastEnd, 0, "0 bytes past the end of a live 100-byte")]
    [InlineData(PoolMode.Special, 4000, PoolPlace.PastEnd, 3900, "3900 bytes past the end of a live")]
    [InlineData(PoolMode.Special, -8, PoolPlace.BeforeStart, 8, "8 bytes before the start of a live")]
    [InlineData(PoolMode.SpecialUnderrun, -8, PoolPlace.BeforeStart, 8, "8 bytes before the start of a")]
    [InlineData(PoolMode.Special, 99, PoolPlace.Inside, 99, "99 bytes into a live 100-byte block 'Tisk'")]
    public void An_address_is_named_by_its_block(
        PoolMode mode, int at, PoolPlace place, int distance, string text) => Run(mode, world =>
    {
        var other = Allocate(world);
        var block = Allocate(world);
        world.Call("ExFreePool", other);
        var described = world.Executive.Pool.Describe(block + (nuint)(nint)at)!;
        Assert.Equal(block, described.Block.Address);
        Assert.Equal((place, (nuint)distance), (described.Place, described.Distance));
        Assert.StartsWith(text, described.Text(world.Executive.NameAddress), StringComparison.Ordinal);
        Assert.Contains($"made by T{world.Executive.CurrentThread.Id}",
            described.Text(world.Executive.NameAddress), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(PoolMode.Patterns)]
    [InlineData(PoolMode.Default)]
    [InlineData(PoolMode.Special)]
    public void A_freed_block_keeps_its_name(PoolMode mode) => Run(mode, world =>
    {
        var block = Allocate(world);
        world.Call("ExFreePool", block);
        var described = world.Executive.Pool.Describe(block + 4)!;
        Assert.True(described.IsFreed);
        Assert.Contains("4 bytes into a freed 100-byte block 'Tisk' (nonpaged pool)",
            described.Text(world.Executive.NameAddress), StringComparison.Ordinal);
        Assert.Contains($"freed by T{world.Executive.CurrentThread.Id}",
            described.Text(world.Executive.NameAddress), StringComparison.Ordinal);
    });

    [Fact]
    public void What_is_near_no_block_has_no_name() =>
        Run(PoolMode.Special, world => Assert.Null(world.Executive.Pool.Describe(0x1000)));

    [Fact]
    public void A_second_free_names_the_block_in_its_bug_check() => Run(PoolMode.Special, world =>
    {
        var block = Allocate(world);
        world.Call("ExFreePool", block);
        Assert.Throws<GuestStoppedException>(() => world.Call("ExFreePool", block));
        var check = world.Executive.LastBugCheck!;
        Assert.Equal((0xC2u, 7ul, Tag, (ulong)block),
            (check.Code, check.Parameter1, check.Parameter3, check.Parameter4));
        Assert.Contains("freed by T", check.Detail, StringComparison.Ordinal);
    });

    [Fact]
    public void A_free_inside_a_block_names_the_block() => Run(PoolMode.Default, world =>
    {
        var block = Allocate(world);
        Assert.Throws<GuestStoppedException>(() => world.Call("ExFreePool", block + 16));
        var check = world.Executive.LastBugCheck!;
        Assert.Equal((0xC2u, 0x46ul, (ulong)block + 16),
            (check.Code, check.Parameter1, check.Parameter2));
        Assert.Contains("16 bytes into a live 100-byte block", check.Detail, StringComparison.Ordinal);
    });

    private static nuint Allocate(KernelWorld world) =>
        (nuint)world.Call("ExAllocatePoolWithTag", 512, 100, Tag);

    private void Run(PoolMode mode, Action<KernelWorld> body) => KernelWorld.Simulate(mode, _pages, body);
}
