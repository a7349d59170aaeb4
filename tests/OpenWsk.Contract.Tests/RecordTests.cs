// From the files that a test run leaves to the record of proof: outcomes, arms, twins, and runs that broke.
// The files are made up here; that real attributes are found is CitationsTests' subject, in the tidy tests.
using OpenWsk.TestRecord;
using OpenWsk.TestSupport;
using Xunit;

namespace OpenWsk.Contract.Tests;

public sealed class RecordTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("openwsk-record").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Outcomes_arms_and_twins_reach_the_record()
    {
        WriteProject(
            "A.Tests", "0", ("Connects", "Connects(arm: Sim)", "Passed"), (
                "Connects", "Connects(arm: Host)", "Failed"),
            ("Leaves", "Leaves", "Passed"), (
                "Waits", "Waits(arm: Uring)", "NotExecuted"), ("Other", "Other", "Passed"));
        var record = RecordMaker.Make(TestResults.Read(_folder), "abc", true, DateTime.UnixEpoch, _ =>
        [
            new Citation("C", "Connects", "SCONN-02", Twin.None, true),
            new Citation("C", "Leaves", "REG-03", Twin.Violated, true),
            new Citation("C", "Waits", "SCONN-01", Twin.None, true),
            new Citation("C", "Leaves", "OBS-01", Twin.None, true),
        ]);
        Assert.Equal(("abc", true), (record.Commit, record.Dirty));
        Assert.Equal(["REG-03", "SCONN-01", "SCONN-02"], record.Rules.Select(rule => rule.Id));
        Assert.Equal([new RunOfTest("Leaves", "", Twin.Violated, RunOutcome.Passed)], record.Rules[0].Tests);
        Assert.Equal(
            [new RunOfTest("Waits(arm: Uring)", "Uring", Twin.None, RunOutcome.Skipped)],
            record.Rules[1].Tests);
        Assert.Equal(
            [("Host", RunOutcome.Failed), ("Sim", RunOutcome.Passed)],
            record.Rules[2].Tests.Select(run => (run.Arm, run.Outcome)));
        Assert.Equal(["Sim"], record.Arms);
    }

    [Fact]
    public void A_run_that_broke_without_a_failed_test_counts_as_broken()
    {
        WriteProject("Fine.Tests", "0", ("A", "A", "Passed"));
        WriteProject("Failing.Tests", "1", ("B", "B", "Failed"));
        WriteProject("Crashed.Tests", "134", ("C", "C", "Passed"));
        File.WriteAllText(Path.Combine(_folder, "Silent.Tests.exit"), "1\n");
        var results = TestResults.Read(_folder);
        Assert.Equal(3, results.Tests.Count);
        Assert.Equal(
            [
                "Crashed.Tests: the run ended with exit code 134; see Crashed.Tests.log",
                "Silent.Tests: no test result (exit code 1); see Silent.Tests.log",
            ],
            results.BrokenProjects);
    }

    private void WriteProject(
        string name, string exitCode, params (string Method, string Display, string Outcome)[] tests)
    {
        var results = string.Concat(tests.Select((test, number) =>
            $"<UnitTestResult testId=\"{number}\" testName=\"{test.Display}\" "
            + $"outcome=\"{test.Outcome}\" />"));
        var definitions = string.Concat(tests.Select((test, number) =>
            $"<UnitTest id=\"{number}\"><TestMethod codeBase=\"{name}.dll\" className=\"C\" "
            + $"name=\"{test.Method}\" /></UnitTest>"));
        File.WriteAllText(
            Path.Combine(_folder, name + ".trx"),
            "<TestRun xmlns=\"http://microsoft.com/schemas/VisualStudio/TeamTest/2010\">"
            + $"<Results>{results}</Results><TestDefinitions>{definitions}</TestDefinitions></TestRun>");
        File.WriteAllText(Path.Combine(_folder, name + ".exit"), exitCode + "\n");
    }
}
