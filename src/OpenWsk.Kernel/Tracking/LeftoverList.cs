// Makes the lines of the report of what was left behind: a few of each kind are named, and those that one
// place made are counted together. It knows nothing about kinds. Next: Leftover.cs.
namespace OpenWsk.Kernel;

/// <summary>The lines so far.</summary>
public sealed class LeftoverList(Executive executive)
{
    private const int NamedMax = 4;
    private const int OriginsMax = 8;
    private readonly List<Leftover> _all = [];

    public IReadOnlyList<Leftover> All => _all;

    /// <summary>Adds things by what names each and the number of the stack that made it.</summary>
    public void Add(string kind, IEnumerable<(string Name, int Stack)> things)
    {
        var list = things.ToList();
        if (list.Count == 0)
            return;
        var more = list.Count > NamedMax ? $" and {list.Count - NamedMax} more" : "";
        var named = string.Join(", ", list.Take(NamedMax).Select(thing => thing.Name)) + more;
        Add(kind, list.Count, 0, named, list.Select(thing => thing.Stack));
    }

    /// <summary>Adds things that have no names of their own.</summary>
    public void Add(string kind, int count, ulong bytes, string detail, IEnumerable<int> stacks) =>
        _all.Add(new Leftover(kind, count, bytes, detail) { Origins = OriginsOf(stacks) });

    /// <summary>Adds what another part reports.</summary>
    public void AddAll(IEnumerable<Leftover> leftovers) => _all.AddRange(leftovers);

    // The place that made most comes first; equal ones in the order of their making.
    private List<LeftoverOrigin> OriginsOf(IEnumerable<int> stacks) =>
        [.. stacks.Where(stack => stack != 0)
            .GroupBy(stack => stack)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key)
            .Take(OriginsMax)
            .Select(group => new LeftoverOrigin(
                group.Count(), [.. executive.Stacks.Get(group.Key).Select(executive.NameAddress)]))];
}
