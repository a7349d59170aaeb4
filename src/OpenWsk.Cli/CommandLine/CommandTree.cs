// The verbs and the options that all of them have, and how a command line becomes a call of one.
// Every usage error is one line that says what to do. It knows nothing about what a verb does: see Verbs/.
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using OpenWsk.Cli.Output;
using OpenWsk.Cli.Verbs;

namespace OpenWsk.Cli.CommandLine;

/// <summary>A verb: its command for the parser and what it does.</summary>
internal interface IVerb
{
    Command Command { get; }

    Task<int> Run(ParseResult parsed, Terminal terminal);
}

/// <summary>The command line of openwsk.</summary>
internal static class CommandTree
{
    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON document instead of text.",
        Recursive = true,
    };

    private static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "Print the result only, no progress and no summary.",
        Recursive = true,
    };

    private static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Say more about what is done.",
        Recursive = true,
    };

    private static readonly Option<bool> NoColor = new("--no-color")
    {
        Description = "Never colour; NO_COLOR and TERM=dumb do the same.",
        Recursive = true,
    };

    /// <summary>Parses and runs.</summary>
    public static async Task<int> Run(IReadOnlyList<string> words)
    {
        var prepared = Preparation.Prepare(words);
        if (prepared.Count == 0)
        {
            await Console.Out.WriteAsync(HelpVerb.Introduction).ConfigureAwait(false);
            return ExitCodes.Clean;
        }
        // Drivers wait for the start of run, so the other verbs are not made for it.
        IVerb[] verbs = prepared.Find(word => !word.StartsWith('-')) == "run" ? [new RunVerb()]
            :
            [
                new RunVerb(), new ConnectVerb(), new DemoVerb(), new ImportsVerb(), new CompatVerb(),
                new ContractVerb(),
                new BenchVerb(), new DoctorVerb(), new HelpVerb(), new VersionVerb(),
            ];
        var root = MakeRoot(verbs);
        var parsed = root.Parse(prepared, new ParserConfiguration { EnablePosixBundling = true });
        if (parsed.Action is HelpAction help)
            return help.Invoke(parsed);
        ThrowOnError(parsed, prepared);
        var verb = verbs.FirstOrDefault(v => ReferenceEquals(v.Command, parsed.CommandResult.Command))
            ?? throw new UsageException("name a verb, such as run; `openwsk --help` lists them");
        return await verb.Run(parsed, new Terminal(CommonOf(parsed))).ConfigureAwait(false);
    }

    private static RootCommand MakeRoot(IVerb[] verbs)
    {
        var root = new RootCommand(
            "Runs Windows kernel drivers that use Winsock Kernel, over the sockets of this machine.");
        foreach (var version in root.Options.OfType<VersionOption>().ToList())
            root.Options.Remove(version);
        foreach (var option in new Option[] { Json, Quiet, Verbose, NoColor })
            root.Options.Add(option);
        foreach (var verb in verbs)
            root.Subcommands.Add(verb.Command);
        return root;
    }

    private static CommonOptions CommonOf(ParseResult parsed) =>
        new(parsed.GetValue(Json), parsed.GetValue(Quiet), parsed.GetValue(Verbose),
            parsed.GetValue(NoColor));

    private static void ThrowOnError(ParseResult parsed, List<string> words)
    {
        var command = parsed.CommandResult.Command;
        var isRoot = ReferenceEquals(command, parsed.RootCommandResult.Command);
        var help = isRoot ? "`openwsk --help` lists the verbs" : $"see `openwsk {command.Name} --help`";
        // An argument that may be repeated takes misspelled options too.
        var option = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens).FirstOrDefault(token => token.Value.StartsWith('-'));
        if (option is not null)
            throw new UsageException(DescribeUnknown(option.Value, command, isRoot, help));
        if (parsed.Errors.Count == 0)
            return;
        if (parsed.UnmatchedTokens is [var unknown, ..])
            throw new UsageException(DescribeUnknown(unknown, command, isRoot, help));
        if (isRoot && words.All(word => word.StartsWith('-')))
            throw new UsageException($"name a verb, such as run; {help}");
        if (parsed.Errors[0].SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: var missing }
            && command.Arguments.Contains(missing))
            throw new UsageException($"{command.Name}: {missing.Name} is missing; {help}");
        var message = parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        throw new UsageException($"{command.Name}: {message}; {help}");
    }

    private static string DescribeUnknown(string word, Command command, bool isRoot, string help)
    {
        var isOption = word.StartsWith('-');
        var known = isOption
            ? command.Options.Concat([Json, Quiet, Verbose, NoColor]).Select(option => option.Name)
                .Append("--help")
            : command.Subcommands.Select(verb => verb.Name);
        var what = isOption ? "is no option"
            : isRoot ? "is neither a verb nor a .sys file"
            : "is one argument too many";
        var nearest = Nearest.Find(word.Split('=')[0], known);
        return $"'{word}' {what}{(isRoot ? "" : $" of {command.Name}")}; "
            + (nearest is null ? help : $"did you mean '{nearest}'?");
    }
}
