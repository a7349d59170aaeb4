// The process in which mutants run, one after the other: for each it tells its hunter the seed first, keeps a
// black box, and takes a mutant that loops out of its code. It knows nothing about other
// workers; see Hunter.cs.
using OpenWsk.Capture;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Fuzz;

/// <summary>Runs a range of seeds in this process.</summary>
internal sealed class Worker(string paths, Mutator mutator) : IDisposable
{
    /// <summary>How the file ends that has the black box of the run before.</summary>
    public const string BoxBefore = ".before";

    // Real time without any event before guest code is taken for endless; a whole run takes 2 to 20 ms.
    private static readonly TimeSpan s_endless = TimeSpan.FromMilliseconds(400);

    // The same for one that goes on calling: virtual time stands still while it does.
    private static readonly TimeSpan s_busy = TimeSpan.FromSeconds(3);
    private readonly Progress _progress = new(paths + ".progress");
    private readonly Pulse _pulse = new();

    public void Run(long first, long count)
    {
        for (var seed = first; seed < first + count; seed++)
        {
            _progress.Begin(seed);
            var (outcome, detail) = RunOne(seed);
            _progress.End(outcome);
            if (outcome == Outcome.OurBug)
                File.AppendAllText(paths + ".ourbugs", $"seed {seed}: {detail}\n");
        }
    }

    /// <summary>Runs one seed and says what became of it.</summary>
    public (Outcome Outcome, string Detail) RunOne(long seed)
    {
        var mutant = mutator.Make(seed);
        _progress.Tell($"{mutant.Name}.sys, {mutant.What}");
        KeepBox();
        using var box = new FlightRecorder(paths + ".box");
        var run = new FuzzRun(mutant, (ulong)seed, _pulse) { Recorder = box };
        _pulse.Beat();
        var began = TimeProvider.System.GetTimestamp();
        using var guard = new Timer(_ =>
        {
            if (_pulse.Age > s_endless || TimeProvider.System.GetElapsedTime(began) > s_busy)
                run.Stop();
        }, null, s_endless, s_endless);
        try
        {
            var outcome = run.Run();
            box.Finish();
            return (outcome, run.Detail);
        }
        catch (Exception e) when (e is not GuestUnwindException)
        {
            // The one catch-all of the worker: an exception of ours is what the hunt is for.
            return (Outcome.OurBug, e.ToString());
        }
    }

    public void Dispose() => _progress.Dispose();

    // What a mutant has left may end the process when the next one has hardly begun.
    private void KeepBox()
    {
        if (File.Exists(paths + ".box"))
            File.Move(paths + ".box", paths + BoxBefore, overwrite: true);
    }

    // When something last happened in the world.
    private sealed class Pulse : IEventSink
    {
        private long _at;

        public TimeSpan Age => TimeProvider.System.GetElapsedTime(Interlocked.Read(ref _at));

        public void OnEvent(in KernelEvent e) => Beat();

        public void Beat() => Interlocked.Exchange(ref _at, TimeProvider.System.GetTimestamp());
    }
}
