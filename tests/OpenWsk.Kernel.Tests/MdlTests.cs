// MDLs: the state that macros read after each routine, what is reported when a driver uses them wrongly, and
// chains as WSK_BUFs name them. It knows nothing about sockets.
namespace OpenWsk.Kernel.Tests;

public sealed class MdlTests
{
    [Theory]
    [InlineData(0x1000, 4096, 1)]
    [InlineData(0x1FFF, 2, 2)]
    [InlineData(0x1010, 100, 1)]
    [InlineData(0x1800, 8192, 3)]
    [InlineData(0x1000, 0, 0)]
    public void An_allocated_mdl_describes_its_range(int address, uint length, int pages) =>
        KernelWorld.Simulate(world =>
        {
            var mdl = Allocate(world, (nuint)address, length);
            ref var m = ref mdl.Value;
            Assert.True(m.Next.IsNull);
            Assert.Equal(48 + (8 * pages), m.Size);
            Assert.Equal((nuint)(address & ~0xFFF), m.StartVa);
            Assert.Equal((uint)(address & 0xFFF), m.ByteOffset);
            Assert.Equal(length, m.ByteCount);
            Assert.Equal((ulong)m.Size, world.Call("MmSizeOfMdl", (ulong)address, length));
            world.Call("IoFreeMdl", mdl.Address);
            Assert.Equal(0, world.Executive.Mdls.Count);
        });

    [Fact]
    public void A_mdl_goes_to_an_irp_first_or_last() => KernelWorld.Simulate(world =>
    {
        var irp = new GuestPtr<IRP>((nuint)world.Call("IoAllocateIrp", 1, 0));
        var mdls = new nuint[3];
        for (var i = 0; i < 3; i++)
            mdls[i] = (nuint)world.Call("IoAllocateMdl", 0x1000, 16, i == 0 ? 0u : 1u, 0, irp.Address);
        Assert.Equal(mdls[0], irp.Value.MdlAddress.Address);
        Assert.Equal(mdls[1], irp.Value.MdlAddress.Value.Next.Address);
        Assert.Equal(mdls[2], irp.Value.MdlAddress.Value.Next.Value.Next.Address);
    });

    [Fact]
    public void Nonpaged_pool_is_mapped_at_once() => KernelWorld.Simulate(world =>
    {
        var memory = world.Memory(100);
        var mdl = Allocate(world, memory + 4, 90);
        world.Call("MmBuildMdlForNonPagedPool", mdl.Address);
        Assert.Equal(MDL_SOURCE_IS_NONPAGED_POOL, mdl.Value.MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL);
        Assert.Equal(memory + 4, mdl.Value.MappedSystemVa);
        Assert.Equal((memory + 4) / 4096, GuestMemory.Read<ulong>(mdl.Address + 48));
        Assert.Empty(world.Breaches);
    });

    [Fact]
    [Rule("MDL-12", Twin.Obeyed)]
    [Rule("MDL-13", Twin.Obeyed)]
    public void MDL_13_obeyed_lock_map_unlock_free() => KernelWorld.Simulate(world =>
    {
        var memory = world.Memory(100);
        var mdl = Allocate(world, memory, 100);
        world.Call("MmProbeAndLockPages", mdl.Address, 0, 1);
        Assert.Equal(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION, mdl.Value.MdlFlags & 0xF7);
        Assert.Equal(memory, Map(world, mdl));
        Assert.Equal(memory, Map(world, mdl));
        Assert.Equal(MDL_MAPPED_TO_SYSTEM_VA, mdl.Value.MdlFlags & MDL_MAPPED_TO_SYSTEM_VA);
        world.Call("MmUnmapLockedPages", memory, mdl.Address);
        Assert.Equal(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION, mdl.Value.MdlFlags & 0xF7);
        Map(world, mdl);
        world.Call("MmUnlockPages", mdl.Address);
        Assert.Equal(0, mdl.Value.MdlFlags & 0xF7);
        world.Call("IoFreeMdl", mdl.Address);
        Assert.Empty(world.Breaches);
    });

    [Theory]
    [InlineData("MmBuildMdlForNonPagedPool", "MmProbeAndLockPages")]
    [InlineData("MmBuildMdlForNonPagedPool", "MmUnlockPages")]
    [InlineData("MmProbeAndLockPages", "MmBuildMdlForNonPagedPool")]
    [Rule("MDL-12", Twin.Violated)]
    public void MDL_12_violated_by_mixing_locks_and_nonpaged_pool(string first, string second) =>
        KernelWorld.Simulate(world =>
        {
            var mdl = Allocate(world, world.Memory(64), 64);
            world.Call(first, mdl.Address, 0, 0);
            world.Call(second, mdl.Address, 0, 0);
            Assert.Equal(["MDL-12"], world.Breaches);
        });

    [Theory]
    [InlineData("MmProbeAndLockPages", "IoFreeMdl")]
    [InlineData("MmProbeAndLockPages", "MmProbeAndLockPages")]
    [InlineData("MmSizeOfMdl", "MmUnlockPages")]
    [Rule("MDL-13", Twin.Violated)]
    public void MDL_13_violated_by_unbalanced_locks(string first, string second) =>
        KernelWorld.Simulate(world =>
        {
            var mdl = Allocate(world, world.Memory(64), 64);
            world.Call(first, mdl.Address, 0, 0);
            world.Call(second, mdl.Address, 0, 0);
            Assert.Equal(["MDL-13"], world.Breaches);
        });

    [Fact]
    public void Mapping_what_is_not_locked_is_reported() => KernelWorld.Simulate(world =>
    {
        Map(world, Allocate(world, world.Memory(64), 64));
        Assert.Equal(["MDL-06"], world.Breaches);
    });

    [Fact]
    public void Freeing_twice_is_bug_check_c2() => KernelWorld.Simulate(world =>
    {
        var mdl = Allocate(world, 0x1000, 1);
        world.Call("IoFreeMdl", mdl.Address);
        var stop = Assert.Throws<GuestStoppedException>(() => world.Call("IoFreeMdl", mdl.Address));
        Assert.StartsWith("BAD_POOL_CALLER (0xC2)", stop.Message, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(100, 50, 50)]
    [InlineData(100, 0, 200)]
    [InlineData(0, 300, 300)]
    public void A_partial_mdl_maps_where_its_source_does(int at, uint length, uint expected) =>
        KernelWorld.Simulate(world =>
        {
            var memory = world.Memory(300);
            var source = Allocate(world, memory, 300);
            world.Call("MmBuildMdlForNonPagedPool", source.Address);
            var target = Allocate(world, memory, 300);
            world.Call("IoBuildPartialMdl", source.Address, target.Address, memory + (nuint)at, length);
            Assert.Equal(expected, target.Value.ByteCount);
            Assert.Equal(memory + (nuint)at, target.Value.MappedSystemVa);
            Assert.Equal(MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL
                | MDL_ALLOCATED_FIXED_SIZE, target.Value.MdlFlags);
            Assert.Empty(world.Breaches);
        });

    [Fact]
    public void A_partial_mdl_of_locked_pages_is_mapped_on_demand() => KernelWorld.Simulate(world =>
    {
        var memory = world.Memory(300);
        var source = Allocate(world, memory, 300);
        world.Call("MmProbeAndLockPages", source.Address, 0, 0);
        var target = Allocate(world, memory, 300);
        world.Call("IoBuildPartialMdl", source.Address, target.Address, memory + 8, 9);
        Assert.Equal(0, target.Value.MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL));
        Assert.Equal(memory + 8, Map(world, target));
        Assert.NotEqual(0, target.Value.MdlFlags & MDL_PARTIAL_HAS_BEEN_MAPPED);
        Assert.Empty(world.Breaches);
    });

    [Fact]
    public void A_partial_mdl_that_is_too_small_is_bug_check_40() => KernelWorld.Simulate(world =>
    {
        var source = Allocate(world, 0x10000, 0x4000);
        var target = Allocate(world, 0x10000, 0x1000);
        var stop = Assert.Throws<GuestStoppedException>(() =>
            world.Call("IoBuildPartialMdl", source.Address, target.Address, 0x10000, 0x1001));
        Assert.StartsWith("TARGET_MDL_TOO_SMALL (0x40)", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    [Rule("MDL-01")]
    [Rule("MDL-02")]
    public void MDL_02_a_chain_is_the_window_from_offset_on() => KernelWorld.Simulate(world =>
    {
        var chain = new MdlChain(Buffer(world, [3, 0, 4, 5], offset: 1, length: 9));
        Assert.Equal(MdlProblem.None, chain.FindProblem());
        var lengths = new List<int>();
        foreach (var window in chain)
            lengths.Add(window.LengthBytes);
        Assert.Equal([2, 4, 3], lengths);
    });

    [Fact]
    [Rule("MDL-10")]
    public void MDL_10_copying_stays_within_the_window() => KernelWorld.Simulate(world =>
    {
        var buffer = Buffer(world, [3, 4, 5], offset: 1, length: 9);
        var chain = new MdlChain(buffer);
        Assert.Equal(9, chain.CopyFrom("abcdefghijkl"u8));
        Assert.Equal("\0abcdefghi\0\0", WholeOf(buffer.Mdl));
        Span<byte> read = stackalloc byte[20];
        Assert.Equal(9, chain.CopyTo(read));
        Assert.Equal("abcdefghi"u8.ToArray(), read[..9].ToArray());
        Assert.Equal(2, chain.CopyTo(read, at: 7));
        Assert.Equal("hi"u8.ToArray(), read[..2].ToArray());
        Assert.Equal(3, chain.CopyFrom("XYZ"u8, at: 4));
        Assert.Equal("\0abcdXYZhi\0\0", WholeOf(buffer.Mdl));
        Assert.Equal(0, chain.CopyFrom("X"u8, at: 9));
    });

    [Theory]
    [InlineData(0, 0, MdlProblem.None)]
    [InlineData(0, 12, MdlProblem.None)]
    [InlineData(0, 13, MdlProblem.TooShort)]
    [InlineData(1, 12, MdlProblem.TooShort)]
    [InlineData(3, 1, MdlProblem.OffsetOutside)]
    [InlineData(9, 0, MdlProblem.None)]
    [InlineData(uint.MaxValue, 1, MdlProblem.OffsetOutside)]
    [Rule("MDL-04")]
    public void A_window_outside_the_chain_is_a_problem(uint offset, int length, MdlProblem problem) =>
        KernelWorld.Simulate(world =>
            Assert.Equal(problem, new MdlChain(Buffer(world, [3, 4, 5], offset, length)).FindProblem()));

    [Fact]
    public void A_chain_may_be_missing_only_when_it_is_empty() => KernelWorld.Simulate(world =>
    {
        Assert.Equal(MdlProblem.None, new MdlChain(new WSK_BUF { Offset = 7 }).FindProblem());
        Assert.Equal(MdlProblem.NoMdl, new MdlChain(new WSK_BUF { Length = 1 }).FindProblem());
    });

    [Fact]
    public void A_chain_of_memory_that_is_not_locked_is_a_problem() => KernelWorld.Simulate(world =>
    {
        var buffer = Buffer(world, [3, 4], 0, 7);
        buffer.Mdl.Value.Next.Value.MdlFlags = 0;
        Assert.Equal(MdlProblem.NotLocked, new MdlChain(buffer).FindProblem());
        Assert.Equal("MDL-06", MdlChain.RuleOf(MdlProblem.NotLocked));
        buffer.Length = 3;
        Assert.Equal(MdlProblem.None, new MdlChain(buffer).FindProblem());
    });

    [Fact]
    public void A_chain_in_a_circle_of_empty_mdls_ends() => KernelWorld.Simulate(world =>
    {
        var buffer = Buffer(world, [3, 0], 0, 7);
        var second = buffer.Mdl.Value.Next;
        second.Value.Next = second;
        Assert.Equal(MdlProblem.TooShort, new MdlChain(buffer).FindProblem());
    });

    [Fact]
    public void Making_walking_and_freeing_allocate_no_managed_memory()
    {
        using var world = KernelWorld.OnSim();
        world.Run(() =>
        {
            var x = world.Executive;
            var memory = world.Memory(64);
            var bytes = new byte[64];
            Allocations.AssertNone(() =>
            {
                var mdl = MdlRoutines.IoAllocateMdl(x, memory, 64, 0, 0, default);
                MdlRoutines.MmBuildMdlForNonPagedPool(x, mdl);
                var chain = new MdlChain(new WSK_BUF { Mdl = mdl, Length = 64 });
                chain.FindProblem();
                chain.CopyTo(bytes);
                MdlRoutines.IoFreeMdl(x, mdl);
            });
        });
    }

    private static GuestPtr<MDL> Allocate(KernelWorld world, nuint address, uint length) =>
        new((nuint)world.Call("IoAllocateMdl", address, length, 0, 0, 0));

    private static nuint Map(KernelWorld world, GuestPtr<MDL> mdl) =>
        (nuint)world.Call("MmMapLockedPagesSpecifyCache", mdl.Address, 0, 1, 0, 0, 16);

    private static WSK_BUF Buffer(KernelWorld world, int[] parts, uint offset, int length)
    {
        var next = default(GuestPtr<MDL>);
        foreach (var part in parts.Reverse())
        {
            var mdl = Allocate(world, world.Memory(part + 8) + 3, (uint)part);
            world.Call("MmBuildMdlForNonPagedPool", mdl.Address);
            mdl.Value.Next = next;
            next = mdl;
        }
        return new WSK_BUF { Mdl = next, Offset = offset, Length = (nuint)length };
    }

    private static string WholeOf(GuestPtr<MDL> first)
    {
        var text = "";
        for (var mdl = first; !mdl.IsNull; mdl = mdl.Value.Next)
        {
            var bytes = GuestMemory.Span(MdlChain.AddressOf(mdl), (int)mdl.Value.ByteCount);
            text += System.Text.Encoding.Latin1.GetString(bytes);
        }
        return text;
    }
}
