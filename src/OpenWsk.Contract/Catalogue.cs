// The rule catalogue of WSK as the program sees it: every rule, group and note, found by id.
// The texts are the files in Data/, embedded; each is parsed at first use, so a program that asks nothing
// pays nothing. It does not know tests: which rules are open is OpenRules, which are proven is
// ContractReport.
namespace OpenWsk.Contract;

/// <summary>The numbered rules of WSK.</summary>
public static class Catalogue
{
    private static readonly Lazy<List<RuleGroup>> LazyGroups =
        new(() => ContractTable.ReadGroups(Resource.Read("wsk-contract.md")));

    private static readonly Lazy<Rule[]> LazyRules = new(() => [.. Groups.SelectMany(group => group.Rules)]);

    private static readonly Lazy<Dictionary<string, Rule>> LazyRuleById = new(
        () => Rules.ToDictionary(r => r.Id));

    private static readonly Lazy<Dictionary<string, Note>> LazyNoteById =
        new(() => ContractTable.ReadNotes(Resource.Read("wsk-contract.md"))
            .Concat(ContractTable.ReadNotes(Resource.Read("windows-observations.md")))
            .ToDictionary(note => note.Id));

    /// <summary>The groups, in the order of the contract's text.</summary>
    public static IReadOnlyList<RuleGroup> Groups => LazyGroups.Value;

    /// <summary>All rules, group by group.</summary>
    public static IReadOnlyList<Rule> Rules => LazyRules.Value;

    /// <summary>DIFF-nn, OPEN-nn and OBS-nn.</summary>
    public static IReadOnlyCollection<Note> Notes => LazyNoteById.Value.Values;

    /// <summary>The rule with an id, or null.</summary>
    public static Rule? Find(string id) => LazyRuleById.Value.GetValueOrDefault(id);

    /// <summary>The DIFF, OPEN or OBS entry with an id, or null.</summary>
    public static Note? FindNote(string id) => LazyNoteById.Value.GetValueOrDefault(id);

    /// <summary>Whether an id names anything here: a rule or a note.</summary>
    public static bool Knows(string id) => Find(id) is not null || FindNote(id) is not null;

    /// <summary>The embedded text of a part of the specification, as Markdown.</summary>
    /// <remarks>Names: wsk-contract.md, wsk-surface.md, windows-observations.md.</remarks>
    public static string Text(string name) => Resource.Read(name);
}
