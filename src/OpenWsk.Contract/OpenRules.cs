// The rules that no test proves yet, each with the reason: Data/open-rules.txt, `what | why` a line.
// What: ids, ranges (SEND-03..07) and whole groups (ACCEPT-*), separated by commas, with exceptions
// (!ACCEPT-02). A test fails when a rule is listed here and cited by a test, or neither; see
// docs/internals/proof.md.
namespace OpenWsk.Contract;

/// <summary>A rule that is not proven, and why.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Why">The reason, for people.</param>
public sealed record OpenRule(string Id, string Why);

/// <summary>The list of open rules.</summary>
public sealed class OpenRules
{
    private static readonly Lazy<OpenRules> LazyCurrent = new(() => Parse(Resource.Read("open-rules.txt")));

    private readonly Dictionary<string, OpenRule> _byId = [];
    private readonly List<string> _mistakes = [];

    private OpenRules()
    {
    }

    /// <summary>The project's own list.</summary>
    public static OpenRules Current => LazyCurrent.Value;

    /// <summary>The open rules in the order of the list.</summary>
    public IReadOnlyCollection<OpenRule> All => _byId.Values;

    /// <summary>
    /// What is wrong with the list: names that match nothing, rules listed twice, lines without a reason.
    /// </summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>The entry of a rule, or null when it is not listed.</summary>
    public OpenRule? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Reads a list; empty lines and lines that begin with # are comments.</summary>
    public static OpenRules Parse(string text)
    {
        var list = new OpenRules();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.Trim() is { Length: > 0 } entry && entry[0] != '#')
            {
                list.AddLine(entry, number);
            }
        }
        return list;
    }

    private void AddLine(string line, int number)
    {
        var bar = line.IndexOf('|');
        var why = bar < 0 ? "" : line[(bar + 1)..].Trim();
        if (why.Length == 0)
        {
            _mistakes.Add($"line {number}: no reason; write `ids | why`.");
            return;
        }
        var names = line[..bar].Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var excepted = new HashSet<string>();
        foreach (var name in names.Where(name => name[0] == '!'))
        {
            excepted.UnionWith(Expand(name[1..], number));
        }
        foreach (var id in names.Where(name => name[0] != '!').SelectMany(name => Expand(name, number)))
        {
            if (!excepted.Contains(id) && !_byId.TryAdd(id, new OpenRule(id, why)))
            {
                _mistakes.Add($"line {number}: {id} is listed before; keep one reason.");
            }
        }
    }

    private List<string> Expand(string name, int number)
    {
        var ids = Match(name).Where(rule => !rule.IsWithdrawn).Select(rule => rule.Id).ToList();
        if (ids.Count == 0)
        {
            _mistakes.Add($"line {number}: {name} matches no rule of the catalogue.");
        }
        return ids;
    }

    private static IEnumerable<Rule> Match(string name)
    {
        if (name.EndsWith("-*", StringComparison.Ordinal))
        {
            return Catalogue.Rules.Where(rule => rule.Group == name[..^2]);
        }
        var dots = name.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            return Catalogue.Find(name) is { } single ? [single] : [];
        }
        var (from, to) = (
            Catalogue.Find(name[..dots]), Catalogue.Find($"{GroupOf(name)}-{name[(dots + 2)..]}"));
        if (from is null || to is null)
        {
            return [];
        }
        return Catalogue.Rules
            .SkipWhile(rule => rule != from)
            .TakeWhile(rule => rule.Group == from.Group && NumberOf(rule) <= NumberOf(to));
    }

    private static string GroupOf(string range) => range[..Math.Max(0, range.IndexOf('-'))];

    private static int NumberOf(Rule rule) => int.Parse(rule.Id.AsSpan(rule.Group.Length + 1));
}
