// Every rule is either cited by tests or listed open with a reason, never both and never neither; every cited
// id exists. It reads the compiled test projects of the tree, in the configuration that this one was built
// in. Whether the citing tests are green is the record's subject; how both work together:
// docs/internals/proof.md.
using System.Text;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Contract.Tests;

public sealed class ProofTests
{
    private static readonly Lazy<List<Citation>> LazyCitations = new(ReadAll);

    private static readonly Lazy<ILookup<string, Twin>> LazyTwins =
        new(() => All.ToLookup(citation => citation.Id, citation => citation.Twin));

    private static readonly string OpenFile =
        Repository.PathOf("src", "OpenWsk.Contract", "Data", "open-rules.txt");

    private static List<Citation> All => LazyCitations.Value;

    [Fact]
    public void Every_cited_id_exists()
    {
        Expect.None(
            All.Where(citation => !Catalogue.Knows(citation.Id))
                .Select(
                    citation => $"{citation.TestName} cites {citation.Id}, which is not in the catalogue."));
    }

    [Fact]
    public void Only_tests_cite_rules()
    {
        Expect.None(All.Where(citation => !citation.IsTest)
            .Select(citation => $"{citation.TestName} cites {citation.Id} but is no test."));
    }

    [Fact]
    public void Citations_name_a_twin_for_client_rules_only() => Expect.None(
        from citation in All
        let isClient = Catalogue.Find(citation.Id)?.Binds == RuleBinding.Client
        where isClient != (citation.Twin != Twin.None)
        select isClient
            ? $"{citation.TestName} cites the client rule {citation.Id}: say which twin it is."
            : $"{citation.TestName} names a twin for {citation.Id}, which binds no client.");

    [Fact]
    public void The_open_list_has_no_mistakes() => Expect.None(
        OpenRules.Current.Mistakes.Select(mistake => $"open-rules.txt, {mistake}"));

    [Fact]
    public void No_rule_is_both_cited_and_open()
    {
        if (Snapshot.IsUpdating)
        {
            File.WriteAllText(OpenFile, UpdatedOpenList());
            return;
        }
        var cited = Catalogue.Rules.Where(IsCited).Select(rule => rule.Id);
        Expect.None(cited.Where(id => OpenRules.Current.Find(id) is not null).Order().Select(id =>
            $"{id} has its tests and is listed open: take it out of open-rules.txt."));
    }

    [Fact]
    public void Every_rule_is_cited_or_open() => Expect.None(
        from rule in Catalogue.Rules
        where !rule.IsWithdrawn && !IsCited(rule) && OpenRules.Current.Find(rule.Id) is null
        select rule.Binds == RuleBinding.Provider
            ? $"{rule.Id} has no test: write one, or list it open with the reason."
            : $"{rule.Id} binds the client: write both twins, or list it open with the reason.");

    [Fact]
    public void The_reference_page_is_current() => Snapshot.Check(
        ContractPage.Write(ContractReport.Make(
            ProvenRecord.Committed(),
            Snapshot.IsUpdating ? OpenRules.Parse(UpdatedOpenList()) : OpenRules.Current)),
        "docs", "reference", "contract.md");

    /// <summary>
    /// Cited as its kind asks for: a client rule with one twin only may stay on the open list.
    /// </summary>
    private static bool IsCited(Rule rule)
    {
        var twins = LazyTwins.Value[rule.Id].ToList();
        return rule.Binds == RuleBinding.Provider
            ? twins.Count > 0
            : twins.Contains(Twin.Violated) && twins.Contains(Twin.Obeyed);
    }

    private static List<Citation> ReadAll()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var tail = Path.GetRelativePath(
            Repository.PathOf("tests", "OpenWsk.Contract.Tests"), output.FullName);
        var citations = new List<Citation>();
        foreach (var folder in Directory.GetDirectories(Repository.PathOf("tests"), "*.Tests").Order())
        {
            var name = Path.GetFileName(folder);
            var assembly = Path.Combine(folder, tail, name + ".dll");
            if (File.Exists(Path.Combine(folder, name + ".csproj")))
            {
                Assert.True(
                    File.Exists(assembly), $"{assembly} is not built; ./test builds every test project.");
                citations.AddRange(Citations.Read(assembly));
            }
        }
        return citations;
    }

    /// <summary>The open list without the rules that tests cite.</summary>
    private static string UpdatedOpenList()
    {
        var text = new StringBuilder();
        foreach (var line in File.ReadAllText(OpenFile).TrimEnd('\n').Split('\n'))
        {
            var bar = line.IndexOf('|');
            if (line.StartsWith('#') || bar < 0)
            {
                text.Append(line).Append('\n');
                continue;
            }
            var listed = OpenRules.Parse(line).All.Select(open => open.Id).ToList();
            var left = listed.Where(id => !IsCited(Catalogue.Find(id)!)).ToList();
            if (left.Count == listed.Count)
            {
                text.Append(line).Append('\n');
            }
            else if (left.Count > 0)
            {
                text.Append(RuleRanges.Write(left)).Append(' ').Append(line[bar..]).Append('\n');
            }
        }
        return text.ToString();
    }
}
