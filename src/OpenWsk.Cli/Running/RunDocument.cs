// The JSON document of a run; docs/cli.md describes its members.
// It decides nothing: the report says all. The text for people is RunText.cs.
using OpenWsk.Abi;
using OpenWsk.Capture;
using OpenWsk.Cli.Output;

namespace OpenWsk.Cli.Running;

/// <summary>Writes the document.</summary>
internal static class RunDocument
{
    public static string Write(RunReport report) => JsonReport.Write(new
    {
        report.ExitCode,
        End = Camel(report.End.ToString()),
        report.Simulation,
        report.Standstill,
        report.StopReason,
        report.Hang,
        HangingThreads = report.Hang is null ? null : report.HangingThreads,
        BugCheck = report.Crash is { } crash ? CrashDocument.Make(crash) : null,
        report.Dump,
        Drivers = report.Drivers.Select(driver => new
        {
            driver.Name,
            EntryStatus = driver.EntryStatus?.Name(),
            driver.Fate,
            MissingCalled = driver.MissingCalled.Select(import => new
            {
                import.Import.Library,
                import.Import.Name,
                import.Calls,
                Answer = import.Answer?.Name(),
            }),
        }),
        Requests = report.Answers.Select(answer => new
        {
            Kind = Camel(answer.Request.Kind.ToString()),
            answer.Request.Device,
            Code = answer.Request.Code is { } code ? $"0x{code:x}" : null,
            Status = answer.Status.Name(),
            answer.Information,
            Output = Convert.ToHexStringLower(answer.Output.Span),
        }),
        Findings = report.Findings.Select(finding => new
        {
            Rule = finding.RuleId,
            finding.Rule?.Text,
            finding.Detail,
            finding.Count,
            finding.Stack,
        }),
        LeftBehind = report.LeftBehind.Select(leftover => new
        {
            leftover.Kind,
            leftover.Count,
            leftover.Bytes,
            leftover.Detail,
            Origins = leftover.Origins.Select(origin => new { origin.Count, origin.Stack }),
            leftover.OnWindows,
        }),
        DebugOutput = report.Prints,
    });

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
