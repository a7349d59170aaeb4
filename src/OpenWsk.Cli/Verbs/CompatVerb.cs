// `openwsk compat`: every export and every WSK item with how much of it is here.
// It makes no table itself: that is Compat/CompatTable.
using System.CommandLine;
using OpenWsk.Cli.Compat;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Output;
using OpenWsk.Cli.Worlds;

namespace OpenWsk.Cli.Verbs;

/// <summary>compat [NAME].</summary>
internal sealed class CompatVerb : IVerb
{
    private readonly Argument<string?> _name = new("name")
    {
        Description = "Show only items whose name contains this.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _markdown = new("--markdown") { Description = "Print the reference page." };

    public CompatVerb() => Command =
        new Command("compat", "Show every routine and WSK item, and how much of each is here.")
        {
            _name, _markdown,
        };

    public Command Command { get; }

    public Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        var wanted = parsed.GetValue(_name) ?? "";
        using var exports = Exports.Open();
        var items = CompatTable.Make(exports.Table)
            .Where(item => item.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase)).ToList();
        if (items.Count == 0)
            throw new UsageException(
                $"compat: nothing here or in WSK has '{wanted}' in its name; try a shorter part");
        terminal.Out.Write(
            terminal.Options.Json ? JsonReport.Write(new { Items = items.Select(Row) })
            : parsed.GetValue(_markdown) ? CompatPage.Markdown(items)
            : CompatPage.Text(items));
        return Task.FromResult(ExitCodes.Clean);
    }

    private static object Row(CompatItem item) => new
    {
        item.Group,
        item.Name,
        Level = CompatPage.Word(item.Level),
        item.Note,
    };
}
