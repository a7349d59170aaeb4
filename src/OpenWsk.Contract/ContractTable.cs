// Reads the Markdown tables of the catalogue: rows that begin with an id, cells between vertical bars.
// It knows the columns of the tables in Data/ and nothing about proof. Rows it cannot read are our mistake:
// it throws.
namespace OpenWsk.Contract;

/// <summary>Turns the embedded Markdown into rules, groups and notes.</summary>
internal static class ContractTable
{
    private static readonly string[] NoteKinds = ["DIFF", "OPEN", "OBS"];

    /// <summary>All groups of the contract text with their rules, in the order of the text.</summary>
    internal static List<RuleGroup> ReadGroups(string text)
    {
        var groups = new List<RuleGroup>();
        var rules = new List<Rule>();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("## ") && line.IndexOf(": ") is var colon and > 0)
            {
                rules = [];
                groups.Add(new RuleGroup(line[3..colon].ToString(), line[(colon + 2)..].ToString(), rules));
            }
            else if (TryReadRow(line, out var cells) && !IsNote(cells[0]))
            {
                rules.Add(ToRule(cells));
            }
        }
        groups.RemoveAll(group => group.Rules.Count == 0);
        return groups;
    }

    /// <summary>All DIFF, OPEN and OBS rows of a text.</summary>
    internal static IEnumerable<Note> ReadNotes(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (!TryReadRow(line, out var cells) || !IsNote(cells[0]))
            {
                continue;
            }
            yield return cells.Length == 2
                ? new Note(cells[0], "", cells[1], "")
                : new Note(cells[0], cells[1], cells[2], cells[3]);
        }
    }

    /// <summary>The group of an id: what stands before the last dash.</summary>
    internal static string GroupOf(string id) => id[..id.LastIndexOf('-')];

    private static bool IsNote(string id) => NoteKinds.Contains(GroupOf(id));

    private static Rule ToRule(string[] cells)
    {
        if (cells.Length != 5)
        {
            throw new FormatException($"{cells[0]}: a rule has five cells, this row has {cells.Length}.");
        }
        var binds = cells[1] switch
        {
            "provider" => RuleBinding.Provider,
            "client" => RuleBinding.Client,
            _ => throw new FormatException($"{cells[0]}: binds '{cells[1]}' is neither provider nor client."),
        };
        var basis = cells[2] switch
        {
            "doc" => RuleBasis.Doc,
            "header" => RuleBasis.Header,
            "usage" => RuleBasis.Usage,
            "inferred" => RuleBasis.Inferred,
            _ => throw new FormatException($"{cells[0]}: basis '{cells[2]}' is unknown."),
        };
        return new Rule(cells[0], GroupOf(cells[0]), binds, basis, cells[3], cells[4]);
    }

    private static bool TryReadRow(ReadOnlySpan<char> line, out string[] cells)
    {
        cells = [];
        line = line.TrimEnd();
        if (!line.StartsWith("| ") || !line.EndsWith(" |"))
        {
            return false;
        }
        var row = line[2..^2];
        var end = row.IndexOf(" | ");
        if (end < 0 || !IsId(row[..end]))
        {
            return false;
        }
        cells = row.ToString().Split(" | ");
        return true;
    }

    private static bool IsId(ReadOnlySpan<char> cell)
    {
        var dash = cell.LastIndexOf('-');
        return dash > 0
            && dash < cell.Length - 1
            && !cell[..dash].ContainsAnyExceptInRange('A', 'Z')
            && !cell[(dash + 1)..].ContainsAnyExceptInRange('0', '9');
    }
}
