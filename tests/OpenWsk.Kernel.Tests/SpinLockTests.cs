// Spin locks and fast mutexes: exclusion, levels, and the mistakes that Windows stops for.
// On both schedulers, because a thread that finds a lock taken spins and parks on one and may only park on
// the other.
namespace OpenWsk.Kernel.Tests;

public sealed class SpinLockTests
{
    [Fact]
    public void A_spin_lock_raises_to_dispatch_and_goes_back() => KernelWorld.Simulate(world =>
    {
        var spinLock = world.Memory(8);
        Assert.Equal(0ul, world.Call("KeAcquireSpinLockRaiseToDpc", spinLock));
        Assert.Equal(2ul, world.Call("KeGetCurrentIrql"));
        Assert.Equal(0ul, world.Call("KeTestSpinLock", spinLock));
        world.Call("KeReleaseSpinLock", spinLock, 0);
        Assert.Equal(0ul, world.Call("KeGetCurrentIrql"));
        Assert.Equal(1ul, world.Call("KeTestSpinLock", spinLock));
        Assert.Equal(0ul, GuestMemory.Read<ulong>(spinLock));
        Assert.Empty(world.Breaches);
    });

    [Fact]
    public void Taking_a_lock_twice_is_bug_check_0f() => KernelWorld.Simulate(world =>
    {
        var spinLock = world.Memory(8);
        world.Call("KeAcquireSpinLockRaiseToDpc", spinLock);
        var stop = Assert.Throws<GuestStoppedException>(() =>
            world.Call("KeAcquireSpinLockAtDpcLevel", spinLock));
        Assert.StartsWith("SPIN_LOCK_ALREADY_OWNED (0xF)", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Releasing_a_free_lock_is_bug_check_10() => KernelWorld.Simulate(world =>
    {
        var stop = Assert.Throws<GuestStoppedException>(
            () => world.Call("KeReleaseSpinLock", world.Memory(8), 0));
        Assert.StartsWith("SPIN_LOCK_NOT_OWNED (0x10)", stop.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_thread_that_finds_the_lock_taken_parks_until_it_is_free() => KernelWorld.Simulate(world =>
    {
        var spinLock = world.Memory(8);
        world.Call("KeAcquireSpinLockRaiseToDpc", spinLock);
        world.Call("KeLowerIrql", 0);
        var taken = 0;
        var threads = WaitTests.Start(world, 3, _ =>
        {
            var irql = world.Call("KeAcquireSpinLockRaiseToDpc", spinLock);
            taken++;
            world.Call("KeReleaseSpinLock", spinLock, irql);
        });
        WaitTests.Yield(world);
        Assert.Equal(0, taken);
        world.Call("KeReleaseSpinLock", spinLock, 0);
        WaitTests.Join(world, threads);
        Assert.Equal(3, taken);
    });

    [Fact]
    public void A_stop_takes_out_threads_that_wait_for_a_lock() => KernelWorld.Simulate(world =>
    {
        var spinLock = world.Memory(8);
        world.Call("KeAcquireSpinLockRaiseToDpc", spinLock);
        WaitTests.Start(world, 2, _ => world.Call("KeAcquireSpinLockRaiseToDpc", spinLock));
        world.Call("KeReleaseSpinLockFromDpcLevel", spinLock);
        world.Call("KeAcquireSpinLockAtDpcLevel", spinLock);
        world.Call("KeLowerIrql", 0);
        WaitTests.Yield(world);
        world.Executive.RequestStop("enough");
        Assert.True(world.Executive.GuestThreads.WaitUntilIdle(Ports.IParker.Never));
    });

    [Theory]
    [InlineData("KeAcquireSpinLockRaiseToDpc", "KeReleaseSpinLock")]
    [InlineData("KeAcquireInStackQueuedSpinLock", "KeReleaseInStackQueuedSpinLock")]
    [InlineData("ExAcquireFastMutex", "ExReleaseFastMutex")]
    [InlineData("KeAcquireGuardedMutex", "KeReleaseGuardedMutex")]
    public void Locks_exclude_on_the_host(string acquire, string release)
    {
        using var world = KernelWorld.OnHost();
        var target = world.Memory(64);
        if (acquire.Contains("Mutex", StringComparison.Ordinal))
            world.Call("KeInitializeGuardedMutex", target);
        var counter = 0;
        WaitTests.Join(world, WaitTests.Start(world, 4, _ =>
        {
            var handle = world.Memory(24);
            for (var i = 0; i < 5000; i++)
            {
                var isQueued = acquire.Contains("Queued", StringComparison.Ordinal);
                var irql = world.Call(acquire, isQueued ? [target, handle] : [target]);
                counter++;
                world.Call(release, isQueued ? [handle] : [target, irql]);
            }
        }));
        Assert.Equal(20_000, counter);
        Assert.Null(world.Executive.StopReason);
    }

    [Fact]
    public void A_fast_mutex_raises_to_apc_and_goes_back() => KernelWorld.Simulate(world =>
    {
        var mutex = world.New<FAST_MUTEX>();
        world.Call("KeInitializeGuardedMutex", mutex.Address);
        world.Call("ExAcquireFastMutex", mutex.Address);
        Assert.Equal(1ul, world.Call("KeGetCurrentIrql"));
        Assert.Equal(0, mutex.Value.Count);
        Assert.Equal(world.Call("KeGetCurrentThread"), mutex.Value.Owner);
        Assert.Equal(0ul, world.Call("ExTryToAcquireFastMutex", mutex.Address));
        world.Call("ExReleaseFastMutex", mutex.Address);
        Assert.Equal(0ul, world.Call("KeGetCurrentIrql"));
        Assert.Equal(1, mutex.Value.Count);
        Assert.Equal(1ul, world.Call("ExTryToAcquireFastMutex", mutex.Address));
        world.Call("ExReleaseFastMutex", mutex.Address);
    });
}
