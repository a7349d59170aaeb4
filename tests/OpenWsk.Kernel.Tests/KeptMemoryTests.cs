// Places that clients have promised to keep: a block that holds one is found, its neighbours are not, however
// long they are. That what is freed too early is reported: the provider's tests.
namespace OpenWsk.Kernel.Tests;

public sealed class KeptMemoryTests
{
    private static readonly nuint Place = unchecked((nuint)0x7F12_3456_7010);

    private readonly KeptMemory _kept = new();

    [Theory]
    [InlineData(0, 16)]
    [InlineData(0, 1)]
    [InlineData(-16, 32)]
    [InlineData(-0x1_0000, 0x2_0000)]
    [InlineData(-0x100_0000, 0x200_0000)]
    public void A_block_that_holds_a_place_is_found(int from, int lengthBytes)
    {
        _kept.Add(Place);
        Assert.True(_kept.MayLieIn(Block(from, lengthBytes)));
    }

    [Theory]
    [InlineData(-16, 16)]
    [InlineData(16, 16)]
    [InlineData(-0x1_0010, 0x1_0010)]
    [InlineData(16, 0x1_0000)]
    [InlineData(0, 0)]
    public void Its_neighbours_are_not(int from, int lengthBytes)
    {
        _kept.Add(Place);
        Assert.False(_kept.MayLieIn(Block(from, lengthBytes)));
    }

    [Fact]
    public void A_place_is_kept_as_long_as_anybody_needs_it()
    {
        _kept.Add(Place);
        _kept.Add(Place);
        _kept.Remove(Place);
        Assert.True(_kept.MayLieIn(Block(0, 16)));
        _kept.Remove(Place);
        Assert.False(_kept.MayLieIn(Block(0, 16)));
    }

    [Fact]
    public void No_address_is_no_place()
    {
        _kept.Add(0);
        Assert.False(_kept.MayLieIn(new GuestRange(0, 4096)));
        _kept.Remove(0);
    }

    private static GuestRange Block(int from, int lengthBytes) =>
        new((nuint)((nint)Place + from), (nuint)lengthBytes);
}
