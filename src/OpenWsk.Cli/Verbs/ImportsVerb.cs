// `openwsk imports FILE.sys`: what a driver calls and how much of that is here, without running anything.
// It reads no image itself: that is the loader's.
using System.CommandLine;
using OpenWsk.Cli.CommandLine;
using OpenWsk.Cli.Compat;
using OpenWsk.Cli.Output;
using OpenWsk.Cli.Worlds;
using OpenWsk.Kernel;
using OpenWsk.Loader;

namespace OpenWsk.Cli.Verbs;

/// <summary>imports FILE.sys.</summary>
internal sealed class ImportsVerb : IVerb
{
    private readonly Argument<string> _file = new("FILE.sys") { Description = "The driver." };
    private readonly Option<bool> _all =
        new("--all") { Description = "List every import, not only the exceptions." };

    public ImportsVerb() => Command =
        new Command("imports", "Show what a driver calls and how much of that is here; runs nothing.")
        {
            _file, _all,
        };

    public Command Command { get; }

    public Task<int> Run(ParseResult parsed, Terminal terminal)
    {
        var image = DriverFiles.Read(parsed.GetRequiredValue(_file));
        var rows = Rows(image);
        var isComplete = rows.All(row => row.Level != CompatLevel.Missing);
        if (terminal.Options.Json)
            terminal.Out.Write(Document(image, rows, isComplete));
        else
        {
            WriteTable(terminal, rows, parsed.GetValue(_all));
            if (terminal.Options.Verbose)
                WritePatches(terminal, PatchPlan.Of(image));
        }
        return Task.FromResult(isComplete ? ExitCodes.Clean : ExitCodes.NotLoadable);
    }

    private static List<CompatItem> Rows(DriverImage image)
    {
        using var exports = Exports.Open();
        return [.. ImportResolver.Resolve(image, exports.Table).Select(Row)];
    }

    private static CompatItem Row(ImportResolution resolution)
    {
        var (library, name) = (resolution.Import.Library, resolution.Import.Name);
        return resolution.Kind switch
        {
            ImportKind.Routine => new CompatItem(
                library, name, CompatTable.LevelOf(resolution.Routine!), resolution.Routine!.Note ?? ""),
            ImportKind.Missing =>
                new CompatItem(library, name, CompatLevel.Missing, "a call stops the driver"),
            _ => new CompatItem(library, name, CompatLevel.Full, ""),
        };
    }

    private static void WriteTable(Terminal terminal, List<CompatItem> rows, bool isAll)
    {
        if (rows.Count == 0)
            terminal.Out.WriteLine("the driver imports nothing");
        var width = rows.Count == 0 ? 0 : rows.Max(row => row.Group.Length);
        foreach (var library in rows.GroupBy(row => row.Group, StringComparer.OrdinalIgnoreCase))
        {
            var counts = Enum.GetValues<CompatLevel>()
                .Select(level => (level, count: library.Count(row => row.Level == level)))
                .Where(pair => pair.count != 0)
                .Select(pair => $"{pair.count} {CompatPage.Word(pair.level)}");
            terminal.Out.WriteLine($"{library.Key.PadRight(width)}  {string.Join(", ", counts)}");
            foreach (var row in library.Where(row => isAll || row.Level != CompatLevel.Full))
            {
                var line = $"  {CompatPage.Word(row.Level),-7}  {row.Name}  {row.Note}".TrimEnd();
                terminal.Out.WriteLine(row.Level == CompatLevel.Missing ? terminal.Bad(line) : line);
            }
        }
    }

    private static void WritePatches(Terminal terminal, PatchPlan plan)
    {
        if (plan.IsEmpty && plan.Refused is null)
            terminal.Out.WriteLine("no privileged instruction and no fixed address");
        if (plan.IrqlCount != 0)
            terminal.Out.WriteLine(
                plan.IrqlCount == 1 ? "1 access of cr8 is replaced"
                    : $"{plan.IrqlCount} accesses of cr8 are replaced");
        if (plan.PageCount != 0)
            terminal.Out.WriteLine(
                plan.PageCount == 1 ? "1 address of the shared page is replaced"
                    : $"{plan.PageCount} addresses of the shared page are replaced");
        foreach (var note in plan.Trapped)
            terminal.Out.WriteLine($"0x{note.Rva:x} traps: {note.Text}");
        foreach (var note in plan.Noted)
            terminal.Out.WriteLine($"0x{note.Rva:x} is perhaps {note.Text}, if it is code");
        if (plan.Refused is { } refused)
            terminal.Out.WriteLine(
                terminal.Bad($"0x{refused.Rva:x} is {refused.Text}: it is not loaded (OW3019)"));
    }

    private static string Document(DriverImage image, List<CompatItem> rows, bool isComplete) =>
        JsonReport.Write(new
        {
            File = image.Name,
            IsComplete = isComplete,
            Imports = rows.Select(row => new
            {
                Library = row.Group,
                row.Name,
                Level = CompatPage.Word(row.Level),
                Note = row.Note.Length == 0 ? null : row.Note,
            }),
        });
}
