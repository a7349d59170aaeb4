// Bitmaps and hash tables: against plain arrays and dictionaries over random steps, and the edges.
// It knows nothing about generic tables: see TableTests.cs.
namespace OpenWsk.Kernel.Tests;

public sealed class BitMapTests
{
    private const uint None = uint.MaxValue;

    [Theory]
    [InlineData(1, 70)]
    [InlineData(2, 31)]
    [InlineData(3, 256)]
    public void A_bitmap_is_an_array_of_bits(int seed, int size) => KernelWorld.Simulate(world =>
    {
        var map = NewMap(world, size);
        var model = new bool[size];
        var random = new Random(seed);
        for (var step = 0; step < 2000; step++)
        {
            var start = random.Next(size);
            var count = random.Next(size - start + 1);
            var isSet = random.Next(2) == 1;
            world.Call(isSet ? "RtlSetBits" : "RtlClearBits", map, (uint)start, (uint)count);
            Array.Fill(model, isSet, start, count);
            var length = 1 + random.Next(12);
            var hint = random.Next(size);
            Assert.Equal(Find(model, length, hint, false), (uint)world.Call(
                "RtlFindClearBits", map, (uint)length, (uint)hint));
            Assert.Equal(Find(model, length, hint, true), (uint)world.Call(
                "RtlFindSetBits", map, (uint)length, (uint)hint));
            Assert.Equal((ulong)model.Count(bit => bit), world.Call("RtlNumberOfSetBits", map));
            Assert.Equal((ulong)model.Count(bit => !bit), world.Call("RtlNumberOfClearBits", map));
            Assert.Equal(model[start] ? 1ul : 0, world.Call("RtlTestBit", map, (uint)start));
        }
        Assert.Empty(world.Breaches);
    });

    [Fact]
    public void Runs_are_found_and_taken() => KernelWorld.Simulate(world =>
    {
        var map = NewMap(world, 64);
        world.Call("RtlSetAllBits", map);
        world.Call("RtlClearBits", map, 3, 2);
        world.Call("RtlClearBits", map, 10, 7);
        world.Call("RtlClearBits", map, 40, 4);
        var (runs, place) = (world.Memory(64), world.New<uint>());
        Assert.Equal(2ul, world.Call("RtlFindClearRuns", map, runs, 2, 1));
        Assert.Equal([10u, 7u, 40u, 4u], Words(runs, 4));
        Assert.Equal(3ul, world.Call("RtlFindClearRuns", map, runs, 8, 0));
        Assert.Equal([3u, 2u, 10u, 7u, 40u, 4u], Words(runs, 6));
        Assert.Equal(7ul, world.Call("RtlFindLongestRunClear", map, place.Address));
        Assert.Equal(10u, place.Value);
        Assert.Equal(4ul, world.Call("RtlFindNextForwardRunClear", map, 17, place.Address));
        Assert.Equal(40u, place.Value);
        Assert.Equal(7ul, world.Call("RtlFindLastBackwardRunClear", map, 39, place.Address));
        Assert.Equal(10u, place.Value);
        Assert.Equal(10ul, world.Call("RtlFindClearBitsAndSet", map, 5, 0));
        Assert.Equal(1ul, world.Call("RtlAreBitsSet", map, 10, 5));
        Assert.Equal(1ul, world.Call("RtlAreBitsClear", map, 15, 2));
        Assert.Equal(None, (uint)world.Call("RtlFindClearBitsAndSet", map, 5, 0));
    });

    [Fact]
    public void A_range_outside_is_reported_and_touches_nothing() => KernelWorld.Simulate(world =>
    {
        var map = NewMap(world, 32);
        world.Call("RtlSetBits", map, 30, 3);
        world.Call("RtlSetBits", map, uint.MaxValue, 2);
        Assert.Equal(0ul, world.Call("RtlTestBit", map, 32));
        Assert.Equal(0ul, world.Call("RtlNumberOfSetBits", map));
        Assert.Equal(0ul, world.Call("RtlAreBitsClear", map, 31, 2));
        Assert.Equal(3, world.Breaches.Count);
    });

    [Theory]
    [InlineData(0, 255, 255)]
    [InlineData(1, 0, 0)]
    [InlineData(0x8000_0000_0000_0000, 63, 63)]
    [InlineData(0x30, 5, 4)]
    public void The_highest_and_lowest_bits_are_found(ulong word, byte highest, byte lowest) =>
        KernelWorld.Simulate(world =>
        {
            Assert.Equal(highest, (byte)world.Call("RtlFindMostSignificantBit", word));
            Assert.Equal(lowest, (byte)world.Call("RtlFindLeastSignificantBit", word));
        });

    [Fact]
    public void A_hash_table_finds_all_entries_of_a_signature_while_it_grows_and_shrinks() =>
        KernelWorld.Simulate(world =>
        {
            var (place, context) = (world.New<nuint>(), world.Memory(24));
            Assert.Equal(1ul, world.Call("RtlCreateHashTable", place.Address, 0, 0));
            var table = place.Value;
            var entries = new List<(nuint Entry, ulong Signature)>();
            for (var i = 0; i < 1000; i++)
            {
                var entry = world.Memory(24);
                var signature = (ulong)(i % 333);
                Assert.Equal(1ul, world.Call("RtlInsertEntryHashTable", table, entry, signature, 0));
                entries.Add((entry, signature));
                if (i % 2 == 0)
                    Assert.Equal(1ul, world.Call("RtlExpandHashTable", table));
            }
            for (var i = 0; i < 600; i++)
                Assert.Equal(i < 500 ? 1ul : 0, world.Call("RtlContractHashTable", table));
            for (var signature = 2ul; signature < 333; signature++)
            {
                var found = new List<nuint>();
                for (var at = world.Call("RtlLookupEntryHashTable", table, signature, context); at != 0;
                    at = world.Call("RtlGetNextEntryHashTable", table, context))
                    found.Add((nuint)at);
                Assert.Equal(entries.Where(e => e.Signature == signature).Select(e => e.Entry).Order(),
                    found.Order());
            }
            Assert.Equal(entries.Select(e => e.Entry).Order(), Walk(world, table).Order());
            foreach (var (entry, _) in entries)
                Assert.Equal(1ul, world.Call("RtlRemoveEntryHashTable", table, entry, 0));
            var header = new GuestPtr<RTL_DYNAMIC_HASH_TABLE>(table).Value;
            Assert.Equal((0u, 0u, 0u), (header.NumEntries, header.NonEmptyBuckets, header.NumEnumerators));
            world.Call("RtlDeleteHashTable", table);
            Assert.Empty(world.Executive.Pool.UseByTag());
        });

    private static List<nuint> Walk(KernelWorld world, nuint table)
    {
        var (walk, seen) = (world.Memory(40), new List<nuint>());
        Assert.Equal(1ul, world.Call("RtlInitEnumerationHashTable", table, walk));
        while (world.Call("RtlEnumerateEntryHashTable", table, walk) is var entry && entry != 0)
            seen.Add((nuint)entry);
        world.Call("RtlEndEnumerationHashTable", table, walk);
        return seen;
    }

    private static uint[] Words(nuint address, int count) =>
        [.. Enumerable.Range(0, count).Select(i => GuestMemory.Read<uint>(address + (nuint)(i * 4)))];

    private static nuint NewMap(KernelWorld world, int size)
    {
        var (map, buffer) = (world.Memory(16), world.Memory((size + 31) / 32 * 4));
        world.Call("RtlInitializeBitMap", map, buffer, (uint)size);
        world.Call("RtlClearAllBits", map);
        return map;
    }

    // From the hint to the end, then from the begin, where a run may reach beyond the hint.
    private static uint Find(bool[] model, int length, int hint, bool value)
    {
        bool IsRun(int at) => at + length <= model.Length
            && model.AsSpan(at, length).IndexOf(!value) < 0;
        for (var at = hint; at < model.Length; at++)
        {
            if (IsRun(at))
                return (uint)at;
        }
        for (var at = 0; at < hint; at++)
        {
            if (IsRun(at))
                return (uint)at;
        }
        return None;
    }
}
