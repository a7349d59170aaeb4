// Takes the crash report of a run when its bug check happens, on the thread where it does, and adds what only
// the command line knows: the last events and the command. It knows nothing about how reports look.
using OpenWsk.Capture;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Running;

/// <summary>Waits for a bug check.</summary>
internal sealed class CrashWatch
{
    private readonly RunWorld _world;
    private readonly FlightRecorder _recorder;
    private CrashReport? _report;

    public CrashWatch(RunWorld world, FlightRecorder recorder)
    {
        _world = world;
        _recorder = recorder;
        world.Executive.BugChecked += Take;
    }

    /// <summary>The report; null while there was no bug check.</summary>
    public CrashReport? Report => Volatile.Read(ref _report);

    // The thread is about to be taken out of the driver: whatever goes wrong here must not hide the bug
    // check.
    private void Take(BugCheck check)
    {
        CrashReport report;
        try
        {
            report = _world.Drivers.CollectCrash(check);
            var box = _recorder.Read();
            report = report with
            {
                Events = FlightText.Lines(box, NameAddress),
                Threads =
                [
                    .. report.Threads.Select(t => t.Id == check.Snapshot?.ThreadId ? t : Refine(t, box)),
                ],
            };
        }
        catch (Exception e)
        {
            report = new CrashReport { Check = check, Place = $"unknown: the report could not be made: {e}" };
        }
        Volatile.Write(ref _report, report with { Command = Command() });
    }

    /// <summary>What the threads in drivers are doing now, a line each.</summary>
    public IEnumerable<string> DescribeThreads()
    {
        var box = _recorder.Read();
        return _world.Drivers.DescribeThreads().Select(thread => CrashText.Line(Refine(thread, box)));
    }

    // What a routine's call leaves on the stack is still there after it has returned; the events know better.
    private static CrashThread Refine(CrashThread thread, BlackBoxContents box) =>
        box.IsInRoutine(thread.Id) != false ? thread
            : thread with { State = "ran code of a driver", Stack = [], Context = null };

    private string NameAddress(ulong address) =>
        _world.Drivers.NameAddress((nuint)address) ?? ArgumentFormatter.Hex(address);

    private static string Command() =>
        string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Select(Quote).Prepend("openwsk"));

    private static string Quote(string word) =>
        word.Length != 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:%+,@".Contains(c)) ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
