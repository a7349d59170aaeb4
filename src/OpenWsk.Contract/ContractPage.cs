// The reference page of the contract as Markdown: every group with its rules, and for each whether it is
// proven. It is generated; docs/reference/contract.md is its output for the committed record, kept current by
// a test.
using System.Text;

namespace OpenWsk.Contract;

/// <summary>Writes docs/reference/contract.md.</summary>
public static class ContractPage
{
    /// <summary>The page for a report.</summary>
    public static string Write(ContractReport report)
    {
        var reasons = report.Open.ToDictionary(open => open.Id, open => open.Why);
        var page = new StringBuilder();
        page.Append("# The contract and its proof\n\n");
        page.Append("Generated from the rule catalogue and the record of a test run; do not edit. ");
        page.Append("How a rule becomes proven: [proof](../internals/proof.md).\n\n");
        page.Append($"Numbers: {report.RecordLine()}.\n\n");
        AppendSummary(page, report);
        AppendReasons(page, report);
        foreach (var group in Catalogue.Groups)
        {
            page.Append($"\n## {group.Id}: {group.Subject}\n\n");
            page.Append("| id | binds | basis | proof | rule |\n|---|---|---|---|---|\n");
            foreach (var rule in group.Rules)
            {
                page.Append($"| {rule.Id} | {Word(rule.Binds)} | {Word(rule.Basis)} | ");
                page.Append(rule.IsWithdrawn ? "-" : reasons.ContainsKey(rule.Id) ? "open" : "proven");
                page.Append($" | {rule.Text} |\n");
            }
        }
        return page.ToString();
    }

    private static void AppendSummary(StringBuilder page, ContractReport report)
    {
        page.Append("| group | subject | rules | proven |\n|---|---|---|---|\n");
        foreach (var group in report.Groups)
        {
            page.Append($"| {group.Id} | {group.Subject} | {group.Count.Rules} | {group.Count.Proven} |\n");
        }
        page.Append($"| all provider rules | | {report.Provider.Rules} | {report.Provider.Proven} |\n");
        page.Append($"| all client rules | | {report.Client.Rules} | {report.Client.Proven} |\n");
    }

    private static void AppendReasons(StringBuilder page, ContractReport report)
    {
        page.Append("\n## Why rules are open\n\n| reason | rules |\n|---|---|\n");
        foreach (var reason in report.Open.GroupBy(open => open.Why))
        {
            page.Append($"| {reason.Key} | {RuleRanges.Write(reason.Select(open => open.Id))} |\n");
        }
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
