// The last step of ./test: reads the results of all test projects, writes the record of proof, prints
// failures, skips and counts. Called as: RESULTS-FOLDER COMMIT DIRTY(true|false) [RECORD-FILE]; without a
// file nothing is written. With --commit it also rewrites the committed record and page in docs/reference.
// Exit code 1 on any failure.
using OpenWsk.Contract;
using OpenWsk.TestRecord;
using OpenWsk.TestSupport;

var isCommitting = args.Contains("--commit");
var plain = args.Where(arg => arg != "--commit").ToArray();
if (plain.Length is not (3 or 4))
{
    Console.Error.WriteLine("usage: OpenWsk.TestRecord RESULTS-FOLDER COMMIT DIRTY [RECORD-FILE] [--commit]");
    return 2;
}

var results = TestResults.Read(plain[0]);
var record = RecordMaker.Make(results, plain[1], plain[2] == "true", DateTime.UtcNow, Citations.Read);
var failed = results.Tests.Where(test => test.Outcome == RunOutcome.Failed).ToList();
var skipped = results.Tests.Where(test => test.Outcome == RunOutcome.Skipped).ToList();
var failures = failed.Count + results.BrokenProjects.Count;
foreach (var test in failed)
{
    Console.WriteLine($"FAILED {test.Name}\n    {test.Message.ReplaceLineEndings("\n    ")}");
}
foreach (var project in results.BrokenProjects)
{
    Console.WriteLine($"FAILED {project}");
}
foreach (var reason in skipped.GroupBy(test => test.Message))
{
    Console.WriteLine($"skipped {reason.Count()}: {reason.Key}");
}
if (plain.Length == 4)
{
    File.WriteAllText(plain[3], record.ToJson());
    var report = ContractReport.Make(record, OpenRules.Current);
    Console.Write(report.ToText());
    if (isCommitting && failures == 0)
    {
        File.WriteAllText(Repository.PathOf("docs", "reference", "contract-record.json"), record.ToJson());
        File.WriteAllText(Repository.PathOf("docs", "reference", "contract.md"), ContractPage.Write(report));
        Console.WriteLine("docs/reference/contract-record.json and contract.md are rewritten; commit them.");
    }
}
var passed = results.Tests.Count - failed.Count - skipped.Count;
Console.WriteLine($"{passed} passed, {failures} failed, {skipped.Count} skipped");
return failures == 0 ? 0 : 1;
