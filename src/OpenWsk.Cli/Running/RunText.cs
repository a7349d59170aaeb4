// The closing summary of a run for a person, on standard error.
// It decides nothing: the report says all. The JSON document is RunDocument.cs.
using System.Globalization;
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Cli.Output;

namespace OpenWsk.Cli.Running;

/// <summary>Writes the summary.</summary>
internal static class RunText
{
    public static void Write(RunReport report, Terminal terminal)
    {
        if (report.IsLineOpen && Terminal.IsOneStream)
            terminal.Note("");
        foreach (var driver in report.Drivers)
        {
            var entry = driver.EntryStatus is { } status ? $"DriverEntry returned {status.Name()}, " : "";
            terminal.Note($"{terminal.Strong(driver.Name)}: {entry}{driver.Fate}");
            foreach (var import in driver.MissingCalled)
            {
                var answer = import.Answer is { } given ? $"answered {given.Name()} by --stub"
                    : "stopped the driver";
                terminal.Note($"  {import.Import} is not implemented; {Times(import.Calls)}, {answer}");
            }
        }
        if (report.Standstill is { } standstill)
        {
            var asked = report.End == RunEnd.Standstill ? "; the drivers were asked to unload" : "";
            terminal.Note(standstill + asked);
        }
        if (EndLine(report.End) is { } end)
            terminal.Note(end);
        if (report.StopReason is { } reason)
            terminal.Note($"{terminal.Bad("stopped")}: {reason}");
        if (report.Crash is { } crash)
            terminal.Note(CrashText.Render(crash, Style(terminal)).TrimEnd());
        if (report.Dump is { } dump)
            terminal.Note($"dump written to {dump}");
        if (report.Hang is { } hang)
            terminal.Note($"{terminal.Bad("hang")}: {hang}");
        foreach (var thread in report.HangingThreads)
        {
            terminal.Note($"  T{thread.Id} {thread.Name}");
            foreach (var frame in thread.Frames)
                terminal.Note($"    {frame}");
        }
        WriteFindings(report, terminal);
        WriteLeftovers(report, terminal);
        if (report.Simulation is { } simulation)
            terminal.Note($"simulated: {Describe(simulation)}");
    }

    private static string Describe(SimulationReport simulation)
    {
        var time = simulation.Seconds.ToString("0.000000", CultureInfo.InvariantCulture);
        return $"{time} s of its time" + (simulation.Seed is { } seed ? $"; again with --seed {seed}" : "");
    }

    private static CrashTextStyle Style(Terminal terminal) =>
        new(terminal.Options.Verbose, terminal.Bad, terminal.Strong);

    private static void WriteFindings(RunReport report, Terminal terminal)
    {
        if (report.Findings.Count == 0)
        {
            terminal.Note("findings: none");
            return;
        }
        terminal.Note($"{terminal.Bad("findings")}: {report.Findings.Count}");
        foreach (var finding in report.Findings)
        {
            var times = finding.Count > 1 ? $" ({Times(finding.Count)})" : "";
            terminal.Note($"  {finding.RuleId}: {finding.Detail}{times}");
            var first = finding.Count > 1 ? "first " : "";
            if (finding.Stack.Count != 0)
                terminal.Note($"    {first}at {string.Join(" < ", finding.Stack)}");
            if (finding.Rule is { } rule)
                terminal.Note($"    {terminal.Faint(rule.Text)}");
        }
    }

    private static void WriteLeftovers(RunReport report, Terminal terminal)
    {
        if (report.LeftBehind.Count == 0)
        {
            terminal.Note("left behind: nothing");
            return;
        }
        terminal.Note($"{terminal.Bad("left behind")}:");
        foreach (var leftover in report.LeftBehind)
        {
            terminal.Note($"  {Leftovers.Describe(leftover)}");
            foreach (var origin in leftover.Origins)
                terminal.Note($"    {origin.Count} made at {string.Join(" < ", origin.Stack)}");
            if (leftover.OnWindows.Length != 0)
                terminal.Note($"    {terminal.Faint("on Windows: " + leftover.OnWindows)}");
        }
    }

    private static string? EndLine(RunEnd end) => end switch
    {
        RunEnd.TimeOver => "the time of the run was over; the drivers were asked to unload",
        RunEnd.TimeLimit => "the work had not ended within the time limit",
        RunEnd.Interrupted => "interrupted; the drivers were asked to unload",
        _ => null,
    };

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";
}
