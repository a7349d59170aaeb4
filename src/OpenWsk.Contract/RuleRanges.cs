// Writes many rule ids briefly, in the notation that the open list reads: GROUP-* for a whole group,
// GROUP-03..07. It knows the catalogue's order and nothing else.

namespace OpenWsk.Contract;

/// <summary>The short notation of sets of rules.</summary>
public static class RuleRanges
{
    /// <summary>The ids, which the catalogue knows, as names separated by comma and space.</summary>
    public static string Write(IEnumerable<string> ids)
    {
        var chosen = ids.ToHashSet();
        return string.Join(", ", Catalogue.Groups.SelectMany(group => WriteGroup(group, chosen)));
    }

    private static IEnumerable<string> WriteGroup(RuleGroup group, HashSet<string> chosen)
    {
        var rules = group.Rules.Where(rule => !rule.IsWithdrawn).ToList();
        if (rules.All(rule => chosen.Contains(rule.Id)))
        {
            yield return group.Id + "-*";
            yield break;
        }
        for (var first = 0; first < rules.Count; first++)
        {
            if (!chosen.Contains(rules[first].Id))
            {
                continue;
            }
            var last = first;
            while (last + 1 < rules.Count && chosen.Contains(rules[last + 1].Id))
            {
                last++;
            }
            yield return (last - first) switch
            {
                0 => rules[first].Id,
                1 => $"{rules[first].Id}, {rules[last].Id}",
                _ => $"{rules[first].Id}..{Number(rules[last])}",
            };
            first = last;
        }
    }

    private static string Number(Rule rule) => rule.Id[(rule.Group.Length + 1)..];
}
