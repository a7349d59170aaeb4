// C++ exceptions of a driver that clang has built for Windows: the kernel's language handlers, throw and
// rethrow. The driver is Drivers/throws.cpp; each case returns its steps as digits. It runs with the tables
// that clang writes and with compressed ones, see CompressedTables.cs. It knows nothing about frames.
namespace OpenWsk.Loader.Tests;

public sealed class ThrowTests : IDisposable
{
    private const string Compressed = ", compressed";
    private readonly LoaderWorld _world = new();

    private enum Throw
    {
        ByValue, ByType, Copied, Referenced, Bases, Rethrown, Replaced, InCatch, InDestructor, Across,
        HostTakes, Many, BreaksPromise, Nobody, ThrowsNothing, Status,
    }

    public static TheoryData<string> Levels =>
        ["-O0", "-O1", "-O2", "-O0" + Compressed, "-O1" + Compressed, "-O2" + Compressed];

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void A_thrown_value_destroys_what_is_on_its_way_and_is_caught_by_type(string level)
    {
        var run = Load(level);
        Assert.Equal(12354ul, run(Throw.ByValue));
        Assert.Equal(123ul, run(Throw.ByType));
        Assert.Equal(200ul, run(Throw.Many));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void A_thrown_object_is_copied_or_referenced_and_destroyed_once(string level)
    {
        var run = Load(level);
        Assert.Equal(723884ul, run(Throw.Copied));
        Assert.Equal(2384ul, run(Throw.Referenced));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void Base_classes_virtual_ones_and_pointers_are_caught_as_parts_of_the_object(string level) =>
        Assert.Equal(1234567ul, Load(level)(Throw.Bases));

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void A_catch_block_throws_again_or_something_else(string level)
    {
        var run = Load(level);
        Assert.Equal(23458ul, run(Throw.Rethrown));
        Assert.Equal(1234658ul, run(Throw.Replaced));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void Catch_blocks_and_destructors_have_exceptions_of_their_own(string level)
    {
        var run = Load(level);
        Assert.Equal(21234586ul, run(Throw.InCatch));
        Assert.Equal(212458ul, run(Throw.InDestructor));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void Exceptions_go_through_the_hosts_frames_with_their_objects(string level)
    {
        var run = Load(level);
        Assert.Equal(72358823468ul, run(Throw.Across));
        Assert.Equal(2, ExceptionTestRoutines.Finallys(_world.Executive).Value);
        Assert.Equal(231123ul, run(Throw.HostTakes));
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [MemberData(nameof(Levels))]
    public void Where_no_exception_may_go_on_the_driver_ends_by_a_bug_check(string level)
    {
        var run = Load(level);
        Assert.Throws<GuestStoppedException>(() => run(Throw.BreaksPromise));
        Assert.Equal(0x139u, _world.Executive.LastBugCheck!.Code);
        Assert.Equal(7ul, _world.Executive.LastBugCheck.Parameter1);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(false, 0x7Eu)]
    [InlineData(true, 0x139u)]
    public void What_nobody_catches_is_a_bug_check(bool isEmpty, uint code)
    {
        var run = Load("-O1");
        Assert.Throws<GuestStoppedException>(() => run(isEmpty ? Throw.ThrowsNothing : Throw.Nobody));
        Assert.Equal(code, _world.Executive.LastBugCheck!.Code);
    }

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("-O1")]
    [InlineData("-O1" + Compressed)]
    public void Catch_all_does_not_take_what_the_kernel_raises(string level)
    {
        var run = Load(level);
        Assert.Throws<GuestStoppedException>(() => run(Throw.Status));
        Assert.Equal(0xC000_0001ul, _world.Executive.LastBugCheck!.Parameter1);
    }

    private Func<Throw, ulong> Load(string level)
    {
        var path = ExceptionDrivers.PathOf("throws", level.Split(',')[0]);
        if (level.EndsWith(Compressed, StringComparison.Ordinal))
            path = WithCompressedTables(path);
        var driver = _world.Host.Load(path);
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        return number => _world.Call(driver, 0, (ulong)number);
    }

    private string WithCompressedTables(string path)
    {
        var file = File.ReadAllBytes(path);
        // Every function with a try block or a destructor, and every catch block.
        Assert.InRange(CompressedTables.Rewrite(file), 40, 400);
        var compressed = $"{path}.{_world.GetHashCode()}.sys";
        File.WriteAllBytes(compressed, file);
        return compressed;
    }
}
