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
    public void Citations_name_a_twin_for_client_rules_only()
    {
        foreach (var citation in All)
        {
            var isClient = Catalogue.Find(citation.Id)?.Binds == RuleBinding.Client;
            Assert.True(
                isClient == citation.Twin is not Twin.None,
                isClient
                    ? $"{citation.TestName} cites the client rule {citation.Id}: say which twin it is."
                    : $"{citation.TestName} names a twin for {citation.Id}, which binds no client.");
        }
    }

    [Fact]
    public void The_open_list_has_no_mistakes() => Expect.None(
        OpenRules.Current.Mistakes.Select(mistake => $"open-rules.txt, {mistake}"));

    [Fact]
    public void No_rule_is_both_cited_and_open()
    {
        var cited = All.Select(citation => citation.Id).ToHashSet();
        if (Snapshot.IsUpdating)
        {
            var file = Repository.PathOf("src", "OpenWsk.Contract", "Data", "open-rules.txt");
            File.WriteAllText(file, WithoutCited(File.ReadAllText(file), cited));
            return;
        }
        Expect.None(cited.Where(id => OpenRules.Current.Find(id) is not null).Order().Select(id =>
            $"{id} has a test and is listed open: take it out of src/OpenWsk.Contract/Data/open-rules.txt."));
    }

    [Fact]
    public void Every_rule_is_cited_or_open()
    {
        var cited = All.ToLookup(citation => citation.Id, citation => citation.Twin);
        Expect.None(Catalogue.Rules
            .Where(rule => !rule.IsWithdrawn && OpenRules.Current.Find(rule.Id) is null)
            .Where(rule => rule.Binds == RuleBinding.Provider
                ? !cited[rule.Id].Any()
                : !cited[rule.Id].Contains(Twin.Violated) || !cited[rule.Id].Contains(Twin.Obeyed))
            .Select(rule => rule.Binds == RuleBinding.Provider
                ? $"{rule.Id} has no test: write one, or list it open with the reason."
                : $"{rule.Id} binds the client: write both twins, or list it open with the reason."));
    }

    [Fact]
    public void The_reference_page_is_current() => Snapshot.Check(
        ContractPage.Write(ContractReport.Make(ProvenRecord.Committed(), OpenRules.Current)),
        "docs", "reference", "contract.md");

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

    private static string WithoutCited(string list, HashSet<string> cited)
    {
        var text = new StringBuilder();
        foreach (var line in list.TrimEnd('\n').Split('\n'))
        {
            var bar = line.IndexOf('|');
            if (line.StartsWith('#') || bar < 0)
            {
                text.Append(line).Append('\n');
                continue;
            }
            var ids = OpenRules.Parse(line).All.Select(open => open.Id).ToList();
            if (!ids.Exists(cited.Contains))
            {
                text.Append(line).Append('\n');
            }
            else if (RuleRanges.Write(ids.Where(id => !cited.Contains(id))) is { Length: > 0 } names)
            {
                text.Append(names).Append(' ').Append(line[bar..]).Append('\n');
            }
        }
        return text.ToString();
    }
}
