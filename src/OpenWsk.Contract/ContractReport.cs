// What is proven: the catalogue, the open list and the record of a run, counted together.
// `openwsk contract` prints it and the reference page shows it; neither computes anything of its own.
using System.Text;
using System.Text.Json;

namespace OpenWsk.Contract;

/// <summary>A number of rules and how many of them are proven.</summary>
public readonly record struct ProofCount(int Rules, int Proven);

/// <summary>A group's counts.</summary>
public sealed record GroupProof(string Id, string Subject, ProofCount Count);

/// <summary>The state of proof of the whole contract. Withdrawn rules are not counted.</summary>
/// <param name="Record">The run that it rests on.</param>
/// <param name="Provider">Rules that bind the implementation.</param>
/// <param name="Client">Rules that bind the driver.</param>
/// <param name="Open">Every rule that is not proven, with the reason.</param>
/// <param name="Groups">Counts per group, in the order of the catalogue.</param>
public sealed record ContractReport(
    ProvenRecord Record,
    ProofCount Provider,
    ProofCount Client,
    IReadOnlyList<OpenRule> Open,
    IReadOnlyList<GroupProof> Groups)
{
    /// <summary>
    /// The reason given for a rule that is cited by tests, of which none has a green run on record.
    /// </summary>
    public const string NoGreenRun = "tests cite it, but the record holds no green run";

    /// <summary>Counts the whole contract.</summary>
    public static ContractReport Make(ProvenRecord record, OpenRules open)
    {
        var rules = Catalogue.Rules.Where(rule => !rule.IsWithdrawn).ToList();
        var runs = record.Rules.ToDictionary(rule => rule.Id, rule => rule.Tests);
        var proven = rules
            .Where(
                rule => open.Find(rule.Id) is null && IsProven(rule, runs.GetValueOrDefault(rule.Id) ?? []))
            .ToHashSet();
        return new ContractReport(
            record,
            Count(rules.Where(rule => rule.Binds == RuleBinding.Provider), proven),
            Count(rules.Where(rule => rule.Binds == RuleBinding.Client), proven),
            [.. rules.Where(rule => !proven.Contains(rule))
                .Select(rule => open.Find(rule.Id) ?? new OpenRule(rule.Id, NoGreenRun))],
            [.. Catalogue.Groups.Select(group => new GroupProof(
                group.Id, group.Subject, Count(group.Rules.Where(rule => !rule.IsWithdrawn), proven)))]);
    }

    /// <summary>
    /// Whether runs prove a rule: none of them failed, and at least one passed; for a client rule one passed
    /// where the client breaks it and one where the client obeys it.
    /// </summary>
    public static bool IsProven(Rule rule, IReadOnlyList<RunOfTest> runs)
    {
        if (runs.Any(run => run.Outcome == RunOutcome.Failed))
        {
            return false;
        }
        var green = runs.Where(run => run.Outcome == RunOutcome.Passed).ToList();
        return rule.Binds == RuleBinding.Provider
            ? green.Count > 0
            : green.Any(run => run.Twin == Twin.Violated) && green.Any(run => run.Twin == Twin.Obeyed);
    }

    /// <summary>The documented JSON object of `openwsk contract --json`, ending in a line feed.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            WriteCount(json, "provider", Provider);
            WriteCount(json, "client", Client);
            json.WriteStartArray("open");
            foreach (var rule in Open)
            {
                json.WriteStartObject();
                json.WriteString("id", rule.Id);
                json.WriteString("why", rule.Why);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("groups");
            foreach (var group in Groups)
            {
                json.WriteStartObject();
                json.WriteString("id", group.Id);
                json.WriteNumber("rules", group.Count.Rules);
                json.WriteNumber("proven", group.Count.Proven);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>
    /// The table for a terminal: a row per group, totals, why rules are open, and the run that it rests on.
    /// </summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append("group     rules  proven  open\n");
        foreach (var group in Groups)
        {
            AppendRow(text, group.Id, group.Count);
        }
        AppendRow(text, "provider", Provider);
        AppendRow(text, "client", Client);
        foreach (var reason in Open.GroupBy(open => open.Why))
        {
            text.Append($"open {reason.Count(),4}: {reason.Key}\n");
        }
        text.Append(RecordLine()).Append('\n');
        return text.ToString();
    }

    /// <summary>One line that says which run the numbers rest on.</summary>
    public string RecordLine() => Record.Commit.Length == 0
        ? "no test run is on record; ./test makes one"
        : $"recorded {Record.When:yyyy-MM-dd HH:mm} UTC "
            + $"at commit {Record.Commit[..Math.Min(12, Record.Commit.Length)]}"
            + (Record.Dirty ? " with local changes" : "")
            + (Record.Arms.Count > 0 ? $", arms: {string.Join(", ", Record.Arms)}" : "");

    private static void AppendRow(StringBuilder text, string name, ProofCount count) =>
        text.Append($"{name,-8} {count.Rules,6} {count.Proven,7} {count.Rules - count.Proven,5}\n");

    private static ProofCount Count(IEnumerable<Rule> rules, HashSet<Rule> proven)
    {
        var (all, green) = (0, 0);
        foreach (var rule in rules)
        {
            all++;
            green += proven.Contains(rule) ? 1 : 0;
        }
        return new ProofCount(all, green);
    }

    private static void WriteCount(Utf8JsonWriter json, string name, ProofCount count)
    {
        json.WriteStartObject(name);
        json.WriteNumber("rules", count.Rules);
        json.WriteNumber("proven", count.Proven);
        json.WriteEndObject();
    }
}
