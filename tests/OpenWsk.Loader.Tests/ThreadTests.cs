// Guest code on many threads at once, under garbage collection, with frames abandoned all the time; and what
// threads leave behind. The driver is Drivers/calls.c. Work is counted, never timed.
using System.Collections.Concurrent;

namespace OpenWsk.Loader.Tests;

public sealed class ThreadTests
{
    private const int Nest = 4;
    private const int ReadKpcr = 6;
    private const int Work = 8;
    private const int Visit = 11;
    private const ulong EndWithCancelled = 0xC000_0120_0000_0000;

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Threads_that_collect_garbage_call_and_abandon_guest_code_get_right_results()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("calls");
        var expected = world.Call(driver, Work, 100);
        var failures = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var collector = Start(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                GC.Collect(i % 3, GCCollectionMode.Forced, blocking: true, compacting: i % 2 == 0);
        });
        var threads = Enumerable.Range(0, 4).Select(_ => Start(() =>
        {
            for (var round = 0; round < 400; round++)
                RunRound(world, driver, expected, failures);
            KernelThread.Detach(world.Executive);
        })).ToList();
        threads.ForEach(t => t.Join());
        stop.Cancel();
        collector.Join();
        Assert.Empty(failures);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Threads_have_a_kpcr_each()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("calls");
        var blocks = new ConcurrentBag<ulong>();
        using var together = new Barrier(5);
        var threads = Enumerable.Range(0, 5).Select(_ => Start(() =>
        {
            blocks.Add(world.Call(driver, ReadKpcr, 0));
            together.SignalAndWait();
        })).ToList();
        threads.ForEach(t => t.Join());
        Assert.Equal(5, blocks.Distinct().Count());
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Threads_that_end_give_their_block_to_the_next()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("calls");
        var blocks = new HashSet<ulong>();
        for (var i = 0; i < 50; i++)
        {
            var thread = Start(() =>
            {
                var block = world.Call(driver, ReadKpcr, 0);
                lock (blocks)
                    blocks.Add(block);
                world.Executive.CurrentThread.Irql = Irql.Dispatch;
                KernelThread.Detach(world.Executive);
                Assert.Equal(Irql.Passive, world.Executive.CurrentThread.Irql);
                KernelThread.Detach(world.Executive);
            });
            thread.Join();
        }
        // Other tests of this process share the pool, so not exactly one.
        Assert.True(blocks.Count < 25, $"{blocks.Count} blocks for 50 threads");
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_thread_that_takes_over_anothers_block_is_told_from_it_by_its_routines()
    {
        using var world = new LoaderWorld();
        using var other = new LoaderWorld();
        LoaderWorld[] worlds = [world, other];
        var drivers = worlds.Select(w => w.Start("calls")).ToList();
        for (var i = 0; i < 50; i++)
        {
            var (which, visits) = (i % 2, 0);
            TestRoutines.OnVisit(worlds[which].Executive, () => visits++);
            TestRoutines.OnVisit(worlds[1 - which].Executive, () => visits += 100);
            var thread = Start(() =>
            {
                worlds[which].Call(drivers[which], Visit);
                KernelThread.Detach(worlds[which].Executive);
                worlds[which].Call(drivers[which], Visit);
                KernelThread.Detach(worlds[which].Executive);
            });
            thread.Join();
            Assert.Equal(2, visits);
        }
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void More_threads_than_there_are_first_numbers_each_call_routines_of_their_own()
    {
        const int many = 80;
        using var world = new LoaderWorld();
        var driver = world.Start("calls");
        var callers = new ConcurrentBag<int>();
        TestRoutines.OnVisit(world.Executive, () => callers.Add(world.Executive.CurrentThread.Id));
        using var together = new Barrier(many);
        var threads = Enumerable.Range(0, many).Select(_ => Start(() =>
        {
            world.Call(driver, Visit);
            together.SignalAndWait();
            world.Call(driver, Visit);
            KernelThread.Detach(world.Executive);
        })).ToList();
        threads.ForEach(t => t.Join());
        Assert.Equal(many, callers.Distinct().Count());
        Assert.Equal(2 * many, callers.Count);
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Calls_allocate_nothing()
    {
        using var world = new LoaderWorld();
        var driver = world.Start("calls");
        var work = driver.Object.Value.MajorFunction[Work];
        ulong[] rounds = [100];
        Allocations.AssertNone(() => world.Executive.Code.Call(work, rounds));
    }

    private static void RunRound(
        LoaderWorld world, LoadedDriver driver, ulong expected, ConcurrentQueue<string> failures)
    {
        if (world.Call(driver, Work, 100) != expected)
            failures.Enqueue("a wrong sum");
        try
        {
            world.Call(driver, Nest, EndWithCancelled | 3);
            failures.Enqueue("no exception");
        }
        catch (ThreadTerminatedException e)
        {
            if (e.Status != NTSTATUS.STATUS_CANCELLED)
                failures.Enqueue("a wrong exception");
        }
        if (world.Call(driver, ReadKpcr, 0) != world.Executive.CurrentThread.Kpcr)
            failures.Enqueue("a wrong KPCR");
        if (world.Executive.CurrentThread.CallDepth != 0)
            failures.Enqueue("a wrong depth");
    }

    private static Thread Start(ThreadStart body)
    {
        var thread = new Thread(body);
        thread.Start();
        return thread;
    }
}
