// The report on a worker that died instead of ending: what it died of and what its black box holds, as text
// on standard error or as the JSON document of `run`. It knows nothing about processes; see Supervisor.cs.
using OpenWsk.Capture;
using OpenWsk.Cli.Output;

namespace OpenWsk.Cli.Supervision;

/// <summary>A death and its black box.</summary>
internal sealed class DeathReport
{
    // The runtime reports a signal as 128 and its number.
    private const int SignalBase = 128;

    private static readonly Dictionary<int, string> s_signals = new()
    {
        [4] = "SIGILL", [5] = "SIGTRAP", [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [9] = "SIGKILL",
        [11] = "SIGSEGV", [15] = "SIGTERM", [31] = "SIGSYS",
    };

    private readonly BlackBoxContents _box;
    private readonly string _cause;

    private DeathReport(BlackBoxContents box, string cause)
    {
        _box = box;
        _cause = cause;
    }

    /// <summary>
    /// The report, or null when the worker ended by itself or had not begun to run drivers.
    /// </summary>
    public static DeathReport? TryMake(int exitCode, string boxPath)
    {
        if (!File.Exists(boxPath) || BlackBoxReader.TryRead(File.ReadAllBytes(boxPath)) is not { } box)
            return null;
        return box.IsFinished || exitCode == ExitCodes.Interrupted
            ? null : new DeathReport(box, Cause(exitCode));
    }

    /// <summary>Writes the report and gives the exit code.</summary>
    public int Write(bool isJson)
    {
        if (isJson)
            Console.Out.Write(JsonReport.Write(Document()));
        else
            WriteText(Console.Error);
        return ExitCodes.Stopped;
    }

    private void WriteText(TextWriter output)
    {
        output.WriteLine($"stopped: {Reason()}");
        foreach (var line in AutopsyText.Lines(_box))
            output.WriteLine($"  {line}");
        output.WriteLine(
            "what to do: `openwsk run --special-pool` stops a driver at the instruction that writes where it "
            + "must not; if no driver is at fault, this is a bug of OpenWsk: report it with these lines");
    }

    private string Reason() =>
        $"{_cause} while {string.Join(", ", _box.Drivers.Select(d => d.Name))} ran in it; a driver shares "
        + "its address space and can destroy it";

    private object Document() => new
    {
        ExitCode = ExitCodes.Stopped,
        End = "died",
        StopReason = Reason(),
        Death = new
        {
            Cause = _cause,
            Drivers = _box.Drivers.Select(
                d => new { d.Name, Start = $"0x{d.Start:x}", Bytes = d.LengthBytes }),
            Threads = AutopsyText.Places(_box).Select(p => new { Id = p.Thread, p.Place }),
            LastEvents = _box.Events.TakeLast(AutopsyText.EventsShown)
                .Select(e => AutopsyText.Line(_box, e).Trim()),
        },
    };

    private static string Cause(int exitCode)
    {
        var signal = exitCode - SignalBase;
        return signal <= 0 ? $"the worker process was ended from inside, with exit code {exitCode},"
            : s_signals.TryGetValue(signal, out var name) ? $"the worker process died of {name} ({signal})"
            : $"the worker process died of signal {signal}";
    }
}
