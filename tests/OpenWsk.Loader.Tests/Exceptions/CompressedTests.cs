// What __CxxFrameHandler4 reads that rewritten tables do not have: Drivers/compressed.s writes it by hand.
// And the numbers that its tables consist of, right and damaged. It knows nothing about frames; compiled code
// with such tables runs in ThrowTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class CompressedTests : IDisposable
{
    private const uint TableRva = 0x2000;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    // Digits: 4 the object behind a pointer, 3 the one in the frame, 5 the block, 6 to 8 where it went on.
    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(0, 0, 4356)]
    [InlineData(0, 1, 4357)]
    [InlineData(1, 0, 4358)]
    [InlineData(1, 77, 4358)]
    public void Tables_name_destructors_with_their_objects_and_where_a_block_goes_on(
        ulong number, ulong way, ulong steps) =>
        Assert.Equal(steps, Run(number, way));

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_block_that_chooses_a_place_that_is_none_ends_the_driver()
    {
        Assert.Throws<GuestStoppedException>(() => Run(0, 2));
        Assert.Equal(0x139u, _world.Executive.LastBugCheck!.Code);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_exception_that_leaves_a_function_that_says_noexcept_ends_the_driver()
    {
        Assert.Throws<GuestStoppedException>(() => Run(2, 0));
        Assert.Equal(0x139u, _world.Executive.LastBugCheck!.Code);
        Assert.Equal(7ul, _world.Executive.LastBugCheck.Parameter1);
    }

    [Fact]
    public void Numbers_of_every_length_are_read_one_after_the_other()
    {
        uint[] values = [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1F_FFFF, 0x20_0000, 0xFFF_FFFF, uint.MaxValue];
        var written = values.SelectMany(
            v => Enumerable.Range(1, 5).SelectMany(length => CompressedTables.Compress(v, length)));
        var numbers = new CxxNumbers(ViewOf([.. written]), TableRva);
        foreach (var value in values)
        {
            for (var length = 1; length <= 5; length++)
                Assert.Equal(value, numbers.Next());
        }
        Assert.True(numbers.IsGood);
    }

    [Fact]
    public void What_lies_outside_the_file_is_no_table()
    {
        var numbers = new CxxNumbers(ViewOf([]), 0x7FFF_0000);
        Assert.Equal(0u, numbers.Next());
        Assert.False(numbers.IsGood);
        Assert.Null(CxxFunction4.Read(ViewOf([0x80]), TableRva, 0x1000, 0x1000));
        // Counts and distances that lead nowhere, and a table of catch blocks that is the table itself.
        byte[] damaged = [0x18, 0, 0x20, 0, 0, 0, 0x20, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF];
        var function = CxxFunction4.Read(ViewOf(damaged), TableRva, 0x1000, 0x1000)!;
        for (var state = -2; state < 40; state++)
            Assert.True(!function.TryState(state, out var found) || found.Outer < state);
        Assert.InRange(function.StateAt(0x1000), -1, 40);
    }

    private static ImageView ViewOf(byte[] table)
    {
        var image = TestImage.Right();
        table.CopyTo(image[".rdata"].Contents.AsSpan());
        image.Directories[1] = default;
        var bytes = image.Write();
        return DriverImage.Read(bytes, "tables.sys").Functions.View;
    }

    private ulong Run(ulong number, ulong way)
    {
        var driver = _world.Host.Load(ExceptionDrivers.PathOf("compressed"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return _world.Call(driver, 0, number, way);
    }
}
