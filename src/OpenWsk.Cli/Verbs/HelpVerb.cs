// `openwsk help`: the pages that belong to no verb, and the twelve lines that `openwsk` alone prints.
// It knows the exit codes and examples; the options of a verb are the verb's own.
using System.CommandLine;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Output;

namespace OpenWsk.Cli.Verbs;

/// <summary>help TOPIC.</summary>
internal sealed class HelpVerb : IVerb
{
    /// <summary>What `openwsk` alone prints.</summary>
    public const string Introduction = """
        openwsk runs Windows kernel drivers that use Winsock Kernel (WSK): no Windows, no virtual machine.

          openwsk demo                                   a driver connects to a server, explained
          openwsk run connect.sys --param RemotePort=80  load a driver, run it, unload it, report
          openwsk connect 127.0.0.1:80                   standard input to a socket and back

        Before you run a driver:  imports FILE.sys   what it calls, and what of that exists here
        What works here:          compat, contract   every routine and item; every rule and its proof
        This machine:             doctor             what is missing, and what follows from it

        `openwsk VERB --help` has the options, `openwsk help exit-codes` the exit codes.

        """;

    private readonly Argument<string?> _topic = new("topic")
    {
        Description = "exit-codes, or a verb.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public HelpVerb() => Command = new Command("help", "Explain a topic: exit-codes.") { _topic };

    public Command Command { get; }

    public Task<int> Run(System.CommandLine.ParseResult parsed, Terminal terminal)
    {
        switch (parsed.GetValue(_topic))
        {
            case null when terminal.Options.Json:
            case "exit-codes" when terminal.Options.Json:
                terminal.Out.Write(JsonReport.Write(new
                {
                    ExitCodes = ExitCodes.All.Select(row => new { row.Code, row.Meaning }),
                }));
                return Task.FromResult(ExitCodes.Clean);
            case null:
                terminal.Out.Write(Introduction);
                return Task.FromResult(ExitCodes.Clean);
            case "exit-codes":
                foreach (var (code, meaning) in ExitCodes.All)
                    terminal.Out.WriteLine($"{code,4}  {meaning}");
                return Task.FromResult(ExitCodes.Clean);
            case { } verb:
                return Task.FromResult(HelpOf(verb, parsed));
        }
    }

    private static int HelpOf(string verb, ParseResult parsed)
    {
        var root = parsed.RootCommandResult.Command;
        if (root.Subcommands.Any(command => command.Name == verb))
            return root.Parse([verb, "--help"]).Invoke();
        var known = root.Subcommands.Select(command => command.Name).Append("exit-codes").ToList();
        throw new UsageException($"there is no help on '{verb}'; "
            + (Nearest.Find(verb, known) is { } near ? $"did you mean '{near}'?"
                : $"topics: {string.Join(", ", known)}"));
    }
}
