// Reader-writer spin locks, push locks, resources, mutants, regions, rundown: who gets in, who waits, and the
// mistakes that Windows stops for. On a simulated world, where a thread that should go on and does not is a
// proven deadlock. It knows nothing about plain spin locks: see SpinLockTests.cs.
namespace OpenWsk.Kernel.Tests;

public sealed class LockTests
{
    private const uint Abandoned = (uint)NTSTATUS.STATUS_ABANDONED_WAIT_0;

    [Fact]
    public void An_executive_spin_lock_is_shared_or_alone() => KernelWorld.Simulate(world =>
    {
        var target = world.Memory(4);
        Assert.Equal(0ul, world.Call("ExAcquireSpinLockShared", target));
        Assert.Equal(2ul, world.Call("KeGetCurrentIrql"));
        Assert.Equal(1ul, world.Call("ExTryAcquireSpinLockSharedAtDpcLevel", target));
        Assert.Equal(0ul, world.Call("ExTryAcquireSpinLockExclusiveAtDpcLevel", target));
        Assert.Equal(0ul, world.Call("ExTryConvertSharedSpinLockExclusive", target));
        world.Call("ExReleaseSpinLockSharedFromDpcLevel", target);
        Assert.Equal(1ul, world.Call("ExTryConvertSharedSpinLockExclusive", target));
        Assert.Equal(0ul, world.Call("ExTryAcquireSpinLockSharedAtDpcLevel", target));
        world.Call("ExReleaseSpinLockExclusive", target, 0);
        Assert.Equal(0ul, world.Call("KeGetCurrentIrql"));
        Assert.Equal(0u, GuestMemory.Read<uint>(target));
        Assert.Empty(world.Breaches);
    });

    [Theory]
    [InlineData("ExAcquireSpinLockExclusive", "ExAcquireSpinLockExclusiveAtDpcLevel")]
    [InlineData("ExAcquireSpinLockExclusive", "ExAcquireSpinLockSharedAtDpcLevel")]
    public void Who_has_a_reader_writer_spin_lock_alone_may_not_take_it_again(string first, string second) =>
        KernelWorld.Simulate(world =>
        {
            var target = world.Memory(4);
            world.Call(first, target);
            AssertBugCheck(world, BugCheckCode.SPIN_LOCK_ALREADY_OWNED, () => world.Call(second, target));
        });

    [Theory]
    [InlineData("ExReleaseSpinLockSharedFromDpcLevel")]
    [InlineData("ExReleaseSpinLockExclusiveFromDpcLevel")]
    public void A_free_reader_writer_spin_lock_cannot_be_released(string release) =>
        KernelWorld.Simulate(world => AssertBugCheck(
            world, BugCheckCode.SPIN_LOCK_NOT_OWNED, () => world.Call(release, world.Memory(4))));

    [Fact]
    public void A_writer_that_waits_goes_before_new_readers() => KernelWorld.Simulate(world =>
    {
        var target = world.Memory(8);
        var order = new List<string>();
        world.Call("KeEnterCriticalRegion");
        world.Call("ExAcquirePushLockSharedEx", target, 0);
        var writer = WaitTests.Start(world, 1, _ => Enter("Exclusive"));
        WaitTests.Yield(world);
        Assert.Equal(0ul, world.Call("ExTryAcquirePushLockSharedEx", target, 0));
        var readers = WaitTests.Start(world, 2, _ => Enter("Shared"));
        WaitTests.Yield(world);
        Assert.Empty(order);
        world.Call("ExReleasePushLockSharedEx", target, 0);
        world.Call("KeLeaveCriticalRegion");
        WaitTests.Join(world, [.. writer, .. readers]);
        Assert.Equal(3, order.Count);
        Assert.Equal(0ul, GuestMemory.Read<ulong>(target));
        Assert.Empty(world.Breaches);

        void Enter(string how)
        {
            world.Call("KeEnterCriticalRegion");
            world.Call($"ExAcquirePushLock{how}Ex", target, 0);
            order.Add(how);
            world.Call($"ExReleasePushLock{how}Ex", target, 0);
            world.Call("KeLeaveCriticalRegion");
        }
    });

    [Fact]
    public void A_push_lock_with_normal_apcs_enabled_is_reported() => KernelWorld.Simulate(world =>
    {
        var target = world.Memory(8);
        world.Call("ExAcquirePushLockExclusiveEx", target, 0);
        world.Call("ExReleasePushLockEx", target, 0);
        Assert.Equal(["LOCK"], world.Breaches);
    });

    [Theory]
    [InlineData("ExAcquireSpinLockExclusive", "ExReleaseSpinLockExclusive")]
    [InlineData("ExfAcquirePushLockExclusive", "ExfReleasePushLock")]
    public void Writers_exclude_each_other_on_the_host(string acquire, string release)
    {
        using var world = KernelWorld.OnHost();
        var target = world.Memory(8);
        var (counter, readers) = (0, 0);
        WaitTests.Join(world, WaitTests.Start(world, 4, index =>
        {
            for (var i = 0; i < 2000; i++)
            {
                if (index == 0)
                {
                    var shared = world.Call(acquire.Replace("Exclusive", "Shared"), target);
                    readers += counter >= 0 ? 1 : 0;
                    world.Call(release.Replace("Exclusive", "Shared"), [target, shared]);
                    continue;
                }
                var irql = world.Call(acquire, target);
                counter++;
                world.Call(release, release.Contains("Spin") ? [target, irql] : [target]);
            }
        }));
        Assert.Equal((6000, 2000), (counter, readers));
        Assert.Null(world.Executive.StopReason);
    }

    [Fact]
    public void A_resource_counts_its_acquisitions() => KernelWorld.Simulate(world =>
    {
        var resource = NewResource(world);
        world.Call("KeEnterCriticalRegion");
        Assert.Equal(1ul, world.Call("ExAcquireResourceExclusiveLite", resource, 1));
        Assert.Equal(1ul, world.Call("ExAcquireResourceExclusiveLite", resource, 0));
        Assert.Equal(1ul, world.Call("ExAcquireResourceSharedLite", resource, 0));
        Assert.Equal(1ul, world.Call("ExIsResourceAcquiredExclusiveLite", resource));
        Assert.Equal(3ul, world.Call("ExIsResourceAcquiredSharedLite", resource));
        world.Call("ExReleaseResourceLite", resource);
        world.Call("ExConvertExclusiveToSharedLite", resource);
        Assert.Equal(0ul, world.Call("ExIsResourceAcquiredExclusiveLite", resource));
        Assert.Equal(2ul, world.Call("ExIsResourceAcquiredSharedLite", resource));
        world.Call("ExReleaseResourceLite", resource);
        world.Call("ExReleaseResourceLite", resource);
        Assert.Equal(0ul, world.Call("ExIsResourceAcquiredSharedLite", resource));
        Assert.Equal(0ul, world.Call("ExDeleteResourceLite", resource));
        Assert.Empty(world.Breaches);
        Assert.Equal(0, world.Executive.Resources.Count);
    });

    [Fact]
    public void Who_waits_for_a_resource_alone_holds_back_new_readers_but_not_old_ones() =>
        KernelWorld.Simulate(world =>
        {
            var resource = NewResource(world);
            world.Call("KeEnterCriticalRegion");
            world.Call("ExAcquireResourceSharedLite", resource, 1);
            var writer = WaitTests.Start(
                world, 1, _ => Use(world, resource, "ExAcquireResourceExclusiveLite"));
            WaitTests.Yield(world);
            Assert.Equal(1ul, world.Call("ExGetExclusiveWaiterCount", resource));
            Assert.Equal(1ul, world.Call("ExAcquireResourceSharedLite", resource, 0));
            Assert.Equal(0ul, world.Call("ExAcquireSharedWaitForExclusive", resource, 0));
            var results = new List<ulong>();
            WaitTests.Join(world, WaitTests.Start(world, 1, _ =>
            {
                world.Call("KeEnterCriticalRegion");
                results.Add(world.Call("ExAcquireResourceSharedLite", resource, 0));
                results.Add(world.Call("ExAcquireSharedStarveExclusive", resource, 0));
                world.Call("ExReleaseResourceLite", resource);
                world.Call("KeLeaveCriticalRegion");
            }));
            Assert.Equal([0ul, 1ul], results);
            var reader = WaitTests.Start(world, 1, _ => Use(world, resource, "ExAcquireResourceSharedLite"));
            WaitTests.Yield(world);
            Assert.Equal(1ul, world.Call("ExGetSharedWaiterCount", resource));
            world.Call("ExReleaseResourceLite", resource);
            world.Call("ExReleaseResourceLite", resource);
            WaitTests.Join(world, [.. writer, .. reader]);
            Assert.Equal(2u, new GuestPtr<ERESOURCE>(resource).Value.ContentionCount);
            Assert.Empty(world.Breaches);
        });

    [Fact]
    public void A_resource_can_be_given_away_and_released_by_another_thread() => KernelWorld.Simulate(world =>
    {
        var resource = NewResource(world);
        var owner = (ulong)resource | 3;
        world.Call("ExEnterCriticalRegionAndAcquireResourceExclusive", resource);
        world.Call("ExSetResourceOwnerPointer", resource, owner);
        Assert.Equal(0ul, world.Call("ExIsResourceAcquiredExclusiveLite", resource));
        WaitTests.Join(world, WaitTests.Start(world, 1,
            _ => world.Call("ExReleaseResourceForThreadLite", resource, owner)));
        Assert.Equal(1ul, world.Call("ExAcquireResourceSharedLite", resource, 0));
        world.Call("ExReleaseResourceAndLeaveCriticalRegion", resource);
        AssertBugCheck(
            world, BugCheckCode.RESOURCE_NOT_OWNED, () => world.Call("ExReleaseResourceLite", resource));
    });

    [Fact]
    public void A_resource_in_freed_memory_is_reported() => KernelWorld.Simulate(world =>
    {
        var block = (nuint)world.Call("ExAllocatePoolWithTag", 0, 200, 0x31315352);
        world.Call("ExInitializeResourceLite", block + 16);
        world.Call("ExFreePoolWithTag", block, 0x31315352);
        Assert.Equal(["LOCK"], world.Breaches);
        Assert.Equal(0, world.Executive.Resources.Count);
    });

    [Fact]
    public void A_fast_mutex_is_not_taken_twice_nor_released_by_others() => KernelWorld.Simulate(world =>
    {
        var mutex = world.Memory(56);
        world.Call("KeInitializeGuardedMutex", mutex);
        world.Call("KeAcquireGuardedMutex", mutex);
        Assert.Equal(1ul, world.Call("KeAreAllApcsDisabled"));
        Assert.Equal(0ul, world.Call("KeTryToAcquireGuardedMutex", mutex));
        AssertBugCheck(
            world, BugCheckCode.MUTEX_ALREADY_OWNED, () => world.Call("KeAcquireGuardedMutex", mutex));
    });

    [Fact]
    public void A_fast_mutex_of_another_is_not_released() => KernelWorld.Simulate(world =>
    {
        var mutex = world.Memory(56);
        world.Call("KeInitializeGuardedMutex", mutex);
        AssertBugCheck(
            world, BugCheckCode.THREAD_NOT_MUTEX_OWNER, () => world.Call("ExReleaseFastMutex", mutex));
    });

    [Fact]
    public void A_mutant_whose_owner_ends_is_abandoned() => KernelWorld.Simulate(world =>
    {
        var mutant = world.Memory(56);
        world.Call("KeInitializeMutant", mutant, 0);
        WaitTests.Join(world, WaitTests.Start(world, 1, _ => WaitTests.Wait(world, mutant, null)));
        Assert.Equal(Abandoned, WaitTests.Wait(world, mutant, 0));
        Assert.Equal(0ul, WaitTests.Wait(world, mutant, 0));
        world.Call("KeReleaseMutant", mutant, 1, 0, 0);
        world.Call("KeReleaseMutant", mutant, 1, 0, 0);
        Assert.Equal(1ul, world.Call("KeReadStateMutant", mutant));
        Assert.Null(world.Executive.StopReason);
    });

    [Fact]
    public void A_thread_that_ends_with_a_mutex_is_bug_check_4000008a() => KernelWorld.Simulate(world =>
    {
        var mutex = world.Memory(56);
        world.Call("KeInitializeMutex", mutex, 0);
        WaitTests.Start(world, 1, _ => WaitTests.Wait(world, mutex, null));
        AssertBugCheck(
            world, BugCheckCode.THREAD_TERMINATE_HELD_MUTEX, () => WaitTests.Yield(world));
    });

    [Fact]
    public void Who_owns_a_mutex_is_in_a_critical_region() => KernelWorld.Simulate(world =>
    {
        var mutex = world.Memory(56);
        world.Call("KeInitializeMutex", mutex, 0);
        WaitTests.Wait(world, mutex, null);
        Assert.Equal(1ul, world.Call("KeAreApcsDisabled"));
        Assert.Equal(0ul, world.Call("KeAreAllApcsDisabled"));
        world.Call("KeReleaseMutex", mutex, 0);
        Assert.Equal(0ul, world.Call("KeAreApcsDisabled"));
    });

    [Fact]
    public void A_thread_that_ends_in_a_critical_region_is_bug_check_20() => KernelWorld.Simulate(world =>
    {
        WaitTests.Start(world, 1, _ => world.Call("KeEnterCriticalRegion"));
        AssertBugCheck(
            world, BugCheckCode.KERNEL_APC_PENDING_DURING_EXIT, () => WaitTests.Yield(world));
    });

    [Fact]
    public void A_region_that_nobody_entered_is_reported() => KernelWorld.Simulate(world =>
    {
        world.Call("KeLeaveCriticalRegion");
        world.Call("KeLeaveGuardedRegion");
        Assert.Equal(["LOCK", "LOCK"], world.Breaches);
    });

    [Fact]
    public void A_signal_that_promises_a_wait_stays_at_dispatch_level_until_then() =>
        KernelWorld.Simulate(world =>
        {
            var e = WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent);
            world.Call("KeSetEvent", e, 0, 1);
            Assert.Equal(2ul, world.Call("KeGetCurrentIrql"));
            Assert.Equal(0ul, WaitTests.Wait(world, e, null));
            Assert.Equal(0ul, world.Call("KeGetCurrentIrql"));
            Assert.Empty(world.Breaches);
        });

    [Fact]
    public void An_alert_ends_an_alertable_wait_only() => KernelWorld.Simulate(world =>
    {
        const uint alerted = (uint)NTSTATUS.STATUS_ALERTED;
        var e = WaitTests.NewEvent(world, EVENT_TYPE.SynchronizationEvent);
        var results = new List<ulong>();
        var threads = WaitTests.Start(world, 1, _ =>
        {
            results.Add(world.Call("KeWaitForSingleObject", e, 0, 0, 1, 0));
            results.Add(world.Call("KeWaitForSingleObject", e, 0, 0, 0, 0));
        });
        WaitTests.Yield(world);
        Assert.Equal(0ul, world.Call("KeAlertThread", threads[0], 0));
        WaitTests.Yield(world);
        Assert.Equal([alerted], results);
        Assert.Equal(0ul, world.Call("KeAlertThread", threads[0], 0));
        WaitTests.Yield(world);
        world.Call("KeSetEvent", e, 0, 0);
        WaitTests.Join(world, threads);
        Assert.Equal([alerted, 0ul], results);
    });

    [Fact]
    public void Cache_aware_rundown_waits_for_every_use() => KernelWorld.Simulate(world =>
    {
        var run = (nuint)world.Call("ExAllocateCacheAwareRundownProtection", 0, 0x31315352);
        Assert.Equal(1ul, world.Call("ExAcquireRundownProtectionCacheAwareEx", run, 3));
        var isDown = false;
        var threads = WaitTests.Start(world, 1, _ =>
        {
            world.Call("ExWaitForRundownProtectionReleaseCacheAware", run);
            isDown = true;
        });
        WaitTests.Yield(world);
        Assert.Equal(0ul, world.Call("ExAcquireRundownProtectionCacheAware", run));
        world.Call("ExReleaseRundownProtectionCacheAware", run);
        world.Call("ExReleaseRundownProtectionCacheAware", run);
        WaitTests.Yield(world);
        Assert.False(isDown);
        world.Call("ExReleaseRundownProtectionCacheAware", run);
        WaitTests.Join(world, threads);
        Assert.Empty(world.Breaches);
        world.Call("ExReleaseRundownProtectionCacheAware", run);
        Assert.Equal(["LOCK"], world.Breaches);
        world.Call("ExFreeCacheAwareRundownProtection", run);
    });

    [Theory]
    [InlineData("KfRaiseIrql", 1, BugCheckCode.IRQL_NOT_GREATER_OR_EQUAL)]
    [InlineData("KeLowerIrql", 3, BugCheckCode.IRQL_NOT_LESS_OR_EQUAL)]
    public void A_level_moves_in_its_direction_only(string routine, uint level, BugCheckCode code) =>
        KernelWorld.Simulate(world =>
        {
            world.Call("KfRaiseIrql", Irql.Dispatch);
            AssertBugCheck(world, code, () => world.Call(routine, level));
        });

    [Fact]
    public void Threads_keep_what_drivers_set_and_tell_how_they_ended() => KernelWorld.Simulate(world =>
    {
        var place = world.New<nuint>();
        var thread = WaitTests.Start(world, 1, _ =>
        {
            WaitTests.Yield(world);
            world.Call("PsTerminateSystemThread", (uint)NTSTATUS.STATUS_CANCELLED);
        })[0];
        var id = world.Call("PsGetThreadId", thread);
        Assert.Equal(8ul, world.Call("KeSetPriorityThread", thread, 16));
        Assert.Equal(0ul, world.Call("KeSetBasePriorityThread", thread, 2));
        Assert.Equal(18ul, world.Call("KeQueryPriorityThread", thread));
        WaitTests.Yield(world, 2);
        Assert.Equal(0ul, world.Call("PsLookupThreadByThreadId", id, place.Address));
        Assert.Equal(thread, place.Value);
        world.Call("ObfDereferenceObject", thread);
        Assert.Equal((uint)NTSTATUS.STATUS_PENDING, world.Call("PsGetThreadExitStatus", thread));
        WaitTests.Wait(world, thread, null);
        Assert.Equal((uint)NTSTATUS.STATUS_CANCELLED, world.Call("PsGetThreadExitStatus", thread));
        Assert.Equal(
            (uint)NTSTATUS.STATUS_INVALID_PARAMETER,
            world.Call("PsLookupThreadByThreadId", id, place.Address));
        Assert.Equal(0ul, world.Call("KeSetSystemAffinityThreadEx", 1));
        Assert.Equal(1ul, world.Call("KeSetSystemAffinityThreadEx", 2));
        Assert.Equal(1ul, world.Call("KeSetSystemAffinityThreadEx", 1));
    });

    private static nuint NewResource(KernelWorld world)
    {
        var resource = world.Memory(104);
        Assert.Equal(0ul, world.Call("ExInitializeResourceLite", resource));
        return resource;
    }

    private static void Use(KernelWorld world, nuint resource, string acquire)
    {
        world.Call("KeEnterCriticalRegion");
        world.Call(acquire, resource, 1);
        world.Call("ExReleaseResourceLite", resource);
        world.Call("KeLeaveCriticalRegion");
    }

    private static void AssertBugCheck(KernelWorld world, BugCheckCode code, Action action)
    {
        Assert.Throws<GuestStoppedException>(action);
        Assert.Equal((uint)code, world.Executive.LastBugCheck?.Code);
    }
}
