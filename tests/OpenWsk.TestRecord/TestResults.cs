// Reads the TRX files that a run of all test projects left in a folder: one file and one exit code per
// project. It knows the TRX format and nothing of rules.
using System.Xml.Linq;
using OpenWsk.Contract;

namespace OpenWsk.TestRecord;

/// <summary>One test that ran or was skipped.</summary>
/// <param name="Assembly">Path of the test assembly.</param>
/// <param name="ClassName">The class that ran it.</param>
/// <param name="Method">The method.</param>
/// <param name="Name">Display name with arguments.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">The failure's or the skip's text.</param>
internal sealed record TestResult(
    string Assembly, string ClassName, string Method, string Name, RunOutcome Outcome, string Message);

/// <summary>All results of a run.</summary>
/// <param name="Tests">Every test.</param>
/// <param name="BrokenProjects">Projects whose run ended badly without a failed test to show for it.</param>
internal sealed record TestResults(IReadOnlyList<TestResult> Tests, IReadOnlyList<string> BrokenProjects)
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    /// <summary>Reads NAME.trx and NAME.exit of every project in the folder.</summary>
    internal static TestResults Read(string folder)
    {
        var tests = new List<TestResult>();
        var broken = new List<string>();
        foreach (var exit in Directory.GetFiles(folder, "*.exit").Order(StringComparer.Ordinal))
        {
            var project = Path.GetFileNameWithoutExtension(exit);
            var code = File.ReadAllText(exit).Trim();
            var trx = Path.ChangeExtension(exit, ".trx");
            List<TestResult> results = File.Exists(trx) ? ReadFile(trx) : [];
            tests.AddRange(results);
            if (results.Count == 0)
            {
                broken.Add($"{project}: no test result (exit code {code}); see {project}.log");
            }
            else if (code != "0" && results.All(result => result.Outcome != RunOutcome.Failed))
            {
                broken.Add($"{project}: the run ended with exit code {code}; see {project}.log");
            }
        }
        return new TestResults(tests, broken);
    }

    private static List<TestResult> ReadFile(string path)
    {
        var root = XDocument.Load(path).Root!;
        var methods = root.Descendants(Trx + "UnitTest").ToDictionary(
            test => test.Attribute("id")!.Value, test => test.Element(Trx + "TestMethod")!);
        return [.. root.Descendants(Trx + "UnitTestResult").Select(result =>
        {
            var method = methods[result.Attribute("testId")!.Value];
            return new TestResult(
                method.Attribute("codeBase")!.Value,
                method.Attribute("className")!.Value,
                method.Attribute("name")!.Value,
                result.Attribute("testName")!.Value,
                ToOutcome(result.Attribute("outcome")?.Value),
                result.Descendants(Trx + "Message").FirstOrDefault()?.Value ?? "");
        })];
    }

    private static RunOutcome ToOutcome(string? word) => word switch
    {
        "Passed" => RunOutcome.Passed,
        "NotExecuted" => RunOutcome.Skipped,
        _ => RunOutcome.Failed,
    };
}
