// Exceptions of all kinds on many threads at once, while garbage is collected and threads come and go: every
// round returns a number that can be computed beforehand. A few seconds as an ordinary test; set
// OPENWSK_STRESS_SECONDS for longer. It knows nothing about single cases; see ExceptionTests.cs.
using System.Diagnostics;

namespace OpenWsk.Loader.Tests;

public sealed class ExceptionStressTests : IDisposable
{
    private const int Threads = 4;
    private const int Rounds = 24;
    private const int RoundsOfThread = 20;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Many_threads_raise_fault_and_call_back_and_every_result_is_right()
    {
        var driver = _world.Host.Load(ExceptionDrivers.PathOf("exceptions", "-O2"));
        Assert.Equal(NTSTATUS.STATUS_SUCCESS, driver.CallEntry());
        var expected = Call(driver, Case.Many, Rounds);
        Assert.Equal(Expected(Rounds), expected);
        var seconds = int.TryParse(
            Environment.GetEnvironmentVariable("OPENWSK_STRESS_SECONDS"), out var set) ? set : 3;
        var until = Stopwatch.GetTimestamp() + seconds * Stopwatch.Frequency;
        var rounds = 0L;
        var threads = 0L;
        var collections = GC.CollectionCount(0);
        var workers = Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (Stopwatch.GetTimestamp() < until)
                {
                    // Threads end and begin, each with a stack of its own in the world.
                    var thread = new Thread(() => Interlocked.Add(ref rounds, Work(driver, until)));
                    thread.Start();
                    thread.Join();
                    GC.Collect((int)(Interlocked.Increment(ref threads) % 3));
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(workers);
        collections = GC.CollectionCount(0) - collections;
        Assert.InRange(rounds, 1, long.MaxValue);
        TestContextLine(
            $"{rounds * Rounds * 6} exceptions or more, {threads} threads, {collections} collections");
    }

    private long Work(LoadedDriver driver, long until)
    {
        var done = 0L;
        for (; done < RoundsOfThread && Stopwatch.GetTimestamp() < until; done++)
            Assert.Equal(Expected(Rounds), Call(driver, Case.Many, Rounds));
        return done;
    }

    // The sum that many() of the driver makes, from what each of its cases returns.
    private static ulong Expected(int rounds)
    {
        ulong sum = 0;
        for (var i = 0; i < rounds; i++)
        {
            sum += 123 + 12 + (ulong)(i % 3) + ((i & 1) != 0 ? 123578ul : 1467) + 1 + 123 + 123;
            if (i % 8 == 0)
                sum += 100;
        }
        return sum;
    }

    private ulong Call(LoadedDriver driver, Case number, ulong argument) =>
        _world.Call(driver, 0, (ulong)number, argument);

    private static void TestContextLine(string line)
    {
        if (Environment.GetEnvironmentVariable("OPENWSK_STRESS_SECONDS") is not null)
            Console.WriteLine(line);
    }
}
