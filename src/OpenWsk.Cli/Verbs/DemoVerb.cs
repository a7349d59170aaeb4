// `openwsk demo`: a Windows driver connects from this process to a server that knows nothing about it; told
// so that a reader who has never seen OpenWsk understands what happens. It needs no compiler and no network
// but loopback.
using System.CommandLine;
using OpenWsk.Abi;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Demo;
using OpenWsk.Cli.Output;
using OpenWsk.Cli.Running;

namespace OpenWsk.Cli.Verbs;

/// <summary>demo.</summary>
internal sealed class DemoVerb : IVerb
{
    // The demo talks to itself over loopback; where that takes longer, something is wrong with the machine.
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    public Command Command { get; } =
        new("demo", "Let a driver connect to a server, and explain what happens.");

    public async Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        var (image, bytes) = DemoDriver.Read();
        using var server = new DemoServer();
        var isText = !terminal.Options.Json;
        if (isText)
            terminal.Out.Write(Opening(image.Name, bytes, image.Imports.Count, server));
        var report = await RunSession.Run(new RunRequest
        {
            Images = [image],
            Parameters =
            [
                ParameterValue.Parse($"RemoteAddress={server.Address.Address}"),
                ParameterValue.Parse($"RemotePort={server.Address.Port}"),
            ],
            Within = Within,
            MakeTrace = isText ? _ => new DemoTrace(terminal.Out) : null,
        }).ConfigureAwait(false);
        if (isText)
            terminal.Out.Write(Closing(report, server));
        else
            terminal.Out.Write(RunDocument.Write(report));
        return report.ExitCode != ExitCodes.Clean ? report.ExitCode
            : report.Prints.Contains(DemoServer.Greeting) ? ExitCodes.Clean
            : ExitCodes.Findings;
    }

    private static string Opening(string name, int bytes, int imports, DemoServer server) =>
        $"""
        {name} is a Windows kernel driver ({bytes} bytes, {imports} imported routines; source:
        samples/connect/connect.c). It is now mapped into this process and runs as it would in the Windows
        kernel: it registers with Winsock Kernel (WSK), connects a socket with one call of WskSocketConnect,
        sends an HTTP request, prints the reply and unloads. The server, {server.Address}, is an ordinary
        TCP socket of this machine that knows nothing about drivers.

        What the driver calls, and what it is answered:

        """;

    private static string Closing(RunReport report, DemoServer server)
    {
        var driver = report.Drivers[0];
        var asked = server.Request.IsCompletedSuccessfully ? server.Request.Result : "";
        var left = report.LeftBehind.Count == 0
            ? "nothing"
            : string.Join(", ", report.LeftBehind.Select(Leftovers.Describe));
        var stopped = (report.StopReason ?? report.Hang) is { } reason ? $"\n  stopped      {reason}" : "";
        var findings = report.Findings.Count == 0
            ? "none"
            : string.Join("", report.Findings.Select(finding => $"\n    {finding.RuleId}: {finding.Detail}"));
        return $"""

            What the driver printed with DbgPrint:

            {Indent(report.Prints)}

            What the server was asked:

            {Indent(asked)}

            The account:

              DriverEntry  {driver.EntryStatus?.Name() ?? "did not return"}
              the driver   {driver.Fate}{stopped}
              left behind  {left}
              findings     {findings}

            Next, the same with every call shown, against a server of yours:
              openwsk run samples/connect/connect.sys --trace -- RemoteAddress=ADDRESS RemotePort=80

            """;
    }

    private static string Indent(string text) => string.Join(
        '\n', text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')
            .Select(line => $"  | {line}".TrimEnd()));
}
