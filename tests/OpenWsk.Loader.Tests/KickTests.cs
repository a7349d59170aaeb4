// Threads that do not come back by themselves are taken out of guest code, wherever they loop; and what a
// driver leaves for the host to fault over is the driver's. The driver is Drivers/faults.c; more of it in
// FaultTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class KickTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData(Fault.LoopWithoutStack, 0x10)]
    [InlineData(Fault.LoopWithoutStack, 0x1234_5678_9ABC_DEF0)]
    [InlineData(Fault.LoopHalting, 0)]
    [InlineData(Fault.LoopEnabling, 0)]
    [InlineData(Fault.LoopCalling, 0)]
    public void A_thread_is_taken_out_of_whatever_loop_it_is_in(Fault loop, ulong value)
    {
        using var driver = _world.Start("faults");
        using var isThere = new ManualResetEventSlim();
        TestRoutines.OnVisit(_world.Executive, isThere.Set);
        var thread = Task.Factory.StartNew(
            () => _world.Call(driver, 0, (ulong)loop, value), TaskCreationOptions.LongRunning);
        Assert.True(isThere.Wait(s_patience));
        var snapshot = Assert.Single(_world.Native.Interrupt(s_patience));
        Assert.StartsWith("faults.sys+0x", _world.Host.NameAddress((nuint)snapshot.Context.Rip));
        Assert.ThrowsAsync<GuestStoppedException>(() => thread).Wait();
        Assert.True(_world.Native.IsIdle);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_kick_that_nobody_wants_any_more_changes_nothing()
    {
        using var driver = _world.Start("faults");
        using var isThere = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        TestRoutines.OnVisit(_world.Executive, () =>
        {
            isThere.Set();
            mayGo.Wait();
        });
        var thread = Task.Factory.StartNew(
            () => _world.Call(driver, 0, (ulong)Fault.CallVisit, 0), TaskCreationOptions.LongRunning);
        Assert.True(isThere.Wait(s_patience));
        // The thread waits in its routine and is not told of.
        Assert.Empty(_world.Native.Interrupt(TimeSpan.FromMilliseconds(50)));
        mayGo.Set();
        Assert.Equal(66ul, thread.Result);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Unaligned_accesses_are_allowed_whatever_a_driver_does_to_the_flags()
    {
        using var driver = _world.Start("faults");
        var block = _world.Executive.Heap.Allocate(16);
        GuestMemory.Write(block, 0x0201_0005ul);
        Assert.Equal(5ul, _world.Call(driver, 0, (ulong)Fault.CheckAlignment, block));
        _world.Executive.Heap.Free(block);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_long_copy_that_runs_out_of_memory_on_its_way_is_the_drivers_fault()
    {
        using var driver = _world.Start("faults");
        Assert.Throws<GuestStoppedException>(() => _world.Call(driver, 0, (ulong)Fault.CopyStack, 0));
        var snapshot = _world.Executive.LastBugCheck!.Snapshot!;
        Assert.Equal("ntoskrnl.exe!TestCopyMany", snapshot.Routine);
        Assert.Contains("copy by the C library", snapshot.HostException, StringComparison.Ordinal);
    }
}
