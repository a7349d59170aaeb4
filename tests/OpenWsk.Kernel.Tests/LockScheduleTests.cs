// Readers and writers of every reader-writer lock under many schedules: a writer is alone, nobody is
// forgotten. The world chooses at each point which thread goes on, from a seed. It knows nothing about plain
// locks: see ScheduleTests.cs.
using OpenWsk.Simulation;

namespace OpenWsk.Kernel.Tests;

public sealed class LockScheduleTests
{
    private const int SchedulesPerLock = 40;

    [Theory]
    [InlineData("ExfAcquirePushLockExclusive", "ExfAcquirePushLockShared", "ExfReleasePushLock")]
    [InlineData("ExEnterCriticalRegionAndAcquireResourceExclusive",
        "ExEnterCriticalRegionAndAcquireResourceShared", "ExReleaseResourceAndLeaveCriticalRegion")]
    [InlineData("ExEnterCriticalRegionAndAcquireResourceExclusive",
        "ExEnterCriticalRegionAndAcquireSharedWaitForExclusive", "ExReleaseResourceAndLeaveCriticalRegion")]
    public void Writers_are_alone_under_every_schedule_tried(string alone, string shared, string release)
    {
        for (var seed = 1ul; seed <= SchedulesPerLock; seed++)
        {
            using var world = KernelWorld.OnSim(seed, new RandomStrategy(seed));
            world.Run(() => UseFromFourThreads(world, alone, shared, release));
        }
    }

    private static void UseFromFourThreads(KernelWorld world, string alone, string shared, string release)
    {
        var target = world.Memory(104);
        if (alone.Contains("Resource", StringComparison.Ordinal))
            world.Call("ExInitializeResourceLite", target);
        var (readers, writers, done) = (0, 0, 0);
        WaitTests.Join(world, WaitTests.Start(world, 4, index =>
        {
            for (var i = 0; i < 6; i++)
            {
                var isWriter = (index + i) % 3 == 0;
                world.Call(isWriter ? alone : shared, target);
                if (isWriter)
                    writers++;
                else
                    readers++;
                Assert.True(writers == 0 || (writers == 1 && readers == 0), $"{writers} and {readers}");
                WaitTests.Yield(world, times: 2);
                if (isWriter)
                    writers--;
                else
                    readers--;
                done++;
                world.Call(release, target);
            }
        }));
        Assert.Equal(24, done);
        Assert.Equal(0, GuestMemory.Read<short>(target + 24));
        Assert.Null(world.Executive.StopReason);
    }
}
