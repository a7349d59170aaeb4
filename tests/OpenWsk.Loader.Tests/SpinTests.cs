// A driver that waits too long for a lock at DISPATCH_LEVEL, where Windows would let it spin, is told of as
// one that loops there: with the lock, its holder and the driver's stack. The driver is Drivers/faults.c; its
// other loops are in FaultTests.cs and KickTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class SpinTests : IDisposable
{
    private const int CallWith = 1;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityTheory(Capability.Clang, Capability.Lld, Capability.Llvm)]
    [InlineData("KeAcquireSpinLockAtDpcLevel", "the spin lock at")]
    [InlineData("KeAcquireSpinLockRaiseToDpc", "the spin lock at")]
    [InlineData("ExAcquireSpinLockSharedAtDpcLevel", "the lock at")]
    [InlineData("ExAcquireSpinLockExclusive", "the lock at")]
    public void A_wait_for_a_lock_that_nobody_releases_is_a_watchdog_violation(string name, string what)
    {
        using var driver = _world.Start("faults");
        _world.Native.DispatchTimeMax = TimeSpan.FromMilliseconds(300);
        var spinLock = _world.Executive.Heap.Allocate(8);
        var holder = Hold(name, spinLock);
        var check = Check(driver, name, spinLock);
        Assert.Equal(BugCheckCode.DPC_WATCHDOG_VIOLATION, (BugCheckCode)check.Code);
        const ulong ticks = 300 * 64 / 1000;
        Assert.Equal((0ul, ticks, ticks), (check.Parameter1, check.Parameter2, check.Parameter3));
        Assert.Contains(
            $"0.3 s at DISPATCH_LEVEL, at last waiting for {what} 0x{spinLock:x}, which T{holder} holds",
            check.Detail,
            StringComparison.Ordinal);
        Assert.Equal($"ntoskrnl.exe!{name}", check.Snapshot!.Routine);
        var places = check.Snapshot.StackAddresses.Select(_world.Host.NameAddress);
        Assert.Contains(places, place => place.StartsWith("faults.sys+0x", StringComparison.Ordinal));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_wait_that_ends_in_time_is_nothing()
    {
        using var driver = _world.Start("faults");
        var spinLock = _world.Executive.Heap.Allocate(8);
        var thread = _world.Executive.CurrentThread;
        thread.Irql = Irql.Dispatch;
        _world.Executive.SpinLocks.Acquire(spinLock);
        var waiter = Task.Factory.StartNew(
            () =>
            {
                var waiting = _world.Executive.CurrentThread;
                _world.Call(driver, CallWith, AddressOf("KeAcquireSpinLockRaiseToDpc"), spinLock);
                var isWaiting = waiting.Spin.TryEnd(TimeSpan.FromSeconds(1));
                _world.Executive.SpinLocks.Release(spinLock);
                waiting.Irql = Irql.Passive;
                return isWaiting;
            },
            TaskCreationOptions.LongRunning);
        // Bit 1: somebody has parked, which nothing else tells.
        while ((GuestMemory.Read<ulong>(spinLock) & 2) == 0)
        {
            Assert.False(waiter.IsCompleted);
            Thread.Yield();
        }
        _world.Executive.SpinLocks.Release(spinLock);
        thread.Irql = Irql.Passive;
        Assert.False(waiter.Result);
        Assert.Null(_world.Executive.StopReason);
    }

    // A thread of the world's takes the lock and ends.
    private int Hold(string name, nuint address) => Task.Factory.StartNew(
        () =>
        {
            var thread = _world.Executive.CurrentThread;
            if (name.StartsWith("Ke", StringComparison.Ordinal))
                _world.Executive.SpinLocks.Acquire(address);
            else
                _world.Executive.ReaderWriterLocks.AcquireAlone(address);
            return thread.Id;
        },
        TaskCreationOptions.LongRunning).Result;

    private nuint AddressOf(string name) =>
        _world.Executive.Code.AddressOf(KernelExports.All.Single(r => r.Name == name));

    private BugCheck Check(LoadedDriver driver, string name, nuint argument)
    {
        var thread = _world.Executive.CurrentThread;
        thread.Irql = Irql.Dispatch;
        try
        {
            Assert.Throws<GuestStoppedException>(
                () => _world.Call(driver, CallWith, AddressOf(name), argument));
            return _world.Executive.LastBugCheck!;
        }
        finally
        {
            thread.Irql = Irql.Passive;
        }
    }
}
