// `openwsk bench hosting`: what each crossing between a driver and us costs, beside plain calls in the same
// run. The goals are those that the design measured with a prototype; see docs/internals/performance.md.
// It knows nothing about order and printing: Schedule.cs, Results/Report.cs.
using System.Diagnostics;
using OpenWsk.Kernel;
using OpenWsk.Loader;

namespace OpenWsk.Bench.Hosting;

/// <summary>Measures hosting.</summary>
internal sealed class HostingBench(string driverPath, string imagePath) : IDisposable
{
    private const int Leaf = 0;
    private const int ImportCalls = 1;
    private const int OneImportCall = 2;
    private const int IrqlReads = 3;
    private const int IrqlChanges = 4;
    private const int SpinLocks = 5;
    private const int Copies = 6;
    private const int Allocations = 7;
    private const int SharedPage = 8;
    private const int Cr8Reads = 9;
    private const int Raises = 10;
    private const int Faults = 11;
    private const int WildFaults = 12;
    private readonly BenchWorld _world = new(driverPath);
    private readonly BenchWorld _special = new(driverPath, PoolMode.Special);

    /// <summary>The benchmark as one stage.</summary>
    public static IEnumerable<Stage> Stages(BenchContext context)
    {
        var driver = context.PathOf("bench", "driver", "bench.sys");
        var cold = LoadCold(driver);
        var bench = new HostingBench(driver, context.PathOf("samples", "echo-events", "echo-events.sys"));
        yield return new Stage(
            "hosting", "calls between a driver and its host", "ns", IsRate: false,
            [
                .. bench.Rows().Append(cold)
                    .Where(row => row.Name.Contains(context.Only, StringComparison.Ordinal)),
            ])
        {
            Resources = bench,
        };
    }

    /// <summary>Loads an image for the first time in this process; call before anything else.</summary>
    public static Row LoadCold(string driverPath)
    {
        var start = Stopwatch.GetTimestamp();
        using var world = new BenchWorld(driverPath);
        var row = new Row("first world and first image, cold", null, 1, _ =>
            Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        row.RunRound(1, counts: true);
        return row;
    }

    /// <summary>All rows, in the order in which they are shown.</summary>
    public IReadOnlyList<Row> Rows() =>
    [
        .. PlainCalls.Rows(),
        new Row("call of the driver, C# -> driver -> C#", null, 300_000, n => Call(Leaf, n)),
        new Row("round trip, C# -> driver -> C# -> driver -> C#", 16, 300_000, n => Call(OneImportCall, n)),
        new Row("import call, driver -> C# -> driver", 12, 300_000, n => Loop(_world, ImportCalls, n)),
        new Row("KeGetCurrentIrql", 2.5, 1_000_000, n => Loop(_world, IrqlReads, n)),
        new Row("KeRaiseIrql and KeLowerIrql", 5, 500_000, n => Loop(_world, IrqlChanges, n)),
        new Row("KeAcquireSpinLock and KeReleaseSpinLock", null, 200_000, n => Loop(_world, SpinLocks, n)),
        new Row("RtlMoveMemory of 64 bytes", null, 500_000, n => Loop(_world, Copies, n)),
        new Row("inlined KeQueryInterruptTime, patched", null, 1_000_000, n => Loop(_world, SharedPage, n)),
        new Row("inlined KeGetCurrentIrql (cr8), patched", null, 1_000_000, n => Loop(_world, Cr8Reads, n)),
        new Row("ExRaiseStatus to __except", 600, 20_000, n => Loop(_world, Raises, n)),
        new Row("fault to __except", 4_000, 4_000, n => Loop(_world, Faults, n)),
        new Row("fault at a user address to __except", 4_000, 4_000, n => Loop(_world, WildFaults, n)),
        new Row("ExAllocatePool2(256), touch, free", null, 50_000, n => Loop(_world, Allocations, n)),
        new Row("the same in special pool", null, 2_000, n => Loop(_special, Allocations, n)),
        new Row("load of an image, warm", 1_500_000, 20, Load),
    ];

    public void Dispose()
    {
        _world.Dispose();
        _special.Dispose();
    }

    private double Call(int routine, long operations)
    {
        var code = _world.Executive.Code;
        var target = _world.Routine(routine);
        var start = Stopwatch.GetTimestamp();
        ulong value = 0;
        for (var i = 0L; i < operations; i++)
            value = code.Call(target, [value]);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static double Loop(BenchWorld world, int routine, long operations)
    {
        var target = world.Routine(routine);
        var start = Stopwatch.GetTimestamp();
        world.Executive.Code.Call(target, [(ulong)operations]);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    // From the file's bytes to an image that could run; to unmap it again is not counted.
    private double Load(long operations)
    {
        var file = File.ReadAllBytes(imagePath);
        var total = 0.0;
        for (var i = 0L; i < operations; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var driver = _world.Drivers.Load(DriverImage.Read(file, imagePath));
            total += Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            driver.Dispose();
        }
        return total;
    }
}
