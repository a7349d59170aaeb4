// The record of a test run: which tests cited which rule, on which arm, and how each ended, with the commit
// that ran. ./test writes it; `openwsk contract` and the reference page read it. What it proves is
// ContractReport's to say.
using System.Text;
using System.Text.Json;

namespace OpenWsk.Contract;

/// <summary>How a test ended.</summary>
public enum RunOutcome
{
    Passed,
    Failed,

    /// <summary>It did not run, for a reason that the run names; it proves nothing.</summary>
    Skipped,
}

/// <summary>Which half of a client rule a test shows; provider rules have no halves.</summary>
public enum Twin
{
    None,

    /// <summary>A client that obeys: no finding.</summary>
    Obeyed,

    /// <summary>A client that breaks the rule: the finding carries its id.</summary>
    Violated,
}

/// <summary>One run of one test that cites a rule.</summary>
/// <param name="Name">Namespace, class, method and arguments.</param>
/// <param name="Arm">Sim, Host or Uring; empty for a test that has no arm.</param>
/// <param name="Twin">Half of a client rule.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record RunOfTest(string Name, string Arm, Twin Twin, RunOutcome Outcome);

/// <summary>The runs that cite one rule.</summary>
public sealed record RunsOfRule(string Id, IReadOnlyList<RunOfTest> Tests);

/// <summary>A whole test run.</summary>
/// <param name="Commit">The commit that ran, in full; empty when unknown.</param>
/// <param name="Dirty">Whether the tree had changes on top of the commit.</param>
/// <param name="When">UTC time of the run, to the second.</param>
/// <param name="Arms">Arms on which at least one citing test was green.</param>
/// <param name="Rules">Cited rules in the order of the catalogue.</param>
public sealed record ProvenRecord(
    string Commit,
    bool Dirty,
    DateTime When,
    IReadOnlyList<string> Arms,
    IReadOnlyList<RunsOfRule> Rules)
{
    /// <summary>A record of nothing.</summary>
    public static ProvenRecord Empty { get; } = new("", false, DateTime.UnixEpoch, [], []);

    /// <summary>The record compiled into this assembly, as committed with the sources.</summary>
    public static ProvenRecord Committed() =>
        Resource.TryRead("contract-record.json") is { } text ? Parse(text) : Empty;

    /// <summary>The newer of the committed record and the file at a path, which may be absent.</summary>
    public static ProvenRecord Newest(string path)
    {
        var committed = Committed();
        var local = File.Exists(path) ? Parse(File.ReadAllText(path)) : Empty;
        return local.When > committed.When ? local : committed;
    }

    /// <summary>
    /// The committed record, or a newer one that ./test left in the source tree around this program.
    /// </summary>
    public static ProvenRecord Current()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory);
             folder is not null;
             folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OpenWsk.slnx")))
            {
                return Newest(Path.Combine(folder.FullName, "artifacts", "contract-record.json"));
            }
        }
        return Committed();
    }

    /// <summary>
    /// Reads the JSON form; a malformed one throws <see cref="JsonException"/> or a relative.
    /// </summary>
    public static ProvenRecord Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new ProvenRecord(
            root.GetProperty("commit").GetString()!,
            root.GetProperty("dirty").GetBoolean(),
            root.GetProperty("when").GetDateTime().ToUniversalTime(),
            [.. root.GetProperty("arms").EnumerateArray().Select(arm => arm.GetString()!)],
            [.. root.GetProperty("rules").EnumerateArray().Select(ParseRule)]);
    }

    /// <summary>The JSON form, indented, ending in a line feed.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("commit", Commit);
            json.WriteBoolean("dirty", Dirty);
            json.WriteString("when", When.ToString("yyyy-MM-ddTHH:mm:ssZ"));
            json.WriteStartArray("arms");
            foreach (var arm in Arms)
            {
                json.WriteStringValue(arm);
            }
            json.WriteEndArray();
            json.WriteStartArray("rules");
            foreach (var rule in Rules)
            {
                WriteRule(json, rule);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void WriteRule(Utf8JsonWriter json, RunsOfRule rule)
    {
        json.WriteStartObject();
        json.WriteString("id", rule.Id);
        json.WriteStartArray("tests");
        foreach (var test in rule.Tests)
        {
            json.WriteStartObject();
            json.WriteString("name", test.Name);
            json.WriteString("arm", test.Arm);
            json.WriteString("twin", Word(test.Twin));
            json.WriteString("outcome", Word(test.Outcome));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static RunsOfRule ParseRule(JsonElement rule) => new(
        rule.GetProperty("id").GetString()!,
        [.. rule.GetProperty("tests").EnumerateArray().Select(ParseTest)]);

    private static RunOfTest ParseTest(JsonElement test) => new(
        test.GetProperty("name").GetString()!,
        test.GetProperty("arm").GetString()!,
        Enum.Parse<Twin>(test.GetProperty("twin").GetString()!, ignoreCase: true),
        Enum.Parse<RunOutcome>(test.GetProperty("outcome").GetString()!, ignoreCase: true));

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
