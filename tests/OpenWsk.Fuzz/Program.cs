// Fuzzes the loader and the fault path: mutated images and mutated code of the sample drivers, each in a
// simulated world, in worker processes. It knows nothing about drivers; docs/internals/fuzzing.md says how to
// read what it prints.
//   hunt SAMPLES FOLDER FIRST COUNT [JOBS]   runs seeds; exit code 1 when a worker hung or died unreported
//   one SAMPLES SEED                         runs one seed in this process and says what became of it
using System.Globalization;
using OpenWsk.Fuzz;

// Far more than any run takes, on a busy machine too.
const int HangSeconds = 30;

switch (args)
{
    case ["hunt", var samples, var folder, var first, var count, .. var jobs]:
        return Hunt(samples, folder, Number(first), Number(count), jobs is [var n] ? (int)Number(n) : 2);
    case ["worker", var paths, var samples, var first, var count]:
        using (var worker = new Worker(paths, new Mutator(new Corpus(samples))))
            worker.Run(Number(first), Number(count));
        return 0;
    case ["one", var samples, var seed]:
        return One(samples, Number(seed));
    default:
        Console.Error.WriteLine(
            "usage: hunt SAMPLES FOLDER FIRST COUNT [JOBS] | one SAMPLES SEED, with SAMPLES as in samples/");
        return 2;
}

static int Hunt(string samples, string folder, long first, long count, int jobs)
{
    var hunter = new Hunter(first, count, samples, folder, TimeSpan.FromSeconds(HangSeconds));
    hunter.Run(jobs);
    foreach (var (outcome, total) in hunter.Totals)
        Console.WriteLine($"{outcome,-12} {total,8}");
    var unreported = hunter.Incidents.Count(i => i.Kind == Outcome.Hung || i.ReportPath is null);
    Console.WriteLine(
        $"{count} runs from seed {first}: {hunter.Incidents.Count} workers died or hung, "
        + $"{unreported} of them without a report");
    // What threw inside ours is a defect as well, which the process has survived.
    if (hunter.Totals.GetValueOrDefault(Outcome.OurBug) is > 0 and var thrown)
        Console.WriteLine($"{thrown} runs had a routine of ours throw; see {folder}/worker-N.ourbugs");
    return unreported == 0 ? 0 : 1;
}

static int One(string samples, long seed)
{
    var mutator = new Mutator(new Corpus(samples));
    var mutant = mutator.Make(seed);
    Console.WriteLine($"seed {seed}: {mutant.Name}.sys, {mutant.What}");
    var paths = Path.Combine(Path.GetTempPath(), $"openwsk-fuzz-{Environment.ProcessId}");
    using var worker = new Worker(paths, mutator);
    var (outcome, detail) = worker.RunOne(seed);
    Console.WriteLine($"{outcome}: {detail}");
    return outcome == Outcome.OurBug ? 1 : 0;
}

static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
