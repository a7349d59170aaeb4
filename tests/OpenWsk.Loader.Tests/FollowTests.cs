// Code of ours that follows what the guest has written, where no call of the guest's leads back to it: a
// pointer to nowhere is a bug check with its address, and an exception of another kind stays what it is. It
// knows nothing about which code does that.
namespace OpenWsk.Loader.Tests;

public sealed class FollowTests : IDisposable
{
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(0, 0x7Eu)]
    [InlineData(0x10, 0x7Eu)]
    [InlineData(0x0000_4000_0000_0000, 0x7Eu)]
    [InlineData(0x1234_5678_9ABC_DEF0, 0x7Eu)]
    [InlineData(0xFFFF_C000_1234_5678, 0x50u)]
    public void A_pointer_to_nowhere_is_a_bug_check(ulong address, uint code)
    {
        _world.Start("calls");
        Assert.Throws<GuestStoppedException>(() => Follow(address));
        var check = _world.Executive.LastBugCheck!;
        Assert.Equal(code, check.Code);
        Assert.Contains("which the driver has given", check.Detail);
        Assert.Contains(nameof(Follow), check.Snapshot!.HostException);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void At_dispatch_level_it_is_the_bug_check_of_that_level()
    {
        _world.Start("calls");
        _world.Executive.CurrentThread.Irql = Irql.Dispatch;
        Assert.Throws<GuestStoppedException>(() => Follow(0x10));
        _world.Executive.CurrentThread.Irql = Irql.Passive;
        Assert.Equal(0xAu, _world.Executive.LastBugCheck!.Code);
        Assert.Equal(0x10ul, _world.Executive.LastBugCheck.Parameter1);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void What_is_no_fault_goes_through()
    {
        _world.Start("calls");
        Assert.Equal(7, _world.Executive.FollowGuest(() => 7));
        Assert.Throws<InvalidOperationException>(
            () => _world.Executive.FollowGuest<int>(() => throw new InvalidOperationException()));
        Assert.Throws<NullReferenceException>(
            () => _world.Executive.FollowGuest<int>(() => throw new NullReferenceException()));
        Assert.Null(_world.Executive.LastBugCheck);
    }

    private ulong Follow(ulong address) =>
        _world.Executive.FollowGuest(() => GuestMemory.Read<ulong>((nuint)address));
}
