// Joins test results with the rules that the tests cite: the record of proof. It decides nothing;
// ContractReport does.
using System.Text.RegularExpressions;
using OpenWsk.Contract;
using OpenWsk.TestSupport;

namespace OpenWsk.TestRecord;

/// <summary>Makes a record from results.</summary>
internal static partial class RecordMaker
{
    /// <summary>
    /// The record of a run. Citations of ids that are no rules are left out: they need no proof.
    /// </summary>
    internal static ProvenRecord Make(
        TestResults results,
        string commit,
        bool isDirty,
        DateTime when,
        Func<string, IReadOnlyList<Citation>> citationsOf)
    {
        var runs = new Dictionary<string, List<RunOfTest>>();
        foreach (var assembly in results.Tests.GroupBy(test => test.Assembly))
        {
            var cited = citationsOf(assembly.Key).ToLookup(citation => citation.TestName);
            foreach (var test in assembly)
            {
                foreach (var citation in cited[$"{test.ClassName}.{test.Method}"])
                {
                    if (!runs.TryGetValue(citation.Id, out var list))
                    {
                        runs.Add(citation.Id, list = []);
                    }
                    list.Add(new RunOfTest(test.Name, ArmOf(test.Name), citation.Twin, test.Outcome));
                }
            }
        }
        return new ProvenRecord(
            commit,
            isDirty,
            when,
            [.. runs.Values.SelectMany(list => list).Where(run => run.Outcome == RunOutcome.Passed)
                .Select(run => run.Arm).Where(arm => arm.Length > 0).Distinct().Order()],
            [.. Catalogue.Rules.Where(rule => runs.ContainsKey(rule.Id)).Select(rule => new RunsOfRule(
                rule.Id, [.. runs[rule.Id].OrderBy(run => run.Name, StringComparer.Ordinal)]))]);
    }

    private static string ArmOf(string displayName) => ArmArgument().Match(displayName).Groups[1].Value;

    [GeneratedRegex(@"\barm: (Sim|Host|Uring)\b")]
    private static partial Regex ArmArgument();
}
