// `openwsk bench startup`: the time from the start of the process to the first instruction of DriverEntry.
// The driver (bench/driver/startup.c) prints the processor's time-stamp counter, which runs alike in all
// processes; a copy of it in a world of ours reads the counter for us. It knows nothing about what is done in
// that time: see docs/internals/performance.md.
using System.Diagnostics;
using System.Globalization;

namespace OpenWsk.Bench.Hosting;

/// <summary>Measures starts.</summary>
internal sealed class StartupBench : IDisposable
{
    private const double GoalNs = 150_000_000;
    private const int TicksRoutine = 0;
    private const string Printed = "entered at ";
    private const string SuperviseVariable = "OPENWSK_SUPERVISE";
    private readonly string _driver;
    private readonly BenchWorld _world;

    private StartupBench(string driver)
    {
        _driver = driver;
        _world = new BenchWorld(driver);
    }

    /// <summary>The benchmark as one stage.</summary>
    public static IEnumerable<Stage> Stages(BenchContext context)
    {
        var bench = new StartupBench(context.PathOf("bench", "driver", "startup.sys"));
        var ahead = context.PathOf("artifacts", "openwsk", "OpenWsk.Cli.dll");
        var plain = context.PathOf("src", "OpenWsk.Cli", "bin", "Release", "net10.0", "OpenWsk.Cli.dll");
        var rows = new[]
        {
            bench.MakeRow("run to DriverEntry", ahead, true) with { GoalNs = GoalNs },
            bench.MakeRow("run to DriverEntry, no supervisor", ahead, false),
            bench.MakeRow("run to DriverEntry, not compiled ahead", plain, true),
        };
        yield return new Stage(
            "startup", "start of the process to the first instruction of DriverEntry", "ns", IsRate: false,
            [.. rows.Where(row => row.Name.Contains(context.Only, StringComparison.Ordinal))])
        {
            Resources = bench,
        };
    }

    public void Dispose() => _world.Dispose();

    private Row MakeRow(string name, string program, bool isSupervised) => Row.Make(name, 1, () =>
        File.Exists(program)
            ? (_, _) => Measure(program, isSupervised)
            : throw new UnavailableException($"there is no {program}; ./openwsk makes it"));

    private Sample Measure(string program, bool isSupervised)
    {
        var start = new ProcessStartInfo("dotnet", [program, "run", _driver, "--quiet"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[SuperviseVariable] = isSupervised ? "1" : "0";
        var (startNs, startTicks) = (Stopwatch.GetTimestamp(), Ticks());
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        // The counter's rate follows from the clock over the whole run, which is many milliseconds.
        var (endNs, endTicks) = (Stopwatch.GetTimestamp(), Ticks());
        var place = output.IndexOf(Printed, StringComparison.Ordinal);
        if (place < 0)
            throw new BenchFailureException($"{_driver} was not entered: {output}");
        var text = output[(place + Printed.Length)..].Split('\n')[0];
        var entered = ulong.Parse(text, CultureInfo.InvariantCulture);
        var wholeNs = Stopwatch.GetElapsedTime(startNs, endNs).TotalNanoseconds;
        return new Sample(wholeNs * (entered - startTicks) / (endTicks - startTicks));
    }

    private ulong Ticks() => _world.Executive.Code.Call(_world.Routine(TicksRoutine), []);
}
