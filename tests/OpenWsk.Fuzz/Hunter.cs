// Runs seeds in worker processes, starts a new worker after each death, kills one that makes no progress, and
// keeps what a reader needs to see each again. It knows nothing about mutants; see Worker.cs.
using System.Diagnostics;
using System.Globalization;
using OpenWsk.Capture;

namespace OpenWsk.Fuzz;

/// <summary>A death or a hang of a worker.</summary>
internal sealed record Incident(long Seed, Outcome Kind, string Cause, string Mutant, string? ReportPath);

/// <summary>Hunts over a range of seeds.</summary>
internal sealed class Hunter(long first, long count, string samples, string folder, TimeSpan patience)
{
    // So often the hunter looks whether a worker got on; it decides nothing else.
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(100);
    private readonly Lock _gate = new();
    private readonly List<Incident> _incidents = [];
    private readonly SortedDictionary<Outcome, long> _totals = [];

    public IReadOnlyList<Incident> Incidents => _incidents;

    public IReadOnlyDictionary<Outcome, long> Totals => _totals;

    /// <summary>Runs all seeds with a number of workers at a time.</summary>
    public void Run(int jobs)
    {
        Directory.CreateDirectory(folder);
        var share = (count + jobs - 1) / jobs;
        Parallel.For(0, jobs, new ParallelOptions { MaxDegreeOfParallelism = jobs }, job =>
        {
            File.Delete(Path.Combine(folder, $"worker-{job}.ourbugs"));
            var end = Math.Min(first + (job + 1) * share, first + count);
            for (var next = first + job * share; next < end;)
                next = RunWorker(job, next, end - next);
        });
    }

    // One worker from a seed on; returns the first seed that it did not get to.
    private long RunWorker(int job, long from, long length)
    {
        var paths = Path.Combine(folder, $"worker-{job}");
        File.Delete(paths + ".progress");
        using var progress = new Progress(paths + ".progress");
        using var worker = Start(paths, from, length);
        var killed = !WaitWhileItGetsOn(worker, progress);
        Add(progress);
        if (!killed && worker.ExitCode == 0)
            return from + length;
        var seed = Math.Max(progress.Current, from);
        Note(seed, killed, worker.ExitCode, progress.Text, paths);
        return seed + 1;
    }

    private bool WaitWhileItGetsOn(Process worker, Progress progress)
    {
        var (seen, since) = (-1L, Stopwatch.GetTimestamp());
        while (!worker.WaitForExit(s_glance))
        {
            if (progress.Done != seen)
                (seen, since) = (progress.Done, Stopwatch.GetTimestamp());
            if (Stopwatch.GetElapsedTime(since) < patience)
                continue;
            worker.Kill();
            worker.WaitForExit();
            return false;
        }
        return true;
    }

    private void Note(long seed, bool killed, int exitCode, string mutant, string paths)
    {
        var kind = killed ? Outcome.Hung : Outcome.Died;
        var cause = killed ? $"no progress for {patience.TotalSeconds:0} s" : $"exit code {exitCode}";
        var report = Path.Combine(folder, $"seed-{seed}.txt");
        var box = Read(paths + ".box");
        var before = box is null ? Read(paths + Worker.BoxBefore) : null;
        if (box is not null)
            File.WriteAllLines(report, [$"seed {seed}: {cause}", mutant, .. AutopsyText.Lines(box)]);
        else if (before is not null)
            File.WriteAllLines(report, [
                $"seed {seed}: {cause}, before it had done anything", mutant,
                "what the run before it did:", .. AutopsyText.Lines(before)]);
        lock (_gate)
        {
            _incidents.Add(new Incident(seed, kind, cause, mutant, (box ?? before) is null ? null : report));
            _totals[kind] = _totals.GetValueOrDefault(kind) + 1;
        }
        Console.Error.WriteLine($"seed {seed}: {kind}, {cause}; {mutant}");
    }

    private static BlackBoxContents? Read(string path) =>
        File.Exists(path) ? BlackBoxReader.TryRead(File.ReadAllBytes(path)) : null;

    private void Add(Progress progress)
    {
        lock (_gate)
        {
            foreach (var outcome in Enum.GetValues<Outcome>())
            {
                if (progress.Count(outcome) is > 0 and var some)
                    _totals[outcome] = _totals.GetValueOrDefault(outcome) + some;
            }
        }
    }

    private Process Start(string paths, long from, long length)
    {
        var program = typeof(Hunter).Assembly.Location;
        string[] words = ["worker", paths, samples, Text(from), Text(length)];
        var start = new ProcessStartInfo("dotnet", [program, .. words])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        // What a dying runtime says is kept beside the black box; nobody waits for it.
        var said = new StreamWriter(paths + ".stderr");
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                said.Dispose();
            else
                said.WriteLine(line.Data);
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
