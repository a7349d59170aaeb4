// `openwsk contract`: every group of rules, how many of them a test run has proven, and why the others are
// open. It computes nothing: OpenWsk.Contract counts, this prints.
using System.CommandLine;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Output;
using OpenWsk.Contract;

namespace OpenWsk.Cli.Verbs;

/// <summary>contract.</summary>
internal sealed class ContractVerb : IVerb
{
    private readonly Option<bool> _open =
        new("--open") { Description = "List every open rule with its reason." };

    public ContractVerb() =>
        Command = new Command("contract", "Show the rules of WSK, group by group, and how many are proven.")
        {
            _open,
        };

    public Command Command { get; }

    public Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        var report = ContractReport.Make(ProvenRecord.Current(), OpenRules.Current);
        terminal.Out.Write(terminal.Options.Json ? report.ToJson() : report.ToText());
        if (parsed.GetValue(_open) && !terminal.Options.Json)
        {
            terminal.Out.WriteLine();
            foreach (var open in report.Open)
                terminal.Out.WriteLine($"{open.Id,-10} {open.Why}");
        }
        return Task.FromResult(ExitCodes.Clean);
    }
}
