// What becomes of privileged instructions when an image is mapped: cr8 accesses beside every kind of
// neighbour run as jumps to code of ours, and an image that would enter the host's kernel is refused. The
// drivers are Drivers/fixed.c, inlines.c and neighbours.s.
using OpenWsk.TestSupport;

namespace OpenWsk.Loader.Tests;

public sealed class PatchingTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    public static TheoryData<string, string> Compilers => new()
    {
        { Capability.Clang, "-O0" },
        { Capability.Clang, "-O2" },
        { Capability.Mingw, "-O0" },
        { Capability.Mingw, "-O2" },
    };

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm, Capability.Mingw)]
    [MemberData(nameof(Compilers))]
    public void The_irql_is_read_and_written_through_cr8(string compiler, string optimisation)
    {
        var driver = Load(TestDrivers.VariantOf(compiler, optimisation, "fixed"));
        Assert.Empty(driver.Patches.Trapped);
        Assert.True(driver.Patches.IrqlCount >= 2);
        Assert.Equal(0x000200ul, _world.Call(driver, 1, 2));
        Assert.Equal(6ul, _world.Call(driver, 2, 5));
        Assert.Equal(5, _world.Executive.CurrentThread.Irql);
        Assert.Equal(5ul, _world.Call(driver, 0));
        _world.Executive.CurrentThread.Irql = Irql.Passive;
    }

    [CapabilityTheory(Capability.Mingw)]
    [InlineData("-O0")]
    [InlineData("-O2")]
    public void What_headers_inline_does_what_the_imports_do(string optimisation)
    {
        var driver = Load(TestDrivers.VariantOf(Capability.Mingw, optimisation, "inlines"));
        Assert.Empty(driver.Patches.Trapped);
        Assert.Equal(0x000200ul, _world.Call(driver, 0, 2));
        Assert.Equal(2ul, _world.Call(driver, 1));
        Assert.Equal(10ul, _world.Call(driver, 2, 3));
        var before = _world.Executive.Clock.SystemTime100Ns;
        Assert.InRange((long)_world.Call(driver, 2, 1), before - 600_000_000, before + 600_000_000);
        Assert.Equal(0ul, _world.Call(driver, 3));
        Assert.Equal((ulong)_world.Executive.CurrentThread.Object, _world.Call(driver, 4));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Every_kind_of_neighbour_moves_or_stays()
    {
        var driver = Load(TestDrivers.PathOf("neighbours"));
        Assert.Single(driver.Patches.Trapped);
        Assert.Equal(18, driver.Patches.IrqlCount);
        _world.Executive.CurrentThread.Irql = Irql.Apc;
        Assert.Equal(1ul, _world.Call(driver, 0));
        Assert.Equal(0x101ul, _world.Call(driver, 1));
        Assert.Equal(0x101ul, _world.Call(driver, 2, 0));
        Assert.Equal(0x201ul, _world.Call(driver, 2, 1));
        Assert.Equal(0x101ul, _world.Call(driver, 3));
        Assert.Equal(0x101ul, _world.Call(driver, 4));
        Assert.Equal(0x55ul, _world.Call(driver, 5, 2));
        Assert.Equal(0x201ul, _world.Call(driver, 6));
        Assert.Equal(0x101ul, _world.Call(driver, 7));
        Assert.Equal(0x11ul, _world.Call(driver, 8));
        Assert.Equal(0x101ul, _world.Call(driver, 9, 0));
        Assert.Equal(0x102ul, _world.Call(driver, 9, 1));
        Assert.Equal(1ul, _world.Call(driver, 10));
        Assert.Equal(Irql.Apc, _world.Executive.CurrentThread.Irql);
        _world.Executive.CurrentThread.Irql = Irql.Passive;
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_moved_instruction_is_named_where_it_stood()
    {
        var driver = Load(TestDrivers.PathOf("neighbours"));
        var routine = driver.Object.Value.MajorFunction[0];
        var trampoline = routine + 5 + (nuint)GuestMemory.Read<int>(routine + 1);
        Assert.Equal(_world.Host.NameAddress(routine), _world.Host.NameAddress(trampoline));
        // mov r32, gs:[50h] has nine bytes; the second instruction follows.
        Assert.Equal(_world.Host.NameAddress(routine + 4), _world.Host.NameAddress(trampoline + 9));
        Assert.Equal(routine + 4, _world.Native.OriginalAddress(trampoline + 9));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("syscall")]
    [InlineData("sysenter")]
    [InlineData("int")]
    [InlineData("far")]
    [InlineData("lgs")]
    [InlineData("pop fs")]
    [InlineData("mov gs")]
    [InlineData("wrgsbase")]
    public void An_image_that_would_enter_the_hosts_kernel_is_refused(string kind)
    {
        var bytes = TestDrivers.BytesOf("calls");
        var image = DriverImage.Read(bytes, "calls.sys");
        byte[] code = kind switch
        {
            "syscall" => [0x0F, 0x05],
            "sysenter" => [0x0F, 0x34],
            "int" => [0xCD, 0x80],
            "far" => [0xFF, 0x2E],
            "lgs" => [0x0F, 0xB5, 0x07],
            "pop fs" => [0x0F, 0xA1],
            "mov gs" => [0x8E, 0xE8],
            _ => [0xF3, 0x48, 0x0F, 0xAE, 0xD8],
        };
        // A function with unwind information: its first instruction is decoded for certain.
        var begin = image.Functions.EntryAt(0).Begin;
        var section = image.SectionAt(begin)!;
        var offset = (int)(begin - section.Rva + section.FileOffset);
        code.CopyTo(bytes, offset);
        var refused = Assert.Throws<ImageFormatException>(
            () => _world.Host.Load(DriverImage.Read(bytes, "calls.sys")));
        Assert.Contains("OW3019", refused.Message, StringComparison.Ordinal);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void An_image_without_privileged_code_is_not_changed()
    {
        var driver = Load(TestDrivers.PathOf("calls"));
        Assert.True(driver.Patches.IsEmpty);
    }

    private LoadedDriver Load(string path)
    {
        var driver = _world.Host.Load(path);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return driver;
    }
}
